"""How progress is shown: a bar on a terminal, a line for each epoch elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks


def progress_bar(kind: str = "auto") -> callbacks.ProgressBar:
    """The progress bar of `trainer.args.progress_bar`; `auto` looks whether standard error is a terminal."""
    if kind == "tqdm":
        return callbacks.TQDMProgressBar(refresh_rate=20)
    if kind == "rich" or sys.stderr.isatty():
        return callbacks.RichProgressBar(refresh_rate=20)
    return PlainProgressBar()


class PlainProgressBar(callbacks.ProgressBar):
    """One line for each epoch on standard error, for log files and CI."""

    def __init__(self) -> None:
        super().__init__()
        self._enabled = True
        self._started = 0.0

    def disable(self) -> None:
        """Say nothing (on every rank but 0)."""
        self._enabled = False

    def enable(self) -> None:
        """Speak again."""
        self._enabled = True

    def on_train_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Start the clock, also of an epoch that goes on in its middle."""
        self._started = time.monotonic()

    def on_train_epoch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        """Start the clock."""
        self._started = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say what the epoch came to."""
        if not self._enabled:
            return
        total = trainer.max_epochs if trainer.max_epochs and trainer.max_epochs > 0 else "?"
        values = {k: v for k, v in trainer.callback_metrics.items() if not k.endswith(("_step", "_epoch"))}
        metrics = "  ".join(f"{name} {float(value):.4g}" for name, value in values.items())
        seconds = time.monotonic() - self._started
        self.print(f"epoch {trainer.current_epoch + 1}/{total}  {metrics}  ({seconds:.1f} s)")

    def print(self, *args: Any, **kwargs: Any) -> None:
        """A line on standard error: standard output is for what was asked for."""
        if self._enabled:
            print(*args, file=sys.stderr, flush=True, **kwargs)
