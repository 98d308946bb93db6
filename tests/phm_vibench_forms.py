"""Sections in the forms of PHM-Vibench's own code and files (v0.1.0), and what its pipelines write into them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

DISPLAY = "metadata.xlsx/M_M_01_ISFM/T_DGclassification_29_153543"


class ConfigWrapper(SimpleNamespace):
    """A namespace with the methods of a mapping, as PHM-Vibench's configs are."""

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, key)

    def __contains__(self, key: str) -> bool:
        return hasattr(self, key)

    def keys(self) -> Any:
        return self.__dict__.keys()

    def items(self) -> Any:
        return self.__dict__.items()


def wrapped(value: Any) -> Any:
    if isinstance(value, dict):
        return ConfigWrapper(**{key: wrapped(inner) for key, inner in value.items()})
    return [wrapped(item) for item in value] if isinstance(value, list) else value


def environment(**more: Any) -> Any:
    """`configs/base/environment/base.yaml`."""
    base = {"PROJECT_HOME": "/home/user/Vbench", "project": "demo_project", "seed": 42, "output_dir": "results/demo"}
    return wrapped({**base, "notes": "", "iterations": 1, **more})


def trainer(**more: Any) -> Any:
    """`configs/base/trainer/default_single_gpu.yaml`, on a CPU."""
    base = {"name": "Default_trainer", "monitor": "val_loss", "num_epochs": 10, "gpus": 1, "device": "cpu"}
    return wrapped({**base, "early_stopping": True, "patience": 5, **more})


def two_stages(**more: Any) -> Any:
    """The trainer of a stage in `configs/reference/experiment_4_cddg_ablation_twostage.yaml`, on a CPU."""
    stage = {"name": "Default_trainer", "accelerator": "cpu", "devices": 1, "max_epochs": 3, "precision": 32}
    stage |= {"check_val_every_n_epoch": 1, "deterministic": True, "gradient_clip_val": 1.0, "save_checkpoints": True}
    return wrapped({**stage, "save_dir": "save/elsewhere", "monitor": "val_loss", "patience": 2, **more})


def orchestrated(args_trainer: Any, path: str) -> Any:
    """What `TwoStageOrchestrator` sets on the trainer's namespace before it calls the factory."""
    for name, value in (("monitor", "val_total_loss"), ("save_dir", path)):
        if not hasattr(args_trainer, name):
            setattr(args_trainer, name, value)
    if not hasattr(args_trainer, "device"):
        accelerator = getattr(args_trainer, "accelerator", "cpu")
        args_trainer.device = "cuda" if accelerator == "gpu" else accelerator
    if not hasattr(args_trainer, "devices") and not hasattr(args_trainer, "gpus"):
        args_trainer.devices = 1
    if not hasattr(args_trainer, "log_every_n_steps"):
        args_trainer.log_every_n_steps = 50
    if not hasattr(args_trainer, "num_epochs") and hasattr(args_trainer, "max_epochs"):
        args_trainer.num_epochs = args_trainer.max_epochs
    return args_trainer


def as_the_task_does(args_trainer: Any) -> Any:
    """What `Default_task` sets, and what `Default_trainer` fills in in the first iteration."""
    if getattr(args_trainer, "gpus", None) is None:
        args_trainer.gpus = getattr(args_trainer, "devices", 1)
    if not hasattr(args_trainer, "pruning"):
        args_trainer.pruning = 0.0
    return args_trainer
