"""Did you mean …? Closest known names, known synonyms, and settings written in the wrong section."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pydantic import BaseModel

from vibench.config.canonical import names_of
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import TrainerArgs

# What people write who know another name for it.
SYNONYMS = {
    "epoch": "num_epochs",
    "epochs": "num_epochs",
    "n_epochs": "num_epochs",
    "max_epoch": "num_epochs",
    "num_gpus": "gpus",
    "gpu": "gpus",
    "gpu_ids": "gpus",
    "early_stop": "early_stopping",
    "earlystopping": "early_stopping",
    "grad_clip": "gradient_clip_val",
    "clip_grad": "gradient_clip_val",
    "gradient_clip": "gradient_clip_val",
    "amp": "mixed_precision",
    "fp16": "mixed_precision",
    "metric": "monitor_metric",
    "random_seed": "seed",
    "run_name": "name",
    "experiment_name": "name",
    "optimiser": "optimizer",
    "learning_rate": "lr",
}


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is meant, or nothing."""
    names = list(known)
    synonym = SYNONYMS.get(name.lower())
    if synonym in names:
        return str(synonym)
    folded = {known_name.lower(): known_name for known_name in reversed(names)}
    match = similar(name.lower(), folded, 0.7 if len(name) > 4 else 0.6)
    return folded[match] if match else ""


def similar(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that is spelt most alike, or nothing; `cutoff` from 0 (anything) to 1 (the same)."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), 1, cutoff)), "")


def known_keys(model: type[BaseModel], nested: str = "") -> list[str]:
    """Every name that may be written in a mapping of this model."""
    keys = [*model.model_fields]
    if model is TrainerArgs:
        names = names_of(TrainerArgs)
        keys += [alias for alias in names.aliases if alias not in names.deprecated]
    elif nested:
        keys += names_of(TrainerArgs).nested.get(nested, {})
    return keys


@cache
def _homes() -> dict[str, str]:
    """Settings of each section, to recognise one that stands in another."""
    homes: dict[str, str] = {}
    for prefix, model in (("environment", EnvironmentArgs), ("trainer.args", TrainerArgs), ("", Experiment)):
        for key in known_keys(model):
            homes.setdefault(key, f"{prefix}.{key}" if prefix else key)
    return homes


def home_of(key: str) -> str:
    """The path where a setting of this name belongs, or nothing."""
    return _homes().get(key, "")
