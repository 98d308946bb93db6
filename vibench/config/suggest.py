"""Did you mean …? Closest known names, known synonyms, and settings written in the wrong section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from vibench.config.canonical import names_of
from vibench.schemas.components import BUILTINS
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import DEFAULT_TRAINER, Experiment
from vibench.schemas.spelling import typo_of
from vibench.schemas.trainer import TrainerArgs

# What people write who know another name for it.
SYNONYMS = {
    other: name
    for name, others in {
        "num_epochs": "epoch epochs n_epochs nepochs max_epoch total_epochs",
        "max_steps": "steps num_steps total_steps max_iterations num_iterations max_iters",
        "gpus": "num_gpus gpu gpu_ids gpu_id n_gpus ngpus",
        "accelerator": "device_type",
        "num_nodes": "nodes n_nodes nnodes",
        "early_stopping": "early_stop earlystop earlystopping es",
        "patience": "early_stopping_patience es_patience stopping_patience",
        "gradient_clip_val": "grad_clip clip_grad gradient_clip gradient_clipping max_grad_norm clip_grad_norm",
        "accumulate_grad_batches": "gradient_accumulation gradient_accumulation_steps grad_accum accumulation_steps",
        "mixed_precision": "amp fp16 use_fp16",
        "monitor_metric": "metric monitored_metric metric_to_monitor",
        "checkpoint": "checkpointing model_checkpoint ckpt",
        "enable_checkpointing": "save_checkpoint",
        "resume_from_checkpoint": "resume resume_from ckpt_path checkpoint_path resume_path",
        "log_every_n_steps": "log_interval logging_steps log_every log_steps",
        "check_val_every_n_epoch": "eval_interval val_every_n_epochs eval_every validate_every",
        "enable_progress_bar": "show_progress progressbar",
        "find_unused_parameters": "ddp_find_unused_parameters",
        "sync_batchnorm": "sync_bn",
        "seed": "random_seed manual_seed random_state seed_everything",
        "iterations": "repeats n_runs num_runs repetitions",
        "output_dir": "out_dir save_path output_path results_dir log_dir logs_dir output_folder",
        "name": "run_name experiment_name exp_name",
        "project": "project_name wandb_project",
        "notes": "note description comment",
        "optimizer": "optimiser opt optim",
        "scheduler": "lr_scheduler lr_schedule",
        "lr": "learning_rate learningrate base_lr",
        "batch_size": "bs batchsize train_batch_size",
        "num_workers": "workers n_workers dataloader_num_workers",
        "window": "window_size window_length",
        "stride": "hop step hop_length",
        "sampling_rate": "fs sample_rate sampling_frequency",
        "class_path": "class target _target_ type cls",
        "init_args": "kwargs params arguments",
        "LearningRateMonitor": "lr_monitor lrmonitor learning_rate_logger",
        "StochasticWeightAveraging": "swa",
        "EMAWeightAveraging": "ema",
        "DeviceStatsMonitor": "gpu_stats gpu_monitor device_stats",
        "TQDMProgressBar": "tqdm tqdm_progress_bar",
        "RichProgressBar": "rich rich_progress_bar",
        # values
        "min": "minimum minimize minimise lower",
        "max": "maximum maximize maximise higher",
        "16-mixed": "fp16-mixed float16 half",
        "bf16-mixed": "bfloat16",
        "32-true": "fp32 float32 full float single",
        "64-true": "fp64 float64 double",
    }.items()
    for other in others.split()
}


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that is meant, or nothing: by synonym, by misspelling, or by what is most alike."""
    names = list(dict.fromkeys(known))
    synonym = SYNONYMS.get(name.lower())
    if synonym in names:
        return str(synonym)
    if synonym:  # of something that has no place here
        return typo_of(name, names, 1)
    return typo_of(name, names) or similar(name, names, 0.7 if len(name) > 4 else 0.6)


def similar(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that is spelt most alike, or nothing; `cutoff` from 0 (anything) to 1 (the same)."""
    from difflib import get_close_matches

    lower = {name.lower(): name for name in known}
    return next((lower[match] for match in get_close_matches(word.lower(), lower, 1, cutoff)), "")


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
    """Where each setting belongs, by its name: the sections first, then the arguments of the built-in parts."""
    homes: dict[str, str] = {}
    for prefix, model in (("environment", EnvironmentArgs), ("trainer.args", TrainerArgs), ("", Experiment)):
        for key in known_keys(model):
            homes.setdefault(key, f"{prefix}.{key}" if prefix else key)
    for kind, parts in BUILTINS.items():
        for builtin in parts.values():
            for key in builtin.args_model().model_fields:
                homes.setdefault(key, f"{kind}.args.{key}")
    return homes


@cache
def _inner_homes() -> dict[str, str]:
    """Settings that stand in a mapping of their own inside a section."""
    from vibench.config.parts import inner_models  # which imports this module

    homes: dict[str, str] = {}
    for parent, inner in names_of(TrainerArgs).nested.items():
        homes |= {name: f"trainer.args.{parent}.{name}" for name in inner if name not in TrainerArgs.model_fields}
    for prefix, model in (("environment", EnvironmentArgs), ("trainer.args", TrainerArgs)):
        for parent, below in inner_models(model).items():
            for key in below.model_fields:
                homes.setdefault(key, f"{prefix}.{parent}.{key}")
    return homes


def synonym_in(key: str, known: Iterable[str]) -> str:
    """The setting of one mapping that a name is a common other word for, or nothing."""
    synonym = SYNONYMS.get(key.lower(), "")
    return synonym if synonym in known else ""


def home_of(key: str, path: str, beside: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The path where a setting of this name belongs that was written at `path`, or nothing.

    `beside`: the mapping that it was written in: every section has a `name`, and the other keys tell which is meant.
    """
    home = _home_of_name(beside) if path == key == "name" else _homes().get(key, "")
    if home and home != path:
        return home
    inner = _inner_homes().get(key, "")
    return inner if inner.partition(".")[0] == path.partition(".")[0] and inner != path else ""


def _home_of_name(root: Mapping[str, Any]) -> str:
    """Whose `name` stands outside of all sections: that of the section which the other keys belong to."""
    if root.get("name") == DEFAULT_TRAINER:
        return "trainer.name"
    sections = Counter(_sections_of(root))
    most = max(("environment", "trainer", *BUILTINS), key=lambda section: sections[section])
    if not sections[most] and "type" in root:
        return ""  # a component of another framework
    return f"{most}.name"


def only_section(root: Mapping[str, Any]) -> str:
    """The section that all keys of a file belong to which has no sections, or nothing."""
    sections = set(_sections_of(root))
    whole = len(root) > 1 and len(sections) == 1 and not any(key in Experiment.model_fields for key in root)
    return sections.pop() if whole else ""


def _sections_of(root: Mapping[str, Any]) -> Iterator[str]:
    """The sections that settings belong to which stand outside of all."""
    for key in root:
        if key != "name" and key not in Experiment.model_fields and key in _homes():
            yield _homes()[key].partition(".")[0]


def misspelt_home(key: str) -> str:
    """The path of a setting of another section that is meant by a misspelt name or a synonym, or nothing."""
    match = typo_of(key, _homes(), 1) if len(key) > 4 else ""
    return _homes().get(match or SYNONYMS.get(key.lower(), ""), "")


def variable_for(name: str, prefix: str) -> str:
    """The VIBENCH_ variable that a name which is none was meant to be, or nothing."""
    paths = [path for path in _homes().values() if "." in path]
    known = {f"{prefix}{path.upper().replace('.', '__')}": path for path in paths}
    known |= {f"{prefix}{path.replace('.args.', '.').upper().replace('.', '__')}": path for path in paths}
    match = typo_of(name, known, 2)
    leaf = name.removeprefix(prefix).lower()
    if not match and leaf in _homes():
        return f"{prefix}{_homes()[leaf].upper().replace('.', '__')}"
    return f"{prefix}{known[match].upper().replace('.', '__')}" if match else ""
