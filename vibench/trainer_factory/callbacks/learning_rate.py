"""Learning rates in the logs, whenever a scheduler exists."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks


class LearningRateMonitor(callbacks.LearningRateMonitor):
    """Lightning's monitor, silent where the task has no scheduler and the rate therefore never changes."""

    def on_train_start(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        """Find the schedulers, if there are any."""
        if trainer.lr_scheduler_configs:
            super().on_train_start(trainer, *args, **kwargs)

    def on_train_batch_start(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        """Log the rates of a step."""
        if trainer.lr_scheduler_configs:
            super().on_train_batch_start(trainer, *args, **kwargs)

    def on_train_epoch_start(self, trainer: pl.Trainer, *args: Any, **kwargs: Any) -> None:
        """Log the rates of an epoch."""
        if trainer.lr_scheduler_configs:
            super().on_train_epoch_start(trainer, *args, **kwargs)
