"""A plan becomes a `pl.Trainer`. The only file that imports Lightning to construct one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import Plan
from vibench.trainer_factory.planning.parts import Part

if TYPE_CHECKING:
    import pytorch_lightning as pl


def build(plan: Plan) -> pl.Trainer:
    """The Trainer of a plan, exactly `pl.Trainer`, with its loggers and callbacks.

    Raises ConfigError if a class cannot be imported or refuses its arguments, or if the user's own callbacks clash.
    """
    import pytorch_lightning as pl
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    from vibench.trainer_factory.divided import mend

    arguments = {name: made(value, f"trainer.args.{name}") for name, value in plan.trainer.items()}
    arguments["precision"] = precision_here(arguments["precision"], arguments["accelerator"])
    arguments["callbacks"] = _callbacks(plan.callbacks)
    arguments["logger"] = list(_all(plan.loggers, "logger")) or False
    try:
        trainer = pl.Trainer(**arguments)
    except (MisconfigurationException, RuntimeError, ValueError) as error:  # what no reading of the file can show
        raise ConfigError((diagnostic("trainer-refuses", "trainer.args", f"the Trainer refuses: {error}"),)) from error
    mend(trainer)
    return trainer


def _callbacks(parts: list[Part]) -> list[pl.Callback]:
    """The callbacks; one of ours gives way to one of the user's that descends from the same class."""
    import pytorch_lightning as pl

    from vibench.trainer_factory.callbacks.hooks import without_idle_hooks

    objects = list(_all(parts, "callback"))
    kept = []
    for part, callback in zip(parts, objects, strict=True):
        kind = getattr(pl.callbacks, part.yields_to) if part.yields_to else ()
        if not any(isinstance(other, kind) for other in objects if other is not callback):
            kept.append(callback if part.place else without_idle_hooks(callback))
    return kept


def _all(parts: Iterable[Part], what: str) -> Iterable[Any]:
    for part in parts:
        yield made(part, part.place or f"{what} {part.class_path}")


def precision_here(precision: str, accelerator: str) -> str:
    """A machine without a GPU computes 16-mixed as bf16-mixed; `accelerator: auto` knows that only here."""
    if precision == "16-mixed" and accelerator == "auto":
        import torch

        return precision if torch.cuda.is_available() or torch.backends.mps.is_available() else "bf16-mixed"
    return precision
