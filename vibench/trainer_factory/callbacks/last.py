"""`last.ckpt`: the checkpoint that a training goes on from."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from weakref import proxy

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint

from vibench.trainer_factory.callbacks.exact import ExactState

SIGNALS = ("", "SIGTERM", "SIGUSR1", "SIGINT")  # by weight: of several that have come, the last of these counts


_AGAIN = "SIGUSR1"  # what comes after it needs a checkpoint, wanted or not


class Leave(Exception):
    """Training was asked to stop by a signal, which it names, and did so between two batches."""


class LastCheckpoint(Checkpoint):
    """Overwrites `last.ckpt` between two batches, and once more when training ends; a fit resumes from it exactly.

    `every_n_epochs`, `every_n_train_steps` (optimizer steps) or `train_time_interval` say when; of the first none is
    counted where one of the others is given. `write=False` writes nothing, unless the process is to be started again,
    and resumes all the same. It watches no metric: the best checkpoints are judged after validation alone.
    """

    def __init__(
        self,
        dirpath: str,
        every_n_epochs: int = 1,
        every_n_train_steps: int | None = None,
        train_time_interval: timedelta | None = None,
        save_weights_only: bool = False,
        write: bool = True,
    ) -> None:
        self.path = Path(dirpath).absolute() / "last.ckpt"
        self.every_n_epochs = every_n_epochs
        self.every_n_train_steps = every_n_train_steps
        self.train_time_interval = train_time_interval
        self.save_weights_only = save_weights_only
        self.write = write
        self.leave: Callable[[], str] = str  # names the signal that has come; asked between two batches
        self.on_start: Callable[[], None] | None = None
        self._exact = ExactState(self._boundary)
        self._trainer: pl.Trainer | None = None
        self._saving = self._ended = False
        self._channel: Any = None  # a group on the CPU: the answer is waited for at every step, as no GPU should be
        self._saved_step: int | None = None
        self._saved_at = time.monotonic()

    @property
    def last_model_path(self) -> str:
        """Where the newest `last.ckpt` is; empty before the first was written."""
        return str(self.path) if self._saved_step is not None else ""

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Watch the loops of a fit."""
        if stage == "fit":
            self._trainer, self._ended = trainer, False
            self._exact.attach(trainer)

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin to count the time, and to listen to signals (Lightning has set its own handlers by now)."""
        self._saved_at = time.monotonic()
        self._listen(trainer)

    def on_load_checkpoint(self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: Any) -> None:
        """Find the exact state in a checkpoint that is loaded for a fit."""
        saved = checkpoint.get("callbacks", {}).get(self.state_key)
        if saved and trainer.state.fn == "fit":
            self._saved_step = checkpoint["global_step"]
            self._exact.load(trainer, saved, checkpoint)

    def state_dict(self) -> dict[str, Any]:
        """The exact state, in checkpoints written at a boundary; nothing in others."""
        if self._trainer is None or not self._saving:
            return {}
        return self._exact.capture(self._trainer, ended=self._ended)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Save what was learnt since the last time."""
        self._ended = True
        if self.write and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            self._save(trainer)

    def on_test_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Listen to signals."""
        self._listen(trainer)

    def on_test_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        """A test leaves nothing half done: it is made again."""
        if reason := self._agreed(trainer):
            raise Leave(reason)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """A later test must not load what was resumed from."""
        self._exact.finish(trainer)
        trainer.ckpt_path = None

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the loops as they were."""
        if stage == "fit":
            self._exact.detach(trainer)
            self._trainer = None
        if self._channel is not None:
            torch.distributed.destroy_process_group(self._channel)
            self._channel = None

    def _boundary(self, trainer: pl.Trainer, batches: int) -> None:
        if trainer.fit_loop._should_accumulate():
            return  # gradients are part of no checkpoint
        leave = self._agreed(trainer)
        wanted = leave == _AGAIN or (self.write and bool(leave or self._is_due(trainer, batches)))
        if wanted and self._is_news(trainer):
            self._save(trainer)
        if leave:
            raise Leave(leave)

    def _listen(self, trainer: pl.Trainer) -> None:
        """From now on a signal may end the training, and the processes have a way to agree on it.

        In this order: none goes on before all listen.
        """
        if self.on_start is not None:
            self.on_start()
        if trainer.world_size > 1 and torch.distributed.is_initialized() and self._channel is None:
            limit = getattr(trainer.strategy, "_timeout", None)
            self._channel = torch.distributed.new_group(backend="gloo", timeout=limit)

    def _agreed(self, trainer: pl.Trainer) -> str:
        """The signal that has come to any of the processes, in all of them."""
        reason = self.leave()
        if self._channel is None:
            return reason
        code = torch.tensor(SIGNALS.index(reason))
        torch.distributed.all_reduce(code, torch.distributed.ReduceOp.MAX, self._channel)
        return SIGNALS[int(code)]

    def _is_news(self, trainer: pl.Trainer) -> bool:
        return trainer.global_step != self._saved_step and not trainer.fast_dev_run  # type: ignore[attr-defined]

    def _is_due(self, trainer: pl.Trainer, batches: int) -> bool:
        """Also before the first step: a folder that cannot be written is found then, and every kill can be resumed."""
        if self._saved_step is None:
            return True
        if self.every_n_train_steps is None and self.train_time_interval is None:
            every = self.every_n_epochs
            return batches == 0 and every > 0 and trainer.current_epoch % every == 0
        if self.every_n_train_steps and trainer.global_step % self.every_n_train_steps == 0:
            return True
        return self._time_is_up(trainer)

    def _time_is_up(self, trainer: pl.Trainer) -> bool:
        if self.train_time_interval is None:
            return False
        up = time.monotonic() - self._saved_at >= self.train_time_interval.total_seconds()
        return bool(trainer.strategy.broadcast(up)) if trainer.world_size > 1 else up

    def _save(self, trainer: pl.Trainer) -> None:
        self._saving = True
        try:
            trainer.save_checkpoint(self.path, self.save_weights_only)
        finally:
            self._saving = False
        self._saved_step, self._saved_at = trainer.global_step, time.monotonic()
        self._tell(trainer)

    def _tell(self, trainer: pl.Trainer) -> None:
        """Lightning's callback, and through it the loggers that keep checkpoints, know of `last.ckpt`."""
        best = next((one for one in trainer.checkpoint_callbacks if isinstance(one, ModelCheckpoint)), None)
        if best is None or trainer.global_step == 0:
            return
        best.last_model_path = self.last_model_path
        for logger in trainer.loggers if trainer.is_global_zero else ():
            logger.after_save_checkpoint(proxy(best))
