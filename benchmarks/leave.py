"""A callback that ends the process after the first training step, so that what came before it can be timed."""

from __future__ import annotations

import os
from typing import Any

import pytorch_lightning as pl


class LeaveAfterFirstStep(pl.Callback):
    """End the process at once, with success."""

    def on_train_batch_end(self, *_: Any) -> None:
        """Called by Lightning after each step."""
        os._exit(0)
