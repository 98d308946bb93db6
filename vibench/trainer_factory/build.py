"""A plan becomes a `pl.Trainer`. The only file that imports Lightning to construct one, inside functions."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.plan import Part, Plan

if TYPE_CHECKING:
    import pytorch_lightning as pl


def build(plan: Plan) -> pl.Trainer:
    """The Trainer of a plan, exactly `pl.Trainer`, with its loggers and callbacks.

    Raises ConfigError if a class cannot be imported or refuses its arguments, or if the user's own callbacks clash.
    """
    import pytorch_lightning as pl
    from lightning_fabric.utilities.exceptions import MisconfigurationException

    arguments = {name: made(value, f"trainer.args.{name}") for name, value in plan.trainer.items()}
    arguments["precision"] = precision_here(arguments["precision"], arguments["accelerator"])
    arguments["callbacks"] = _callbacks(plan.callbacks)
    arguments["logger"] = list(_all(plan.loggers, "logger")) or False
    try:
        return pl.Trainer(**arguments)
    except (MisconfigurationException, RuntimeError) as error:  # what no reading of the file can show
        raise ConfigError((diagnostic("trainer-refuses", "trainer.args", f"the Trainer refuses: {error}"),)) from error


def _callbacks(parts: list[Part]) -> list[pl.Callback]:
    """The callbacks; one of ours gives way to one of the user's that descends from the same class."""
    import pytorch_lightning as pl

    objects = list(_all(parts, "callback"))
    kept = []
    for part, callback in zip(parts, objects, strict=True):
        kind = getattr(pl.callbacks, part.yields_to) if part.yields_to else ()
        if not any(isinstance(other, kind) for other in objects if other is not callback):
            kept.append(callback)
    return kept


def _all(parts: Iterable[Part], what: str) -> Iterable[Any]:
    for part in parts:
        yield made(part, f"{what} {part.class_path}")


def made(value: Any, path: str) -> Any:
    """A part as the object it names; any other value as it is."""
    if isinstance(value, Part):
        arguments = {name: made(inner, f"{path}.{name}") for name, inner in value.init_args.items()}
        return instance(value.class_path, arguments, path)
    if isinstance(value, list):
        return [made(item, path) for item in value]
    return value


def imported(class_path: str, path: str) -> Any:
    """The object behind a dotted path.

    Raises ConfigError if its module cannot be imported or has no such name.
    """
    module, _, name = class_path.replace(":", ".").rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        message = f"`{class_path}` cannot be imported: {error}"
        raise ConfigError((diagnostic("cannot-import", path, message),)) from error


def instance(class_path: str, init_args: dict[str, Any], path: str) -> Any:
    """The class behind a dotted path, called with its arguments.

    Raises ConfigError if it cannot be imported or refuses them.
    """
    factory = imported(class_path, path)
    try:
        return factory(**init_args)
    except ImportError as error:
        message = f"`{class_path}` needs a package that is not installed here: {error}"
        raise ConfigError((diagnostic("cannot-import", path, message),)) from error
    except (TypeError, ValueError) as error:
        message = f"`{class_path}` refuses its arguments: {error}"
        raise ConfigError((diagnostic("bad-init-args", path, message),)) from error


def precision_here(precision: str, accelerator: str) -> str:
    """A machine without a GPU computes 16-mixed as bf16-mixed; `accelerator: auto` knows that only here."""
    if precision == "16-mixed" and accelerator == "auto":
        import torch

        return precision if torch.cuda.is_available() or torch.backends.mps.is_available() else "bf16-mixed"
    return precision
