"""Which settings an argument of a planned object came from."""

from __future__ import annotations

from functools import cache

from vibench.schemas.base import setting_of
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.loggers import SwanlabSettings, TensorboardSettings, WandbSettings
from vibench.schemas.trainer import EarlyStoppingSettings, PruningSettings, TrainerArgs

ARGS = "trainer.args"
# What several settings make together (`DERIVED` in planning/trainer.py), and what a setting fills under another name.
_TOGETHER: dict[str, tuple[str, ...]] = {
    "Trainer.max_epochs": ("num_epochs", "max_steps", "max_time"),
    "Trainer.accelerator": ("accelerator", "device", "gpus"),
    "Trainer.devices": ("devices", "gpus"),
    "Trainer.strategy": ("strategy", "find_unused_parameters", "ddp_timeout"),
    "Trainer.sync_batchnorm": ("sync_batchnorm",),
    "Trainer.precision": ("precision", "mixed_precision"),
    "Trainer.accumulate_grad_batches": ("accumulate_grad_batches",),
    "Trainer.profiler": ("profiler",),
    "Trainer.plugins": ("plugins",),
    "Trainer.enable_checkpointing": ("enable_checkpointing",),
    "Trainer.enable_progress_bar": ("enable_progress_bar",),
    "ModelCheckpoint.monitor": ("checkpoint.monitor", "monitor_metric"),
    "ModelCheckpoint.mode": ("checkpoint.mode", "mode"),
    "ModelCheckpoint.filename": ("filename", "monitor_metric"),
    "ModelCheckpoint.auto_insert_metric_name": ("auto_insert_metric_name", "filename"),
    "LastCheckpoint.write": ("save_last",),
    "LastCheckpoint.every_n_epochs": ("every_n_epochs",),
    "LastCheckpoint.every_n_train_steps": ("every_n_train_steps",),
    "LastCheckpoint.train_time_interval": ("train_time_interval",),
    "LastCheckpoint.save_weights_only": ("save_weights_only",),
    "EarlyStopping.monitor": ("early_stopping.monitor", "monitor_metric"),
    "EarlyStopping.mode": ("early_stopping.mode", "mode"),
    "GradientAccumulationScheduler.scheduling": ("accumulate_grad_batches",),
    "ModelPruning.amount": ("pruning_amount", "pruning"),
    "ModelPruning.use_global_unstructured": ("pruning.use_global_unstructured", "pruning_method"),
    "ActivationCheckpointing.modules": ("gradient_checkpointing.modules", "gradient_checkpointing"),
    "progress_bar.kind": ("progress_bar",),
}

# The same for the loggers: what their own settings leave to the run's.
_OF_THE_RUN: dict[str, tuple[str, ...]] = {
    "WandbLogger.project": ("wandb.project", "project"),
    "WandbLogger.name": ("wandb.name", "name"),
    "WandbLogger.notes": ("wandb.notes", "notes"),
    "WandbLogger.tags": ("wandb.tags", "tags"),
    "WandbLogger.group": ("wandb.group", "name"),
    "SwanLabLogger.project": ("swanlab.project", "project"),
    "SwanLabLogger.experiment_name": ("swanlab.experiment_name", "name"),
    "SwanLabLogger.description": ("swanlab.description", "notes"),
    "SwanLabLogger.tags": ("swanlab.tags", "tags"),
    "SwanLabLogger.group": ("swanlab.group", "name"),
    "SwanLabLogger.workspace": ("swanlab.workspace", "workspace"),
}

_FOLDERS = (
    "Trainer.default_root_dir", "ModelCheckpoint.dirpath", "LastCheckpoint.dirpath", "CSVLogger.save_dir",
    "TensorBoardLogger.save_dir", "WandbLogger.save_dir", "SwanLabLogger.save_dir",
)  # fmt: skip


@cache
def _fed() -> dict[str, tuple[str, ...]]:
    """Argument → paths of the settings behind it."""
    fed: dict[str, tuple[str, ...]] = {}
    for prefix, model in (
        (ARGS, TrainerArgs),
        (f"{ARGS}.early_stopping", EarlyStoppingSettings),
        (f"{ARGS}.pruning", PruningSettings),
        ("environment", EnvironmentArgs),
        ("environment.tensorboard", TensorboardSettings),
        ("environment.wandb", WandbSettings),
        ("environment.swanlab", SwanlabSettings),
    ):
        for name in model.model_fields:
            target = setting_of(model, name).feeds
            if target:
                fed[target] = (f"{prefix}.{name}",)
    fed.update({target: tuple(f"{ARGS}.{name}" for name in names) for target, names in _TOGETHER.items()})
    fed.update({target: tuple(f"environment.{name}" for name in names) for target, names in _OF_THE_RUN.items()})
    for target in _FOLDERS:
        fed[target] = ("environment.output_dir", "environment.name")
    return fed


def settings_behind(target: str, argument: str) -> tuple[str, ...]:
    """Paths of the settings that `target.argument` is made from; none where it is vibench's own doing."""
    return _fed().get(f"{target}.{argument}", ())


def fed_by(path: str) -> list[str]:
    """The arguments that a setting goes into."""
    return [target for target, paths in _fed().items() if path in paths]
