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
    if all("type" in branch for branch in typed):
        return _joined(typed, chosen, {"errorMessage": message} if message else {}, [None] if nullable else [])
    return shape


def _below(shape: Schema) -> Schema:
    """The shape with what it holds made flat too; a definition that is named becomes a mapping."""
    if set(shape) == {"$ref"}:
        return {"type": "object", **shape}
    if "discriminator" in shape:
        return _by_name(shape["discriminator"]["propertyName"], shape["discriminator"]["mapping"])
    result = dict(shape)
    for key in ("items", "additionalProperties"):
        if isinstance(shape.get(key), dict) and shape[key]:
            result[key] = flat(shape[key])
    if "prefixItems" in shape:
        result["prefixItems"] = [flat(part) for part in shape["prefixItems"]]
    if "patternProperties" in shape:
        result["patternProperties"] = {pattern: flat(part) for pattern, part in shape["patternProperties"].items()}
        result["additionalProperties"] = False
    return result


def _by_name(key: str, models: dict[str, str]) -> Schema:
    """One of several mappings, told apart by the value of a key."""
    names = list(models)
    return {
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": names, "errorMessage": f"expected one of {', '.join(names)}"}},
        "allOf": [{"if": named(key, name), "then": {"$ref": models[name]}} for name in names],
    }


def named(key: str, name: str) -> Schema:
    """The condition that a mapping says `name` under `key`."""
    return {"type": "object", "required": [key], "properties": {key: {"const": name}}}


def _choices(shape: Schema) -> list[Any]:
    return [shape["const"]] if "const" in shape else list(shape.get("enum", ()))


def _joined(typed: list[Schema], chosen: list[Any], says: Schema, null: list[None]) -> Schema:
    if not typed:
        return {"enum": [*chosen, *null], **says}
    groups: dict[str, list[Schema]] = {}
    for branch in typed:
        groups.setdefault("number" if branch["type"] in _NUMBERS else branch["type"], []).append(branch)
    result: Schema = {"type": _types(typed, chosen, null), **says}
    conditions = [_any_of(kind, members, says) for kind, members in groups.items() if len(members) > 1]
    for kind, members in groups.items():
        if len(members) == 1 and kind == "array" and len(typed) > 1:  # beside `items`, editors would begin a list
            conditions.append({"if": {"type": kind}, "then": _untyped(members[0], says)})
        elif len(members) == 1:
            result |= _untyped(members[0], says)
    if chosen:
        choices = {"enum": [*chosen, *null]}
        conditions.append({"if": {"type": list(groups)}, "else": {**choices, **says}})
        result["anyOf"] = [choices, {}]  # refuses nothing: editors offer no values that stand under `else`
    return {**result, "allOf": [*result.get("allOf", []), *conditions]} if conditions else result


def _any_of(kind: str, members: list[Schema], says: Schema) -> Schema:
    return {"if": {"type": kind}, "then": {"anyOf": [{**member, **says} for member in members]}}


def _types(typed: list[Schema], chosen: list[Any], null: list[None]) -> list[str] | str:
    kinds = [branch["type"] for branch in typed] + [_type_of(value) for value in chosen]
    names = [*dict.fromkeys(kinds), *(["null"] if null else [])]
    if "number" in names and "integer" in names:
        names.remove("integer")
    return names if len(names) > 1 else names[0]


def _type_of(value: Any) -> str:
    return "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "integer"


def _untyped(shape: Schema, says: Schema) -> Schema:
    """A branch without its type, which the whole shape says."""
    pattern = {"patternErrorMessage": says["errorMessage"]} if says and "pattern" in shape else {}
    return {**{key: value for key, value in shape.items() if key not in ("type", "examples")}, **pattern}
