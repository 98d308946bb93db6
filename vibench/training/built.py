"""What `train --dry-run` shows of a Trainer, a task and data that were really built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Built:
    """Descriptions of the objects of a run."""

    trainer: dict[str, str]
    callbacks: list[str]
    loggers: list[str]
    task: str
    data: str
    parameters: int

    def lines(self) -> list[str]:
        """The same as text."""
        return [
            f"data: {self.data}",
            f"task: {self.task} ({self.parameters:,} parameters)",
            "trainer:",
            *(f"  {name}: {value}" for name, value in self.trainer.items()),
            "callbacks:",
            *(f"  - {name}" for name in self.callbacks),
            "loggers:",
            *(f"  - {name}" for name in self.loggers),
        ]


_SHOWN = (
    "max_epochs", "min_epochs", "max_steps", "min_steps", "num_devices", "num_nodes", "precision",
    "accumulate_grad_batches", "gradient_clip_val", "gradient_clip_algorithm", "check_val_every_n_epoch",
    "val_check_interval", "limit_train_batches", "limit_val_batches", "limit_test_batches", "overfit_batches",
    "fast_dev_run", "log_every_n_steps", "num_sanity_val_steps",
)  # fmt: skip


def describe(data: Any, task: Any, trainer: Any) -> Built:
    """Read the objects, not the config."""
    shown = {
        "accelerator": type(trainer.accelerator).__name__,
        "strategy": type(trainer.strategy).__name__,
        "profiler": type(trainer.profiler).__name__,
        **{name: str(getattr(trainer, name)) for name in _SHOWN},
    }
    return Built(
        trainer=shown,
        callbacks=[_callback(callback) for callback in trainer.callbacks],
        loggers=[_class(logger) for logger in trainer.loggers],
        task=_class(task),
        data=_class(data),
        parameters=sum(parameter.numel() for parameter in task.parameters()),
    )


def _class(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _callback(callback: Any) -> str:
    watched = getattr(callback, "monitor", None)
    return f"{_class(callback)} (monitor {watched}, mode {callback.mode})" if watched else _class(callback)
