"""The drafts of JSON Schema that can be asked for. Ours is 2020-12; draft-07 is for older readers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

Schema = dict[str, Any]
Draft = Literal["2020-12", "draft-07"]


def _newest(schema: Schema) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _draft_07(schema: Schema) -> Schema:
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_older(schema)}


def _older(shape: Any) -> Any:
    """What draft-07 says otherwise: definitions, lists of fixed length, and nothing beside a reference."""
    if isinstance(shape, list):
        return [_older(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    older = {_KEYWORDS.get(key, key): _older(value) for key, value in shape.items()}
    reference = older.get("$ref")
    if isinstance(reference, str):
        older["$ref"] = reference.replace("#/$defs/", "#/definitions/")
        if len(older) > 1:
            older["allOf"] = [{"$ref": older.pop("$ref")}, *older.get("allOf", [])]
    return older


_KEYWORDS = {"$defs": "definitions", "prefixItems": "items"}

DRAFTS: dict[Draft, Callable[[Schema], Schema]] = {"2020-12": _newest, "draft-07": _draft_07}
