"""A Trainer of several processes: how it starts, seeds, and how it tests all samples once."""

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
from pytorch_lightning.strategies import DeepSpeedStrategy, FSDPStrategy
from pytorch_lightning.strategies.launchers import _MultiProcessingLauncher, _SubprocessScriptLauncher
from pytorch_lightning.strategies.xla import XLAStrategy
from torchmetrics import Metric

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.callbacks.whereabouts import Whereabouts
from vibench.trainer_factory.divided import is_divided, writes_shares
from vibench.training.launcher import Launcher, SpawningLauncher
from vibench.training.run import say
from vibench.training.status import write_status
from vibench.training.team import Team


def join(trainer: pl.Trainer, team: Team, seed: int) -> None:
    """Make a Trainer part of a team of several.

    Raises ConfigError if it is made for another number of processes, as a custom trainer's may be.
    """
    if trainer.world_size != team.size:
        message = f"the Trainer is made for {trainer.world_size} processes, and {team.size} are asked for"
        raise ConfigError((diagnostic("device-conflict", "trainer.args.devices", message),))
    _leave_signals_alone(trainer)
    strategy: Any = trainer.strategy
    team.has_group = team.size > 1 or is_divided(trainer)  # which a divided model forms for one process, too
    reason = _untrained(trainer)
    if reason:
        message = f"`{type(strategy).__name__}` {reason}"
        finding = diagnostic("untrained-strategy", "trainer", message, hint="use DDPStrategy or FSDPStrategy")
        raise ConfigError((replace(finding, severity="error"),))
    if isinstance(trainer.strategy, FSDPStrategy):
        _keep_layers(strategy)
    if team.size > 1:
        whereabouts = Whereabouts()
        team.follow(whereabouts.told)
        trainer.callbacks += [OwnNoise(seed), whereabouts]  # type: ignore[attr-defined]
    strategy._launcher = _launcher(strategy, team)


def _keep_layers(strategy: Any) -> None:
    """Let synchronised batch norm stay for the test: what it would be replaced by is no part of the wrapped model."""
    set_up = strategy.setup

    def setup(trainer: pl.Trainer) -> None:
        set_up(trainer)
        strategy._layer_sync = None

    strategy.setup = setup


def _untrained(trainer: pl.Trainer) -> str:
    """Why `vibench train` does without the strategy of a custom trainer; the plan's own are known to a rule."""
    if isinstance(trainer.strategy, DeepSpeedStrategy):
        return "leaves a share of the weights in each process, and gathers them by a program of its own"
    if isinstance(trainer.strategy, XLAStrategy):
        return "trains in processes that end with the fit"
    return "writes checkpoints in shares, of which none is whole" if writes_shares(trainer) else ""


def _launcher(strategy: Any, team: Team) -> Any:
    """What starts the processes of a team for the whole run; Lightning's own may end them with the fit."""
    give_up = partial(_give_up, team)
    if isinstance(strategy.launcher, _MultiProcessingLauncher):
        return SpawningLauncher(strategy, team, give_up) if team.size > 1 else None
    if team.size > 1 and isinstance(strategy.launcher, _SubprocessScriptLauncher | None):
        return Launcher(strategy, team, give_up)
    return strategy.launcher


class OwnNoise(pl.Callback):
    """Other random numbers in each process (dropout, augmentation), from when training begins.

    Until then all have the same: they build one model and split the data in one way. Processes that share each batch
    (tensor parallel ones) keep the same.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The first process keeps the numbers that it would have alone."""
        strategy: Any = trainer.strategy
        rank = strategy.distributed_sampler_kwargs["rank"]
        if rank:
            own = (self.seed + 1_000_003 * rank) % 2**32
            random.seed(own)
            np.random.seed(own)
            torch.manual_seed(own)


def for_test(trainer: pl.Trainer, task: pl.LightningModule) -> pl.Trainer:
    """A Trainer with which a process tests all samples: alone, or at the same time as the others.

    A sampler for several processes fills up what it divides, so that some samples would be tested twice.
    """
    if trainer.world_size == 1 and not is_divided(trainer):
        return trainer
    for metric in (module for module in task.modules() if isinstance(module, Metric)):
        metric.distributed_available_fn = _no  # each process sees all samples
    warnings.filterwarnings("ignore", ".*sync_dist=True.*")  # nothing to synchronise
    return _undivided_data(trainer) if is_divided(trainer) else _alone(trainer)


def _undivided_data(trainer: pl.Trainer) -> pl.Trainer:
    """The same Trainer: its processes need each other's share of the weights for every batch, and test all of them."""
    strategy: Any = trainer.strategy
    trainer._accelerator_connector.use_distributed_sampler = False
    strategy.reduce = strategy.all_gather = _as_it_is
    if isinstance(trainer.strategy, FSDPStrategy):
        fitted = strategy.model
        strategy._setup_model = lambda _: fitted  # to Lightning the module inside looks as if nothing had wrapped it
    return trainer


def _alone(trainer: pl.Trainer) -> pl.Trainer:
    """A Trainer that goes on with the steps, logs and callbacks of another in this process alone."""
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


def _as_it_is(tensor: Any, *_: Any, **__: Any) -> Any:
    return tensor


def _give_up(team: Team) -> None:
    """End this process, which waits for one that is lost and cannot be told otherwise."""
    said = team.missed()
    say(said)
    write_status(team.run_dir, "failed", {"type": "LostProcess", "message": said, "explanation": said})
    os.kill(os.getpid(), signal.SIGKILL)
