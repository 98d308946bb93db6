"""From chosen names and arguments to torch's optimizers and Lightning's configuration of schedulers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn

from vibench.phm.optim_settings import Optimizer, Scheduler


def build_optimizer(choice: Optimizer, parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """The torch optimizer that `choice` names, with its arguments and the learning rate `lr`."""
    made: torch.optim.Optimizer = getattr(torch.optim, choice.name)(parameters, lr=lr, **choice.args.model_dump())
    return made


def scheduler_config(
    choice: Scheduler, optimizer: torch.optim.Optimizer, lr: float, trainer: pl.Trainer
) -> dict[str, Any]:
    """The `lr_scheduler` entry of `configure_optimizers`: the scheduler, when it acts and what it watches.

    What is not written is taken from the task or the trainer. Raises `ValueError` where it is the length of a
    training that has no end.
    """
    written = choice.args.model_dump()
    args = {key: UNWRITTEN[key](written, lr, trainer) if value is None else value for key, value in written.items()}
    timing = TIMING.get(choice.name, _every_epoch)(args, trainer)
    return {"scheduler": getattr(torch.optim.lr_scheduler, choice.name)(optimizer, **args), **timing}


def _every_epoch(args: dict[str, Any], trainer: pl.Trainer) -> dict[str, Any]:
    return {"interval": "epoch"}


def _every_step(args: dict[str, Any], trainer: pl.Trainer) -> dict[str, Any]:
    return {"interval": "step"}


def _every_validation(args: dict[str, Any], trainer: pl.Trainer) -> dict[str, Any]:
    # `monitor` is Lightning's argument, not torch's. Without a validation there is nothing new to judge.
    monitor = args.pop("monitor")
    return {"interval": "epoch", "frequency": trainer.check_val_every_n_epoch or 1, "monitor": monitor}


def _epochs(trainer: pl.Trainer) -> int:
    epochs = trainer.max_epochs
    if epochs is None or epochs < 0:
        raise ValueError(
            "CosineAnnealingLR needs a number of epochs: write trainer.args.num_epochs or "
            "task.args.scheduler.args.T_max"
        )
    return epochs


def _steps(trainer: pl.Trainer) -> int:
    steps = trainer.estimated_stepping_batches
    if math.isinf(steps):
        raise ValueError(
            "OneCycleLR needs a number of steps: write trainer.args.num_epochs, trainer.args.max_steps or "
            "task.args.scheduler.args.total_steps"
        )
    return int(steps)


def _better(metric: str) -> str:
    return "min" if metric.endswith("loss") else "max"


TIMING: dict[str, Callable[[dict[str, Any], pl.Trainer], dict[str, Any]]] = {
    "OneCycleLR": _every_step,
    "ReduceLROnPlateau": _every_validation,
}
# Arguments that may stay unwritten, and where their value comes from then.
UNWRITTEN: dict[str, Callable[[dict[str, Any], float, pl.Trainer], Any]] = {
    "T_max": lambda written, lr, trainer: _epochs(trainer),
    "max_lr": lambda written, lr, trainer: lr,
    "total_steps": lambda written, lr, trainer: _steps(trainer),
    "mode": lambda written, lr, trainer: _better(written["monitor"]),
}
