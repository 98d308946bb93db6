"""Watches a training for what goes wrong in silence: unlogged metrics, a loss that is no number, starving data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.utilities import rank_zero_warn

from vibench.trainer_factory.callbacks.hooks import before, release
from vibench.trainer_factory.callbacks.monitor import check_after_sanity

STARVING = 0.3  # share of an epoch's training time spent waiting for data that is worth a word


class NotFinite(RuntimeError):
    """The training loss is NaN or infinite, and has made the weights so."""


class Watch(pl.Callback):
    """One callback for all of it, since each costs some microseconds a step.

    `assumed`: metrics that are watched by default, and were not written. `settings`: what bears on the loading of
    data, with its present values, for the warning. `after`: seconds of waiting that are not worth a word.
    """

    def __init__(self, assumed: tuple[str, ...] = (), settings: str = "", after: float = 5.0) -> None:
        self.assumed = assumed
        self.settings = settings
        self.after = after
        self.learned = False  # whether any batch has given a loss
        self._waiting_since = self._epoch_since = self._validating_since = 0.0
        self._waited = self._validated = 0.0
        self._warned = False

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Time the fetching of training batches."""
        if stage == "fit":
            before(trainer.fit_loop.epoch_loop, "_on_before_fetch", self._fetching)
            before(trainer.fit_loop.epoch_loop, "_on_after_fetch", self._fetched)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Time no more."""
        if stage == "fit":
            release(trainer.fit_loop.epoch_loop, "_on_before_fetch", "_on_after_fetch")

    def on_sanity_check_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The first moment at which it can be known what a task logs."""
        check_after_sanity(trainer, self.assumed)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to count, also in an epoch that goes on in its middle."""
        self._epoch_since = time.perf_counter()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to count anew."""
        self._epoch_since = time.perf_counter()
        self._waited = self._validated = 0.0

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Look at the loss where it is logged anyway, since a look makes a GPU wait."""
        self.learned = self.learned or bool(outputs)
        every = trainer.log_every_n_steps  # type: ignore[attr-defined]
        if (every and (batch_idx + 1) % every == 0) or trainer.fit_loop.epoch_loop.batch_progress.is_last_batch:
            _check_finite(outputs, pl_module)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Validation is no training time."""
        self._validating_since = time.perf_counter()

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Validation is no training time."""
        self._validated += time.perf_counter() - self._validating_since

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say once that the data starves the training."""
        seconds = time.perf_counter() - self._epoch_since - self._validated
        share = self._waited / seconds if seconds > 0 else 0.0
        if share > STARVING and self._waited > self.after and not self._warned:
            self._warned = True
            rank_zero_warn(
                f"training waited {share:.0%} of its time ({self._waited:.0f} s of this epoch) for data. "
                f"Settings that bear on it: {self.settings}"
            )

    def _fetching(self) -> None:
        self._waiting_since = time.perf_counter()

    def _fetched(self) -> None:
        self._waited += time.perf_counter() - self._waiting_since


def _check_finite(outputs: Any, module: pl.LightningModule) -> None:
    """A loss that is no number is fatal once it has reached the weights: every later step is lost."""
    loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
    if not isinstance(loss, torch.Tensor) or bool(torch.isfinite(loss).all()):
        return
    broken = [name for name, parameter in module.named_parameters() if not bool(torch.isfinite(parameter).all())]
    if broken:
        raise NotFinite(
            f"the training loss is {loss.detach().float().mean().item()}, and so are weights of {broken[0]}"
        )
