"""Definitions of models: their settings, with all that an editor shows of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from vibench.config.parts import branches
from vibench.editor.unions import flat
from vibench.editor.words import documented, meanings, message_of
from vibench.schemas import removed

Schema = dict[str, Any]
REFERENCE = "#/$defs/{model}"
HIDDEN = {"doNotSuggest": True}


class Definitions(dict[str, Schema]):
    """The definitions of a schema, by the names of their models."""

    def add(self, model: type[BaseModel]) -> Schema:
        """Define a model and those inside it; what a shape of it says beside its definition's place."""
        if model.__name__ not in self:
            every = list(dict.fromkeys(below(model)))
            for one in reversed(every):
                one.model_rebuild()
            made = model.model_json_schema(ref_template=REFERENCE)
            found = {**made.pop("$defs", {}), model.__name__: made}
            withouts = set(_where_null_is_not_written(model))
            for one in every:
                if one.__name__ in found:
                    self[one.__name__] = _definition(one, found[one.__name__], one in withouts)
        return {"$ref": REFERENCE.format(model=model.__name__)}


def refused(reason: str) -> Schema:
    """The shape of a key that nobody should write: no value fits, and the message says what to write instead."""
    return {"description": reason, "enum": [], "errorMessage": reason, "deprecated": True, **HIDDEN}


def below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and all that stand in its settings."""
    yield model
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from below(part)


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _where_null_is_not_written(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The models whose settings the loader takes out where they are null."""
    yield model
    for inner in branches(model).values():
        for one in inner:
            yield from _where_null_is_not_written(one)


def _definition(model: type[BaseModel], made: Schema, null_is_not_written: bool) -> Schema:
    properties = made.get("properties", {})
    gone = {key: refused(old.instead) for key, old in removed.TABLES.get(model.__name__, {}).items()}
    definition: Schema = {"properties": gone, "additionalProperties": False}
    for name, shape in properties.items():
        nullable = null_is_not_written and not model.model_fields[name].is_required()
        definition["properties"][name] = _property(model, name, shape, nullable)
    if made.get("required"):
        definition["required"] = made["required"]
    if isinstance(made.get("additionalProperties"), dict):
        definition["additionalProperties"] = made["additionalProperties"]
    return {"description": model.__doc__, **definition}


def _property(model: type[BaseModel], name: str, shape: Schema, nullable: bool) -> Schema:
    field = model.model_fields[name]
    bare = {key: value for key, value in shape.items() if key not in ("title", "default", "description", "examples")}
    made = {**documented(model, name), **flat(bare, message_of(field), nullable=nullable)}
    said = {str(value): sentence for value, sentence in meanings(field).items()}
    if said:
        for shape in (made, made.get("items", {}), *made.get("anyOf", ())):
            _mean(shape, said)
    return made


def _mean(shape: Schema, said: dict[str, str]) -> None:
    """Sentences beside allowed values, in their order."""
    if "enum" in shape:
        shape["markdownEnumDescriptions"] = [said.get(str(value), "Not written.") for value in shape["enum"]]
