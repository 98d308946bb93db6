"""A plan becomes a `pl.Trainer`. The only file that imports Lightning to construct one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import Part, Plan

if TYPE_CHECKING:
    import pytorch_lightning as pl


def build(plan: Plan) -> pl.Trainer:
    """The Trainer of a plan, exactly `pl.Trainer`, with its loggers and callbacks.

    Raises ConfigError if a class cannot be imported or refuses its arguments.
    """
    import pytorch_lightning as pl

    arguments = {name: made(value, f"trainer.args.{name}") for name, value in plan.trainer.items()}
    arguments["precision"] = _precision_here(arguments["precision"], arguments["accelerator"])
    arguments["callbacks"] = list(_all(plan.callbacks, "callback"))
    arguments["logger"] = list(_all(plan.loggers, "logger")) or False
    return pl.Trainer(**arguments)


def _all(parts: Iterable[Part], what: str) -> Iterable[Any]:
    for part in parts:
        yield made(part, part.place or f"{what} {part.class_path}")


def _precision_here(precision: str, accelerator: str) -> str:
    """A machine without a GPU computes 16-mixed as bf16-mixed; `accelerator: auto` knows that only here."""
    if precision == "16-mixed" and accelerator == "auto":
        import torch

        return precision if torch.cuda.is_available() or torch.backends.mps.is_available() else "bf16-mixed"
    return precision
