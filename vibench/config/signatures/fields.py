"""Constructors that Python or a library writes: dataclasses, named tuples, Pydantic models."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from vibench.config.signatures.arguments import EITHER, KEYWORD, REST, Argument, typed
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.world import Definition, Standard, World

PYDANTIC = "pydantic.main.BaseModel"


class _Field(NamedTuple):
    """One annotated name in the body of a class."""

    owner: Definition
    name: str
    annotation: ast.expr
    default: ast.expr | None

    def argument(self, world: World, kind: IntEnum, *, required: bool, name: str = "") -> Argument:
        wants = typed(world, self.owner.module, self.annotation, self.default)
        return Argument(name or self.name, kind, required, wants)


def generated(world: World, line: Lineage, at: int) -> list[Argument] | None:
    """The arguments of the constructor that is generated for the class at this place of a lineage, if one is."""
    owner = line.ancestors[at]
    if not isinstance(owner, Definition) or not isinstance(owner.node, ast.ClassDef):
        return None
    below = Lineage(world, line.ancestors[at:])
    decorator = dataclass_decorator(world, owner)
    if decorator is not None and _option(decorator, "init") is not False:
        return list(_dataclass(world, below))
    if owner.path == PYDANTIC or not below.has(PYDANTIC):
        bases = [world.resolve(owner.module, base) for base in owner.node.bases]
        if Standard("typing.NamedTuple") in bases:
            fields = _annotated(world, owner)
            return [field.argument(world, EITHER, required=field.default is None) for field in fields]
        return None
    return list(_pydantic(world, below))


def dataclass_decorator(world: World, one: Definition) -> ast.expr | None:
    """The `@dataclass` of a class."""
    assert isinstance(one.node, ast.ClassDef)
    for decorator in one.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if world.resolve(one.module, called) == Standard("dataclasses.dataclass"):
            return decorator
    return None


def _annotated(world: World, owner: Definition) -> Iterator[_Field]:
    """The fields of a class: its annotated names, but not class variables."""
    assert isinstance(owner.node, ast.ClassDef)
    for statement in owner.node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if not _is_class_variable(world, owner, statement.annotation):
            yield _Field(owner, statement.target.id, statement.annotation, statement.value)


def _is_class_variable(world: World, owner: Definition, annotation: ast.expr) -> bool:
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    text = head.value if isinstance(head, ast.Constant) and isinstance(head.value, str) else ""
    return "ClassVar" in text or world.resolve(owner.module, head) == Standard("typing.ClassVar")


def _dataclass(world: World, line: Lineage) -> Iterator[Argument]:
    """Fields of base classes first; those that are only named come last."""
    found: dict[str, Argument | None] = {}
    for owner in reversed(line.classes):
        decorator = dataclass_decorator(world, owner)
        if decorator is None:
            continue
        by_name = _option(decorator, "kw_only") is True
        for field in _annotated(world, owner):
            if world.resolve(owner.module, field.annotation) == Standard("dataclasses.KW_ONLY"):
                by_name = True
                continue
            found[field.name] = _dataclass_field(world, field, by_name)
    arguments = [argument for argument in found.values() if argument is not None]
    yield from (argument for argument in arguments if argument.kind is EITHER)
    yield from (argument for argument in arguments if argument.kind is KEYWORD)


def _dataclass_field(world: World, field: _Field, by_name: bool) -> Argument | None:
    call = field.default if isinstance(field.default, ast.Call) else None
    if call is None or world.resolve(field.owner.module, call.func) != Standard("dataclasses.field"):
        return field.argument(world, KEYWORD if by_name else EITHER, required=field.default is None)
    if _option(call, "init") is False:
        return None
    own = _option(call, "kw_only")
    kind = KEYWORD if (by_name if own is None else own) else EITHER
    return field.argument(world, kind, required=not {"default", "default_factory"} & _words(call))


def _pydantic(world: World, line: Lineage) -> Iterator[Argument]:
    """Fields by their alias; `extra="allow"` takes any others."""
    found: dict[str, Argument] = {}
    allows = False
    for owner in reversed(line.classes[: [one.path for one in line.classes].index(PYDANTIC)]):
        for field in _annotated(world, owner):
            if not field.name.startswith("_") and field.name != "model_config":
                found[field.name] = _pydantic_field(world, field)
        allows = allows or "allow" in _extra(owner)
    yield from found.values()
    if allows:
        yield Argument("extra_data", REST, False)


def _pydantic_field(world: World, field: _Field) -> Argument:
    call = field.default if isinstance(field.default, ast.Call) else None
    if call is None:
        required = field.default is None or _is_ellipsis(field.default)
        return field.argument(world, KEYWORD, required=required)
    first = call.args[0] if call.args else _word(call, "default")
    factory = "default_factory" in _words(call)
    required = _is_ellipsis(first) if first is not None else not factory and bool(call.keywords or not call.args)
    alias = _option(call, "alias")
    return field.argument(world, KEYWORD, required=required, name=alias if isinstance(alias, str) else "")


def _extra(owner: Definition) -> str:
    """The literal value of `extra` in `model_config` or among the words of the class."""
    assert isinstance(owner.node, ast.ClassDef)
    words = list(owner.node.keywords)
    for statement in owner.node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            words += statement.value.keywords if ast.unparse(statement.targets[0]) == "model_config" else []
    values = [word.value.value for word in words if word.arg == "extra" and isinstance(word.value, ast.Constant)]
    return str(values[-1]) if values else ""


def _is_ellipsis(expression: ast.expr | None) -> bool:
    return isinstance(expression, ast.Constant) and expression.value is Ellipsis


def _words(call: ast.Call) -> set[str]:
    return {word.arg for word in call.keywords if word.arg}


def _word(call: ast.Call, name: str) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == name), None)


def _option(decorator: ast.expr, name: str) -> object:
    """The literal value of a named argument of a call; None where it is not written."""
    value = _word(decorator, name) if isinstance(decorator, ast.Call) else None
    return value.value if isinstance(value, ast.Constant) else None
