"""What stands in the body of a class whose constructor is generated: annotated names, and options of calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from vibench.config.signatures.arguments import Argument, typed
from vibench.config.signatures.world import Definition, Standard, World


class Field(NamedTuple):
    """One annotated name in the body of a class."""

    owner: Definition
    name: str
    annotation: ast.expr
    default: ast.expr | None

    def argument(self, world: World, kind: IntEnum, *, required: bool, name: str = "") -> Argument:
        """The argument that the field becomes."""
        wants = typed(world, self.owner.module, self.annotation, self.default)
        return Argument(name or self.name, kind, required, wants)


def annotated(world: World, owner: Definition) -> Iterator[Field]:
    """The fields of a class: its annotated names, but not class variables."""
    assert isinstance(owner.node, ast.ClassDef)
    for statement in owner.node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        if not _is_class_variable(world, owner, statement.annotation):
            yield Field(owner, statement.target.id, statement.annotation, statement.value)


def _is_class_variable(world: World, owner: Definition, annotation: ast.expr) -> bool:
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    text = head.value if isinstance(head, ast.Constant) and isinstance(head.value, str) else ""
    return "ClassVar" in text or world.resolve(owner.module, head) == Standard("typing.ClassVar")


def words(call: ast.Call) -> set[str]:
    """Names of the arguments that a call passes by name."""
    return {word.arg for word in call.keywords if word.arg}


def word(call: ast.Call, name: str) -> ast.expr | None:
    """The argument that a call passes by this name."""
    return next((word.value for word in call.keywords if word.arg == name), None)


def option(decorator: ast.expr, name: str) -> object:
    """The literal value of a named argument of a call; None where it is not written."""
    value = word(decorator, name) if isinstance(decorator, ast.Call) else None
    return value.value if isinstance(value, ast.Constant) else None
