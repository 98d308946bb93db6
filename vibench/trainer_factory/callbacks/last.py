"""`last.ckpt`, written by steps or by time."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks


class LastCheckpoint(callbacks.ModelCheckpoint):
    """Overwrites `last.ckpt` at an interval, and once more when training ends.

    It watches no metric, so that the best checkpoints are still judged after validation alone.
    """

    def __init__(self, dirpath: str, **interval: Any) -> None:
        super().__init__(
            dirpath=dirpath,
            filename="last",
            monitor=None,
            save_top_k=1,
            enable_version_counter=False,
            **interval,
        )

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what was learnt since the last interval."""
        if trainer.global_step != self._last_global_step_saved and not getattr(trainer, "fast_dev_run", False):
            self._save_none_monitor_checkpoint(trainer, self._monitor_candidates(trainer))
