"""How far a process has come, so that the others can say which one keeps them waiting."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl


class Whereabouts(pl.Callback):
    """Counts what every process of a training does in the same order, and remembers the last of it.

    Read by another thread; `count` comes first in `told`, so that the one with the least is behind.
    """

    def __init__(self) -> None:
        self._at: tuple[int, str, int, int] = (0, "", 0, 0)

    def told(self) -> str:
        """The count, and in words what was begun last: `12 the training step of batch 3 in epoch 0`."""
        count, stage, batch, epoch = self._at
        return f"{count} {stage} of batch {batch} in epoch {epoch}" if count else "0 the start"

    def _now(self, trainer: pl.Trainer, stage: str, batch: int) -> None:
        self._at = (self._at[0] + 1, stage, batch, trainer.current_epoch)

    def on_train_batch_start(self, trainer: pl.Trainer, module: Any, batch: Any, batch_idx: int) -> None:
        """A batch has been fetched."""
        self._now(trainer, "the training step", batch_idx)

    def on_before_backward(self, trainer: pl.Trainer, *_: Any) -> None:
        """The loss is known: the processes exchange gradients next."""
        self._now(trainer, "the backward pass", trainer.fit_loop.batch_idx)

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """The step is done."""
        self._now(trainer, "what comes after the training step", trainer.fit_loop.batch_idx)

    def on_validation_batch_start(self, trainer: pl.Trainer, module: Any, batch: Any, batch_idx: int, *_: Any) -> None:
        """A batch to validate with has been fetched."""
        self._now(trainer, "the validation", batch_idx)

    def on_validation_epoch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """All have been; what the processes found is put together next."""
        self._now(trainer, "what comes after the validation", trainer.fit_loop.batch_idx)
