"""Custom trainers: registered by name, named by import path, or offered by an installed package.

A trainer is a function `(args_environment, args_trainer, args_data, path) -> pl.Trainer`. Its own arguments are
described by a Pydantic model given at registration.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from vibench.config.trainers import entry_points, unknown_trainer
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.experiment import DEFAULT_TRAINER, REGISTERED_TRAINERS

if TYPE_CHECKING:
    import pytorch_lightning as pl

    TrainerFunction = Callable[[Any, Any, Any, str], pl.Trainer]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Registered:
    """A trainer function and the model of its own arguments."""

    function: Callable[..., Any]
    args: type[BaseModel] | None = None


_TRAINERS: dict[str, Registered] = REGISTERED_TRAINERS
MODEL_ATTRIBUTE = "__vibench_args__"


def register_trainer(name: str, *, args: type[BaseModel] | None = None) -> Callable[[F], F]:
    """Register a function `(args_environment, args_trainer, args_data, path) -> pl.Trainer` under a name.

    `args`: Pydantic model of the arguments that are the trainer's own. In the function they stand beside vibench's
    settings as attributes of `args_trainer`.

    Raises ValueError if another function has the name already.
    """

    def register(function: F) -> F:
        known = _TRAINERS.get(name)
        if name == DEFAULT_TRAINER or (known and _place(known.function) != _place(function)):
            raise ValueError(f"a trainer is registered as `{name}` already")
        _TRAINERS[name] = Registered(function, args)
        setattr(function, MODEL_ATTRIBUTE, args)
        return function

    return register


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__


def importable_here(*folders: str | Path) -> None:
    """Let modules of the working directory be imported, as `python -m` does, then those of other folders."""
    for folder in reversed((Path.cwd(), *folders)):
        name = str(Path(folder).resolve())
        if name not in sys.path:
            sys.path.insert(0, name)


def import_modules(modules: Iterable[str]) -> None:
    """Import the modules of `imports:`; they register trainers and parts.

    Raises ConfigError with the module's own error if one fails.
    """
    for index, module in enumerate(modules):
        try:
            import_module(module)
        except (Exception, SystemExit) as error:
            message = f"`{module}` cannot be imported: {type(error).__name__}: {error}"
            raise ConfigError((diagnostic("cannot-import", f"imports.{index}", message),)) from error


def find_trainer(name: str) -> Registered:
    """The custom trainer behind `trainer.name`.

    Raises ConfigError, listing the known names, if there is none.
    """
    if name in _TRAINERS:
        return _TRAINERS[name]
    if ":" in name:
        return _by_path(name)
    point = entry_points().get(name)
    if point is not None:
        try:
            function = point.load()
        except Exception as error:
            message = f"the trainer `{name}` of `{point.value}` cannot be imported: {error}"
            raise ConfigError((diagnostic("cannot-import", "trainer.name", message),)) from error
        return Registered(function, getattr(function, MODEL_ATTRIBUTE, None))
    raise ConfigError((unknown_trainer(name, REGISTERED_TRAINERS),))


def _by_path(name: str) -> Registered:
    from vibench.trainer_factory.objects import imported

    importable_here()
    function = imported(name, "trainer.name")
    return Registered(function, getattr(function, MODEL_ATTRIBUTE, None))
