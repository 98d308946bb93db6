"""A Trainer of several processes: how it starts, seeds, and how it tests in one of them."""

from __future__ import annotations

import os
import random
import signal
import warnings
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from pytorch_lightning.strategies import DeepSpeedStrategy, FSDPStrategy, ModelParallelStrategy
from pytorch_lightning.strategies.launchers import _MultiProcessingLauncher, _SubprocessScriptLauncher
from pytorch_lightning.strategies.xla import XLAStrategy
from torchmetrics import Metric

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.callbacks.whereabouts import Whereabouts
from vibench.training.launcher import Launcher, SpawningLauncher
from vibench.training.run import say
from vibench.training.status import write_status
from vibench.training.team import Team

_DIVIDING = (FSDPStrategy, DeepSpeedStrategy, ModelParallelStrategy, XLAStrategy)


def join(trainer: pl.Trainer, team: Team, seed: int) -> None:
    """Make a Trainer part of a team of several.

    Raises ConfigError if it is made for another number of processes, as a custom trainer's may be.
    """
    if trainer.world_size != team.size:
        message = f"the Trainer is made for {trainer.world_size} processes, and {team.size} are asked for"
        raise ConfigError((diagnostic("device-conflict", "trainer.args.devices", message),))
    _leave_signals_alone(trainer)
    strategy: Any = trainer.strategy
    if isinstance(strategy, _DIVIDING):
        message = f"`{type(strategy).__name__}` leaves a share of the weights in each process, or ends it with the fit"
        finding = diagnostic("untrained-strategy", "trainer", message, hint="use DDPStrategy")
        raise ConfigError((replace(finding, severity="error"),))
    if team.size > 1:
        whereabouts = Whereabouts()
        team.follow(whereabouts.told)
        trainer.callbacks += [OwnNoise(seed), whereabouts]  # type: ignore[attr-defined]
    strategy._launcher = _launcher(strategy, team)


def _launcher(strategy: Any, team: Team) -> Any:
    """What starts the processes of a team for the whole run; Lightning's own may end them with the fit."""
    give_up = partial(_give_up, team)
    if isinstance(strategy.launcher, _MultiProcessingLauncher):
        return SpawningLauncher(strategy, team, give_up) if team.size > 1 else None
    if isinstance(strategy.launcher, _SubprocessScriptLauncher) and team.size > 1:
        return Launcher(strategy, team, give_up)
    return strategy.launcher


class OwnNoise(pl.Callback):
    """Other random numbers in each process (dropout, augmentation), from when training begins.

    Until then all have the same: they build one model and split the data in one way.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The first process keeps the numbers that it would have alone."""
        if trainer.global_rank:
            own = (self.seed + 1_000_003 * trainer.global_rank) % 2**32
            random.seed(own)
            np.random.seed(own)
            torch.manual_seed(own)


def alone(trainer: pl.Trainer, task: pl.LightningModule) -> pl.Trainer:
    """A Trainer that goes on with the steps, logs and callbacks of another in this process alone.

    A sampler for several processes fills up what it divides, so that some samples would be tested twice.
    """
    if trainer.world_size == 1:
        return trainer
    for metric in (module for module in task.modules() if isinstance(module, Metric)):
        metric.distributed_available_fn = _no  # else it would wait for the others
    warnings.filterwarnings("ignore", ".*sync_dist=True.*")  # nothing to synchronise
    device = trainer.strategy.root_device
    single = pl.Trainer(
        accelerator=trainer.accelerator,
        devices=1 if device.index is None else [device.index],
        precision=trainer.precision,
        logger=trainer.loggers or False,
        callbacks=trainer.callbacks,  # type: ignore[attr-defined]
        limit_test_batches=trainer.limit_test_batches,
        enable_progress_bar=trainer.progress_bar_callback is not None,
        enable_checkpointing=bool(trainer.checkpoint_callbacks),
        enable_model_summary=False,
        barebones=trainer.barebones,
        inference_mode=trainer.test_loop.inference_mode,
        default_root_dir=trainer.default_root_dir,
    )
    _leave_signals_alone(single)
    single.fit_loop = trainer.fit_loop  # metrics are logged at its step
    return single


def _leave_signals_alone(trainer: pl.Trainer) -> None:
    """Lightning's handlers in a job of SLURM make collective calls wherever they interrupt; `requeue.py` does not."""
    environment = trainer._accelerator_connector.cluster_environment
    if isinstance(environment, SLURMEnvironment):
        environment.auto_requeue = False


def _no() -> bool:
    return False


def _give_up(team: Team) -> None:
    """End this process, which waits for one that is lost and cannot be told otherwise."""
    said = team.missed()
    say(said)
    write_status(team.run_dir, "failed", {"type": "LostProcess", "message": said, "explanation": said})
    os.kill(os.getpid(), signal.SIGKILL)
