"""A union as one flat shape, because editors say little about an `anyOf` that does not match.

Most keywords of JSON Schema speak of one type only (`minimum` of numbers, `properties` of mappings), so alternatives of
different types fit into one shape with a list of types. What is left over, like a list of allowed texts beside a
mapping, becomes an `if`. The message of a value of the wrong type is then one sentence at the right place.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
_NUMBERS = ("integer", "number")


def flat(shape: Schema, message: str = "", *, nullable: bool = False) -> Schema:
    """The shape without `anyOf` where that can be; `message` is what an editor says of another value."""
    branches = [_below(branch) for branch in shape.get("anyOf", [shape])]
    nullable = nullable or {"type": "null"} in branches
    branches = [branch for branch in branches if branch != {"type": "null"}]
    chosen = [value for branch in branches for value in _choices(branch)]
    typed = [branch for branch in branches if not _choices(branch)]
    if any(not _type(branch) for branch in typed):
        return {key: value for key, value in shape.items() if key != "anyOf"} if "anyOf" not in shape else shape
    return _joined(typed, chosen, message, nullable)


def _below(shape: Schema) -> Schema:
    """The shape with what it holds made flat too; a definition that is named becomes a mapping."""
    if set(shape) == {"$ref"}:
        return {"type": "object", **shape}
    result = dict(shape)
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), dict) and shape[key]:
            result[key] = flat(shape[key])
    for key in ("prefixItems", "oneOf"):
        if key in shape:
            result[key] = [flat(part) for part in shape[key]]
    if "patternProperties" in shape:
        result["patternProperties"] = {pattern: flat(part) for pattern, part in shape["patternProperties"].items()}
        result["additionalProperties"] = False
    return result


def _choices(shape: Schema) -> list[Any]:
    return [shape["const"]] if "const" in shape else list(shape.get("enum", ()))


def _type(shape: Schema) -> str:
    return "object" if "oneOf" in shape else str(shape.get("type", ""))


def _joined(typed: list[Schema], chosen: list[Any], message: str, nullable: bool) -> Schema:
    says = {"errorMessage": message} if message else {}
    null = [None] if nullable else []
    if not typed:
        return {"enum": [*chosen, *null], **says}
    result: Schema = {"type": _types(typed, chosen, nullable), **says}
    conditions = []
    for kind in dict.fromkeys(_group(branch) for branch in typed):
        members = [_untyped(branch, message) for branch in typed if _group(branch) == kind]
        if len(members) == 1 and "oneOf" not in members[0]:
            result.update(members[0])
        else:
            alternatives = [branch for branch in typed if _group(branch) == kind]
            then = members[0] if len(members) == 1 else {"anyOf": alternatives}
            conditions.append({"if": {"type": kind}, "then": then})
    if chosen:
        others = list(dict.fromkeys(_group(branch) for branch in typed))
        conditions.append({"if": {"type": others}, "else": {"enum": [*chosen, *null], **says}})
    return {**result, "allOf": conditions} if len(conditions) > 1 else {**result, **(conditions or [{}])[0]}


def _types(typed: list[Schema], chosen: list[Any], nullable: bool) -> list[str] | str:
    kinds = [_type(branch) for branch in typed] + [_type_of(value) for value in chosen]
    names = list(dict.fromkeys(kinds)) + ["null"] * nullable
    if "number" in names and "integer" in names:
        names.remove("integer")
    return names if len(names) > 1 else names[0]


def _type_of(value: Any) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "integer"


def _group(shape: Schema) -> str:
    kind = _type(shape)
    return "number" if kind in _NUMBERS else kind


def _untyped(shape: Schema, message: str) -> Schema:
    """A branch without its type, which the whole shape says."""
    says = {"patternErrorMessage": message} if message and "pattern" in shape else {}
    return {**{key: value for key, value in shape.items() if key not in ("type", "discriminator")}, **says}
