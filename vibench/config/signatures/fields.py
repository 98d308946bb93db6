"""Constructors that Python or a library writes: dataclasses, named tuples, Pydantic models."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vibench.config.signatures.arguments import EITHER, KEYWORD, Argument
from vibench.config.signatures.bodies import Field, annotated, option, words
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.models import PYDANTIC, model_arguments
from vibench.config.signatures.world import Definition, Standard, World


def generated(world: World, line: Lineage, at: int) -> list[Argument] | None:
    """The arguments of the constructor that is generated for the class at this place of a lineage, if one is."""
    owner = line.ancestors[at]
    if not isinstance(owner, Definition) or not isinstance(owner.node, ast.ClassDef):
        return None
    below = Lineage(world, line.ancestors[at:])
    decorator = dataclass_decorator(world, owner)
    if decorator is not None and option(decorator, "init") is not False:
        return list(_dataclass(world, below))
    if owner.path == PYDANTIC or not below.has(PYDANTIC):
        bases = [world.resolve(owner.module, base) for base in owner.node.bases]
        if Standard("typing.NamedTuple") in bases:
            fields = annotated(world, owner)
            return [field.argument(world, EITHER, required=field.default is None) for field in fields]
        return None
    return list(model_arguments(world, below))


def dataclass_decorator(world: World, one: Definition) -> ast.expr | None:
    """The `@dataclass` of a class."""
    assert isinstance(one.node, ast.ClassDef)
    for decorator in one.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if world.resolve(one.module, called) == Standard("dataclasses.dataclass"):
            return decorator
    return None


def _dataclass(world: World, line: Lineage) -> Iterator[Argument]:
    """Fields of base classes first; those that are only named come last."""
    found: dict[str, Argument | None] = {}
    for owner in reversed(line.classes):
        decorator = dataclass_decorator(world, owner)
        if decorator is None:
            continue
        by_name = option(decorator, "kw_only") is True
        for field in annotated(world, owner):
            if world.resolve(owner.module, field.annotation) == Standard("dataclasses.KW_ONLY"):
                by_name = True
                continue
            found[field.name] = _dataclass_field(world, field, by_name)
    arguments = [argument for argument in found.values() if argument is not None]
    yield from (argument for argument in arguments if argument.kind is EITHER)
    yield from (argument for argument in arguments if argument.kind is KEYWORD)


def _dataclass_field(world: World, field: Field, by_name: bool) -> Argument | None:
    call = field.default if isinstance(field.default, ast.Call) else None
    if call is None or world.resolve(field.owner.module, call.func) != Standard("dataclasses.field"):
        return field.argument(world, KEYWORD if by_name else EITHER, required=field.default is None)
    if option(call, "init") is False:
        return None
    own = option(call, "kw_only")
    kind = KEYWORD if (by_name if own is None else own) else EITHER
    return field.argument(world, kind, required=not {"default", "default_factory"} & words(call))
