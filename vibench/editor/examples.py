"""Examples: a value of each setting that somebody might write."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from vibench.schemas.base import default_value, setting_of

_ANY_TEXT = "text"


def default_of(field: FieldInfo) -> Any:
    """The default as JSON; a mapping that is not written is empty."""
    default = default_value(field)
    return {} if isinstance(default, BaseModel) else to_jsonable_python(default)


def example_of(model: type[BaseModel], name: str) -> Any:
    """A value that somebody might write: the declared example, else the default, else the simplest value there is."""
    field, says = model.model_fields[name], setting_of(model, name)
    if says.example is not None or field.examples:
        return says.example if says.example is not None else (field.examples or [None])[0]
    default = None if field.is_required() else default_of(field)
    if default not in (None, {}, [], "", False):
        return default
    return _named(_simplest(field.annotation, field.metadata), name)


def _named(value: Any, name: str) -> Any:
    """A text that could be anything says whose it is."""
    if isinstance(value, list):
        return [_named(part, name.removesuffix("s")) for part in value]
    return f"my-{name.replace('_', '-')}" if value == _ANY_TEXT else value


def _simplest(annotation: Any, metadata: Any = ()) -> Any:
    origin, parts = get_origin(annotation), get_args(annotation)
    declared = next((marker.examples for marker in metadata if isinstance(marker, FieldInfo) and marker.examples), None)
    if declared:
        return declared[0]
    if origin is Annotated:
        return _simplest(parts[0], parts[1:])
    if origin in (Union, UnionType):
        return _simplest(next(part for part in parts if part is not NoneType))
    if origin is Literal:
        return parts[0]
    if origin in (list, tuple):
        return [_simplest(parts[0])]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        required = [name for name, field in annotation.model_fields.items() if field.is_required()]
        return {name: example_of(annotation, name) for name in required}
    bounds = [marker.ge for marker in _constraints(metadata) if getattr(marker, "ge", None) is not None]
    plain: dict[Any, Any] = {bool: True, int: max([1, *bounds]), float: 0.5, str: _ANY_TEXT}
    return plain.get(annotation, {})


def _constraints(metadata: Any) -> list[Any]:
    found: list[Any] = []
    for marker in metadata:
        found += marker.metadata if isinstance(marker, FieldInfo) else [marker]
    return found
