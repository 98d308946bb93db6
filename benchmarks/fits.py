"""Ways to train one subject with a Trainer, timed from the start of training to its end: not what prepares it."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import pytorch_lightning as pl
import torch

from benchmarks.subjects import Subject
from vibench.trainer_factory.build import build
from vibench.trainer_factory.identity import identify
from vibench.trainer_factory.plan import Plan, plan
from vibench.training.stopping import stopping
from vibench.training.tracking import tracked

EPOCHS = 2


class Fit(NamedTuple):
    """What one training took; seconds of CPU are those of all threads."""

    steps: int
    seconds: float
    cpu: float

    @property
    def per_step(self) -> float:
        """Milliseconds on the wall."""
        return self.seconds / self.steps * 1e3

    @property
    def speed(self) -> float:
        """Steps per second."""
        return self.steps / self.seconds


class Clock:
    """Runs from `start` to `stop`; a GPU has done by then what it was given."""

    def start(self) -> None:
        """Begin."""
        self.began = _now()

    def stop(self) -> None:
        """End."""
        self.ended = _now()

    def fit(self, steps: int) -> Fit:
        """What was measured."""
        return Fit(steps, *(after - before for before, after in zip(self.began, self.ended, strict=True)))


def _now() -> tuple[float, float]:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return perf_counter(), process_time()


def planned(subject: Subject, folder: str) -> Plan:
    """What vibench makes of the subject's config."""
    return plan(subject.config.experiment, folder, identify(subject.config, folder))


def by_vibench(subject: Subject, folder: str, change: Callable[[Plan], Plan] = lambda whole: whole) -> Fit:
    """As `vibench train` does it, or with a changed plan."""
    trainer = build(change(planned(subject, folder)))
    Path(folder).mkdir()
    with tracked(trainer, subject.config, Path(folder), {}), stopping(trainer):
        return _fitted(trainer, subject)


def by_hand(subject: Subject, folder: str, bar: bool = False) -> Fit:
    """Lightning with a CSV logger, checkpoints and validation, and without a progress bar."""
    checkpoint = pl.callbacks.ModelCheckpoint(f"{folder}/checkpoints", monitor="val_loss", save_top_k=3, save_last=True)
    return _fitted(
        pl.Trainer(
            max_epochs=EPOCHS,
            accelerator=subject.accelerator,
            devices=1,
            logger=pl.loggers.CSVLogger(folder),
            callbacks=[checkpoint],
            enable_progress_bar=bar,
        ),
        subject,
    )


def with_bar(subject: Subject, folder: str) -> Fit:
    """The same with Lightning's progress bar, which it shows by default."""
    return by_hand(subject, folder, bar=True)


def bare(subject: Subject, folder: str) -> Fit:
    """Lightning with validation, and nothing else."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    return _fitted(pl.Trainer(max_epochs=EPOCHS, accelerator=subject.accelerator, devices=1, **nothing), subject)


def _fitted(trainer: pl.Trainer, subject: Subject) -> Fit:
    task, clock = subject.task(), Clock()
    task.on_train_start = clock.start  # type: ignore[method-assign]
    task.on_train_end = clock.stop  # type: ignore[method-assign]
    trainer.fit(task, datamodule=subject.data)
    return clock.fit(trainer.global_step)


@contextmanager
def silent() -> Iterator[None]:
    """What is said (bars, lines, warnings) is as much work as ever, and goes nowhere."""
    logging.disable(logging.WARNING)
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
        warnings.catch_warnings(action="ignore"),
    ):
        yield
    logging.disable(logging.NOTSET)
