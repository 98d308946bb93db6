"""What an editor shows of a setting: its sentence, what it takes, its default, an example, and what it becomes."""

from __future__ import annotations

from json import dumps
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from vibench.config.wording import expected_of
from vibench.schemas.base import Meanings, Setting, setting_of

Schema = dict[str, Any]
_ANY_TEXT = "text"


def documented(model: type[BaseModel], name: str) -> Schema:
    """The keywords that say in words what a setting is."""
    field, says = model.model_fields[name], setting_of(model, name)
    shown: Schema = {"description": field.description, "markdownDescription": markdown(field, says)}
    if not field.is_required():
        shown["default"] = default_of(field)
    shown["examples"] = [example_of(model, name)]
    if says.deprecated:
        shown |= {"deprecated": True, "deprecationMessage": f"deprecated: {says.deprecated}"}
    return shown


def message_of(field: FieldInfo) -> str:
    """What an editor says of a value that does not fit."""
    return f"expected {expected_of(field)}"


def default_of(field: FieldInfo) -> Any:
    """The default as JSON; a mapping that is not written is empty."""
    default = field.get_default()
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
    plain: dict[Any, Any] = {bool: True, int: max(1, *bounds, 1), float: 0.5, str: _ANY_TEXT}
    return plain.get(annotation, {})


def _constraints(metadata: Any) -> list[Any]:
    found: list[Any] = []
    for marker in metadata:
        found += marker.metadata if isinstance(marker, FieldInfo) else [marker]
    return found


def markdown(field: FieldInfo, says: Setting) -> str:
    """The setting in Markdown; editors add the allowed values and the example."""
    facts = [f"Takes {expected_of(field)}."]
    if not field.is_required():
        facts.append("Not written by default." if field.get_default() is None else f"Default: `{_yaml(field)}`.")
    if says.feeds:
        facts.append(f"Lightning: `{says.feeds}`.")
    if says.aliases:
        facts.append("Also written " + ", ".join(f"`{alias}`" for alias in says.aliases) + ".")
    if says.deprecated:
        facts.append(f"**Deprecated**: {says.deprecated}.")
    return "\n\n".join([field.description or "", "  \n".join(facts)])


def _yaml(field: FieldInfo) -> str:
    return dumps(default_of(field), ensure_ascii=False)


def meanings(field: FieldInfo) -> dict[Any, str]:
    """What each allowed value means, where a setting has such values."""
    found: dict[Any, str] = {}
    _collect(field.annotation, field.metadata, found)
    return found


def _collect(annotation: Any, metadata: Any, found: dict[Any, str]) -> None:
    for marker in metadata:
        if isinstance(marker, Meanings):
            found.update(marker.of)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _collect(parts[0], parts[1:], found)
    elif origin in (Union, UnionType, list):
        for part in parts:
            _collect(part, (), found)
