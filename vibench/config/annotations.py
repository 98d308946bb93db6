"""What the annotation of a setting says of the value that was written: its model, its keys, its choices."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vibench.config.source import Map, Seq


def inner_annotation(annotation: Any, value: Map | Seq) -> Any:
    """The part of an annotation that a container of this kind was meant for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return inner_annotation(get_args(annotation)[0], value)
    if origin in (Union, UnionType):
        found = [inner for part in get_args(annotation) if (inner := inner_annotation(part, value)) is not None]
        return next((part for part in found if _is_tagged(part, value)), found[0] if found else None)
    if isinstance(value, Map):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        return get_args(annotation)[1] if origin is dict else None
    return get_args(annotation)[0] if origin in (list, tuple) else None


def _is_tagged(model: Any, value: Map | Seq) -> bool:
    """Whether the required choices of a model (the `name` of a tagged union) are those that a mapping makes."""
    if not (isinstance(value, Map) and isinstance(model, type) and issubclass(model, BaseModel)):
        return True
    tags = {name: field.annotation for name, field in model.model_fields.items() if field.is_required()}
    return all(value.get(name) in get_args(kind) for name, kind in tags.items() if get_origin(kind) is Literal)


def key_annotation(annotation: Any) -> Any:
    """What the keys of a mapping must be."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[0]
    found = (key_annotation(part) for part in get_args(annotation))
    return next((part for part in found if part is not None), None)


def choices(annotation: Any, field: FieldInfo | None) -> list[str]:
    """Texts that a value may be, for "did you mean"."""
    extra = field.json_schema_extra if field else None
    if isinstance(extra, dict) and isinstance(extra.get("enum"), list):
        return [str(item) for item in extra["enum"]]  # type: ignore[union-attr]
    found: list[str] = []
    for part in get_args(annotation):
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, type) and issubclass(part, BaseModel) and "name" in part.model_fields:
            found += choices(part.model_fields["name"].annotation, None)
        elif isinstance(part, FieldInfo):
            found += choices(None, part)
        else:
            found += choices(part, None)
    return found
