"""Data, models, tasks and callbacks of one's own, registered by name like trainers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.components import BUILTINS, GROUPS, REGISTERED, lightnings
from vibench.trainer_factory.registry import MODEL_ATTRIBUTE, Registered

T = TypeVar("T", bound=Callable[..., Any])


def register_data(name: str, *, args: type[BaseModel] | None = None) -> Callable[[T], T]:
    """Register a LightningDataModule under a name that `data.name` can say.

    `args`: Pydantic model of its arguments; without one they are checked against the class's own signature.

    Raises ValueError if another class has the name already.
    """
    return _registering("data", name, args)


def register_model(name: str, *, args: type[BaseModel] | None = None) -> Callable[[T], T]:
    """As `register_data`, for a torch module and `model.name`."""
    return _registering("model", name, args)


def register_task(name: str, *, args: type[BaseModel] | None = None) -> Callable[[T], T]:
    """As `register_data`, for a LightningModule and `task.name`; its argument `model` is the model."""
    return _registering("task", name, args)


def register_callback(name: str, *, args: type[BaseModel] | None = None) -> Callable[[T], T]:
    """As `register_data`, for a callback and `name` under `trainer.args.callbacks`."""
    return _registering("callbacks", name, args)


def _registering(table: str, name: str, args: type[BaseModel] | None) -> Callable[[T], T]:
    def register(part: T) -> T:
        known = REGISTERED[table].get(name)
        taken = name in BUILTINS.get(table, {}) or name in lightnings(table).models  # type: ignore[call-overload]
        if taken or (known and _place(known.function) != _place(part)):
            raise ValueError(f"a part of `{table}` is registered as `{name}` already")
        REGISTERED[table][name] = Registered(part, args)
        setattr(part, MODEL_ATTRIBUTE, args)
        return part

    return register


def _place(part: Callable[..., Any]) -> tuple[str, str]:
    return part.__module__, part.__qualname__


def find_part(table: str, name: str, path: str) -> Registered:
    """The registered part of a name; that of an installed package is imported.

    Raises ConfigError if there is none, or its package cannot be imported.
    """
    if name in REGISTERED[table]:
        found: Registered = REGISTERED[table][name]
        return found
    from importlib import metadata

    for point in metadata.entry_points(group=GROUPS[table], name=name):
        try:
            part = point.load()
        except Exception as error:
            message = f"`{name}` of `{point.value}` cannot be imported: {type(error).__name__}: {error}"
            raise ConfigError((diagnostic("cannot-import", path, message),)) from error
        return Registered(part, vars(part).get(MODEL_ATTRIBUTE))
    message = f"nothing was registered as `{name}` once the modules under `imports:` had run"
    raise ConfigError((diagnostic("unknown-name", path, message),))
