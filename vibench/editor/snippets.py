"""What an editor writes below a key at first, with places to fill in."""

from __future__ import annotations

from json import dumps
from typing import Any

from pydantic import BaseModel

from vibench.editor.models import Definitions
from vibench.schemas.base import setting_of

Schema = dict[str, Any]


def snippets(definitions: Definitions, model: type[BaseModel]) -> None:
    """Add them to the settings of a model that say what they expand to, and to the mapping that these stand in."""
    definition = definitions[model.__name__]
    for name in model.model_fields:
        expands = setting_of(model, name).expands
        if expands:
            shape = definition["properties"][name]
            inside = _snippet(definitions, name, shape, expands)
            shape["defaultSnippets"] = [inside]
            definition.setdefault("defaultSnippets", []).append({**inside, "body": {name: inside["body"]}})


def _snippet(definitions: Definitions, name: str, shape: Schema, keys: tuple[str, ...]) -> Schema:
    listed = "$ref" not in shape
    inside = (shape["items"] if listed else shape)["$ref"]
    known = [_resolved(definitions, definitions[inside.rpartition("/")[2]]["properties"][key]) for key in keys]
    body = {key: _place(index, one) for index, (key, one) in enumerate(zip(keys, known, strict=True), 1)}
    return {"label": f"{name}: …", "description": shape["description"], "body": [body] if listed else body}


def _resolved(definitions: Definitions, shape: Schema) -> Schema:
    """The shape that a reference to another setting means."""
    reference = shape.get("$ref", "")
    if "/properties/" not in reference:
        return shape
    _, _, definition, _, name = reference.split("/")
    found: Schema = definitions[definition]["properties"][name]
    return found


def _place(number: int, shape: Schema) -> str:
    """A place to fill in: with the choices, the default or the example."""
    choices = [value for value in shape.get("enum", ()) if value is not None]
    if choices:
        return f"${{{number}|{','.join(map(str, choices))}|}}"
    value = shape["default"] if shape.get("default") is not None else shape["examples"][0]
    return f"${{{number}:{value if isinstance(value, str) else dumps(value)}}}"
