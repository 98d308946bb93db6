"""What an editor shows of a setting: its sentence, what it takes, its default, an example, and what it becomes."""

from __future__ import annotations

from json import dumps
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vibench.config.wording import expected_of
from vibench.editor.examples import default_of, example_of
from vibench.schemas.base import Meanings, Setting, default_value, setting_of

Schema = dict[str, Any]


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


def markdown(field: FieldInfo, says: Setting) -> str:
    """The setting in Markdown; editors add the allowed values and the example."""
    facts = [f"Takes {expected_of(field)}."]
    if not field.is_required():
        facts.append("Not written by default." if default_value(field) is None else f"Default: `{_yaml(field)}`.")
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
