"""Values that a setting accepts, found by asking its own declaration: for examples, and to see what a change does."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from vibench.schemas.base import default_value, setting_of

# One of these fits every type that a setting has; what it is limited to (`Literal`, an enumeration) comes before.
CANDIDATES: tuple[Any, ...] = (
    True, False, 2, 5, 1, 0, -1, 0.25, 0.5, 1.5, "some_text", "some.Class", "0,1", "00:00:10:00",
    [2], [0, 1], [0.1, 0.2, 0.3], ["some_text"], ["some.module"], [{"class_path": "some.Class"}],
    {"class_path": "some.Class"}, {"0": 2}, {"modules": ["some_text"]}, {"monitor": "some_text"},
)  # fmt: skip


def samples(model: type[BaseModel], name: str) -> Iterator[Any]:
    """Values, as a file holds them, that a setting accepts and that are not its default."""
    field = model.model_fields[name]
    default = default_value(field)
    seen = [dumps(default.model_dump() if isinstance(default, BaseModel) else default, default=str)]
    for value in (setting_of(model, name).example, *choices(field), *CANDIDATES):
        text = dumps(value)
        if value is not None and text not in seen and accepts(model, name, value):
            seen.append(text)
            yield value


def accepts(model: type[BaseModel], name: str, value: Any) -> bool:
    """Whether a setting takes a value, whatever else its model asks for."""
    try:
        model.model_validate_json(dumps({name: value}))
    except ValidationError as error:
        return all(found["loc"][:1] != (name,) for found in error.errors(include_url=False, include_context=False))
    return True


def choices(field: FieldInfo) -> list[Any]:
    """What a setting is limited to, where it is."""
    extra = field.json_schema_extra
    named = extra.get("enum") if isinstance(extra, dict) else None
    return [*(named if isinstance(named, list) else ()), *_literals(field.annotation)]


def _literals(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            found += choices(part)
        elif isinstance(part, str | int | float):
            found.append(part)
        else:
            found += _literals(part)
    return found
