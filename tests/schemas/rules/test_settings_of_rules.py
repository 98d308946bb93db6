"""The settings that a rule names: without any of them written it finds nothing, so that it need not be asked."""

from __future__ import annotations

from functools import cache
from json import dumps
from random import Random
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from vibench.schemas.components import lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules import broken
from vibench.schemas.rules.registry import RULES
from vibench.schemas.sample import samples
from vibench.schemas.trainer import TrainerArgs

CALLBACKS: list[Any] = [
    {"name": "ModelCheckpoint", "args": {"monitor": "val_f2", "filename": "{val_f3}"}},
    {"name": "EarlyStopping", "args": {"monitor": "val_acc", "patience": 200}},
    {"name": "EarlyStopping", "args": {"monitor": "val_acc", "mode": "max"}},
    {"name": "StochasticWeightAveraging", "args": {"swa_lrs": 0.1, "swa_epoch_start": 900}},
    {"name": "OnExceptionCheckpoint", "args": {"dirpath": "x"}},
    {"name": "RichProgressBar"},
    {"name": "ModelSummary"},
    {"name": "ModelPruning", "args": {"pruning_fn": "l1_unstructured"}},
    {"name": "BackboneFinetuning"},
    {"name": "BatchSizeFinder"},
    {"class_path": "own.EarlyStopping", "init_args": {"monitor": "val_acc"}},
    {"name": "Timer", "args": {"duration": "00:01:00:00"}},
    {"name": "Timer", "args": {"duration": "00:02:00:00"}},
]
# Values that the rules ask for, beside those that each declaration gives.
TELLING: dict[str, list[Any]] = {
    "callbacks": [[one] for one in CALLBACKS] + [CALLBACKS[-2:], CALLBACKS[:3]],
    "monitor_metric": ["val_acc", "val_f2", "val_quality", "train_loss", "test_acc"],
    "early_stopping": [True, {"monitor": "val_acc"}, {"mode": "max"}, {"check_on_train_epoch_end": True}],
    "checkpoint": [{"monitor": "val_quality"}, {"mode": "max"}],
    "filename": ["{val_f2}", "{epoch", "{step}"],
    "num_epochs": [-1, 1, 2, 5],
    "min_epochs": [1, 7, 300],
    "check_val_every_n_epoch": [2, 300],
    "limit_val_batches": [0, 1, 1.0],
    "limit_train_batches": [0, 1, 7, 1.0],
    "strategy": ["ddp", "ddp_spawn", "fsdp", "deepspeed", "ddp_fork", "xla"],
    "wandb": [True, {"project": "a/b"}],
    "project": ["a/b", "Lager", "a b"],
}
PLATEAU = {"name": "classification", "args": {"scheduler": "ReduceLROnPlateau"}}
TASKS: list[Any] = [None, {"name": "classification"}, PLATEAU]


def test_the_settings_are_settings() -> None:
    known = {*TrainerArgs.model_fields, *EnvironmentArgs.model_fields, *lightnings("callbacks").models}
    assert {name for _, settings in RULES for name in settings} <= known


@cache
def values(model: type[BaseModel], name: str) -> list[Any]:
    return [*samples(model, name), *TELLING.get(name, ())]


def drawn(random: Random) -> Experiment | None:
    """A config of a few settings, or None where their models refuse them together."""
    told: dict[str, dict[str, Any]] = {}
    for section, model, most in (("args", TrainerArgs, 6), ("environment", EnvironmentArgs, 2)):
        names = random.sample(sorted(model.model_fields), random.randrange(most + 1))
        told[section] = {name: random.choice(values(model, name)) for name in names if values(model, name)}
    config = {
        "trainer": {"args": told["args"]},
        "environment": told["environment"],
        "task": random.choice(TASKS),
    }
    try:
        return Experiment.model_validate_json(dumps(config))
    except ValidationError:
        return None


@pytest.mark.parametrize("seed", range(8))
def test_a_rule_that_is_not_asked_has_nothing_to_say(seed: int) -> None:
    random, asked, found = Random(seed), 0, set()
    while asked < 2000:
        experiment = drawn(random)
        if experiment is None:
            continue
        asked += 1
        everything = [finding for judge, _ in RULES for finding in judge(experiment)]
        assert list(broken(experiment)) == everything
        found |= {finding.code for finding in everything}
    assert len(found) > 12, "the configs hardly break a rule"
