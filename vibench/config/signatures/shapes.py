"""The arguments of a class as JSON Schema, for editors."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from vibench.config.signatures.constructor import Accepted

Schema = dict[str, Any]
_SCALARS = {bool: "boolean", int: "integer", float: "number", str: "string", NoneType: "null"}


def arguments_schema(takes: Accepted | None, given: tuple[str, ...] = ()) -> Schema:
    """A mapping of arguments; of what cannot be known anything goes. `given`: arguments that are no one's to write."""
    if takes is None:
        return {"type": "object"}
    named = [one for one in takes.arguments if one.nameable and one.name not in given]
    schema: Schema = {"type": "object", "properties": {one.name: type_schema(one.type()) for one in named}}
    if not takes.open:
        schema["additionalProperties"] = False
    required = [one.name for one in named if one.required]
    return {**schema, "required": required} if required else schema


def type_schema(kind: Any) -> Schema:
    """A type; one that is not known takes anything."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (Union, UnionType):
        return {"anyOf": [type_schema(part) for part in parts]}
    if origin is tuple:
        return {"type": "array", "prefixItems": [type_schema(part) for part in parts], "minItems": len(parts)}
    if kind in (list, tuple) or origin is list:
        return {"type": "array", **({"items": type_schema(parts[0])} if parts else {})}
    if kind is dict or origin is dict:
        return {"type": "object", **({"additionalProperties": type_schema(parts[1])} if parts else {})}
    return {}
