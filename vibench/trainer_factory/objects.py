"""Parts become the objects that they name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from functools import cache, partial
from importlib import import_module
from json import dumps
from typing import Any

from pydantic import BaseModel, ValidationError

from vibench.config.signatures.annotations import CALLABLE, fits, holds, plain_type
from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.planning.parts import Part
from vibench.trainer_factory.register import find_part


def made(value: Any, path: str, kind: Any = Any) -> Any:
    """A part as the object it names, parts inside lists and mappings too; any other value as it is.

    `kind`: the type that it is wanted for. Where that is a mapping, a component stays one; where it is a callable,
    the part becomes a function that takes further arguments.

    Raises ConfigError if a class cannot be imported or refuses its arguments.
    """
    if isinstance(value, Part):
        return _made_part(value, path, kind)
    if isinstance(value, list):
        return [made(item, f"{path}.{index}") for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: made(inner, f"{path}.{key}") for key, inner in value.items()}
    whole = type(value) is float and value.is_integer() and fits(1, kind) and not fits(0.5, kind)
    return int(value) if whole else value  # an integral float serves where an integer is asked


def _made_part(part: Part, path: str, kind: Any) -> Any:
    if holds(kind, dict):
        return as_written(part)
    if part.registered:
        return made_by_name(*part.registered, part.init_args, path)
    factory, below = imported(part.class_path, f"{path}.class_path"), f"{path}.init_args"
    arguments = _made_arguments(factory, part.init_args, below)
    return partial(factory, **arguments) if kind is CALLABLE else called(factory, part.class_path, arguments, below)


def made_by_name(table: str, name: str, written: dict[str, Any], path: str, **filled: Any) -> Any:
    """The object of a registered part; `filled`: arguments beside the written ones.

    Raises ConfigError if it cannot be imported or refuses its arguments.
    """
    part = find_part(table, name, f"{path}.name")
    below = f"{path}.args"
    if part.args is None:
        arguments = _made_arguments(part.function, written, below)
    else:
        arguments = validated(part.args, as_written(written), below)
    return called(part.function, name, {**arguments, **filled}, below)


def _made_arguments(factory: Callable[..., Any], written: dict[str, Any], path: str) -> dict[str, Any]:
    asked = any(isinstance(inner, Part | float) for inner in written.values())  # `made` looks at no other's kind
    kinds = types_of(factory) if asked else {}
    return {name: made(inner, f"{path}.{name}", kinds.get(name, Any)) for name, inner in written.items()}


def as_written(value: Any) -> Any:
    """A part as the mapping that it was written as."""
    if isinstance(value, Part):
        return {"class_path": value.class_path, "init_args": as_written(value.init_args)}
    if isinstance(value, dict):
        return {key: as_written(inner) for key, inner in value.items()}
    return [as_written(item) for item in value] if isinstance(value, list) else value


def types_of(factory: Callable[..., Any]) -> dict[str, Any]:
    """The types of what a class or function takes, by name; none where Python cannot tell."""
    return _types_of(factory) if isinstance(factory, Hashable) else _types_of.__wrapped__(factory)


@cache  # a process that builds one Trainer builds many: for iterations, for a search
def _types_of(factory: Callable[..., Any]) -> dict[str, Any]:
    try:
        parameters = inspect.signature(factory, eval_str=True).parameters
    except Exception:  # an annotation is evaluated, and can fail in any way
        return {}
    return {name: plain_type(parameter.annotation) for name, parameter in parameters.items()}


def validated(model: type[BaseModel], arguments: dict[str, Any], path: str) -> dict[str, Any]:
    """Arguments as the model makes them that a part was registered with.

    Raises ConfigError if they do not fit it.
    """
    try:
        made = model.model_validate_json(dumps(arguments), strict=True)
    except ValidationError as error:
        message = f"the arguments do not fit `{model.__name__}`: {error}"
        raise ConfigError((diagnostic("bad-init-args", path, message),)) from error
    return {name: getattr(made, name) for name in model.model_fields}


def imported(class_path: str, path: str) -> Any:
    """The object behind a dotted path.

    Raises ConfigError if its module cannot be imported, whatever stops it, or has no such name.
    """
    module, _, name = class_path.replace(":", ".").rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (Exception, SystemExit) as error:
        message = f"`{class_path}` cannot be imported: {type(error).__name__}: {error}"
        raise ConfigError((diagnostic("cannot-import", path, message),)) from error


def instance(class_path: str, init_args: dict[str, Any], path: str) -> Any:
    """The class behind a dotted path, called with its arguments.

    Raises ConfigError if it cannot be imported or refuses them.
    """
    return called(imported(class_path, path), class_path, init_args, path)


def called(factory: Callable[..., Any], class_path: str, init_args: dict[str, Any], path: str) -> Any:
    """What a class makes of its arguments.

    Raises ConfigError if it refuses them.
    """
    try:
        return factory(**init_args)
    except ImportError as error:
        message = f"`{class_path}` needs a package that is not installed here: {error}"
        raise ConfigError((diagnostic("cannot-import", path, message),)) from error
    except (TypeError, ValueError) as error:
        message = f"`{class_path}` refuses its arguments: {error}"
        raise ConfigError((diagnostic("bad-init-args", path, message),)) from error
