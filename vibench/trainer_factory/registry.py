"""Custom trainers: registered by name, named by import path, or offered by an installed package.

A trainer is a function `(args_environment, args_trainer, args_data, path) -> pl.Trainer`. Its own arguments are
described by a Pydantic model given at registration.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
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
TRAINER_PACKAGE = "src.trainer_factory"  # where PHM-Vibench looks for the modules of trainers


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
        with suppress(AttributeError):  # methods and objects with slots take none; their model is in the registry
            setattr(function, MODEL_ATTRIBUTE, args)
        _TRAINERS[name] = Registered(function, args)
        return function

    return register


class TrainerRegistry:
    """The registered trainers under the names of PHM-Vibench's `Registry`: `TRAINER_REGISTRY` is the one object."""

    def register(self, name: str, *, args: type[BaseModel] | None = None) -> Callable[[F], F]:
        """As `register_trainer`."""
        return register_trainer(name, args=args)

    def get(self, name: str) -> Callable[..., pl.Trainer]:
        """The function `(args_e, args_t, args_d, path) -> pl.Trainer` behind a name.

        Raises KeyError if there is none.
        """
        if name == DEFAULT_TRAINER:
            return default_trainer
        if name not in _TRAINERS:
            raise KeyError(f"{name} is not registered")
        return _TRAINERS[name].function

    def available(self) -> dict[str, Callable[..., pl.Trainer]]:
        """Every registered function by its name."""
        return {name: self.get(name) for name in (DEFAULT_TRAINER, *_TRAINERS)}


TRAINER_REGISTRY = TrainerRegistry()


def default_trainer(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
    """The Trainer of vibench, called as PHM-Vibench calls the function of a trainer, also by a custom trainer."""
    from vibench.trainer_factory.custom import TrainerView
    from vibench.trainer_factory.factory import trainer_factory

    if isinstance(args_t, TrainerView):
        shown = {"logger_name": args_t.logger_name} if hasattr(args_t, "logger_name") else {}
        return trainer_factory(args_e, {"args": args_t.args, **shown}, args_d, path)
    section = dict(args_t if isinstance(args_t, Mapping) else vars(args_t))
    section.pop("trainer_name", None)
    return trainer_factory(args_e, {**section, "name": DEFAULT_TRAINER}, args_d, path)


def resolve_trainer_module(args_trainer: Any) -> str:
    """The module that PHM-Vibench looks in for a trainer that is not registered, by its setting `trainer_name`."""
    name = args_trainer.get("trainer_name") if isinstance(args_trainer, Mapping) else None
    return f"{TRAINER_PACKAGE}.{name or getattr(args_trainer, 'trainer_name', DEFAULT_TRAINER)}"


def trainer_of_module(name: str, trainer_name: Any = None) -> str:
    """The name to find a trainer by: where none is registered under it, its module is imported, as PHM-Vibench does.

    The module is `src.trainer_factory.<trainer_name>`, or the one that is called like the trainer. It registers the
    trainer, or has a function `trainer`.

    Raises ConfigError if the module fails, or if `trainer_name` leads to no trainer.
    """
    if name in _TRAINERS or (name != DEFAULT_TRAINER and name in entry_points()):
        return name
    wanted = name if trainer_name is None else str(trainer_name)
    if wanted == DEFAULT_TRAINER:
        return name
    module = f"{TRAINER_PACKAGE}.{wanted}"
    if _exists(module):
        try:
            found = import_module(module)
        except (Exception, SystemExit) as error:
            message = f"`{module}` cannot be imported: {type(error).__name__}: {error}"
            raise ConfigError((diagnostic("cannot-import", "trainer.name", message),)) from error
        if hasattr(found, "trainer") and name not in _TRAINERS and wanted not in _TRAINERS:
            return f"{module}:trainer"
    registered = next((one for one in (name, wanted) if one in _TRAINERS), None)
    if registered is None and trainer_name is not None:
        message = f"`trainer_name: {wanted}` leads to no trainer: there is no module `{module}` with one"
        raise ConfigError((diagnostic("unknown-name", "trainer.trainer_name", message),))
    return registered or name


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a parent that does not exist, or a name that cannot be one
        return False


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, getattr(function, "__qualname__", str(id(function)))  # objects can be called, too


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
