"""The constructor that Pydantic generates for a model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vibench.config.signatures.arguments import KEYWORD, REST, Argument
from vibench.config.signatures.bodies import Field, annotated, word, words
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.world import Definition, World

PYDANTIC = "pydantic.main.BaseModel"
_ALIASES = ("validation_alias", "alias")
# Options of a model with which a field may be written under another name, too.
_OTHER_NAMES = ("populate_by_name", "validate_by_name", "alias_generator")


def model_arguments(world: World, line: Lineage) -> Iterator[Argument]:
    """Fields by their alias; `extra="allow"` takes any others."""
    found: dict[str, Argument] = {}
    options: dict[str, Any] = {}
    for owner in reversed(line.classes[: [one.path for one in line.classes].index(PYDANTIC)]):
        options |= _options(owner)
        for field in annotated(world, owner):
            if not field.name.startswith("_") and field.name != "model_config":
                found[field.name] = _argument(world, field)
    renamed = any(name in options for name in _OTHER_NAMES) or None in [one.name or None for one in found.values()]
    yield from (one._replace(required=one.required and not renamed) for one in found.values() if one.name)
    if renamed or options.get("extra") == "allow":
        yield Argument("extra_data", REST, False)


def _argument(world: World, field: Field) -> Argument:
    """The argument of a field; without a name where its alias is no plain text."""
    call = field.default if isinstance(field.default, ast.Call) else None
    if call is None:
        required = field.default is None and not _has_default(field.annotation)
        return field.argument(world, KEYWORD, required=required or _is_ellipsis(field.default))
    first = call.args[0] if call.args else word(call, "default")
    required = _is_ellipsis(first) if first is not None else "default_factory" not in words(call)
    argument = field.argument(world, KEYWORD, required=required)
    alias = next((word(call, name) for name in _ALIASES if name in words(call)), ast.Constant(field.name))
    return argument._replace(name=alias.value if isinstance(alias, ast.Constant) else "")  # type: ignore[arg-type]


def _has_default(annotation: ast.expr) -> bool:
    """Whether a call inside `Annotated` gives a default."""
    calls = [node for node in ast.walk(annotation) if isinstance(node, ast.Call)]
    return any({"default", "default_factory"} & words(call) for call in calls)


def _options(owner: Definition) -> dict[str, Any]:
    """The literal options in `model_config` and among the words of the class; others with their source."""
    assert isinstance(owner.node, ast.ClassDef)
    given = [(one.arg, one.value) for one in owner.node.keywords]
    for statement in owner.node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "model_config":
            given += _pairs(statement.value)
    return {name: one.value if isinstance(one, ast.Constant) else one for name, one in given if name}


def _pairs(value: ast.expr) -> list[tuple[str | None, ast.expr]]:
    """`ConfigDict(name=value)` or `{"name": value}`."""
    if isinstance(value, ast.Call):
        return [(one.arg, one.value) for one in value.keywords]
    if isinstance(value, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
        return [(key if isinstance(key, str) else None, one) for key, one in zip(keys, value.values, strict=True)]
    return []


def _is_ellipsis(expression: ast.expr | None) -> bool:
    return isinstance(expression, ast.Constant) and expression.value is Ellipsis
