"""A class with its bases, in the order that Python looks through them."""

from __future__ import annotations

import ast
from typing import NamedTuple

from vibench.config.signatures.world import ROOTS, Absent, Definition, Found, Opaque, Standard, World

Ancestor = Definition | Standard | Opaque | Absent
_ABSTRACT = ("abc.abstractmethod", "abc.abstractproperty")


class Lineage(NamedTuple):
    """A class first, then its bases. Behind one that is opaque or absent the order is a guess."""

    world: World
    ancestors: tuple[Ancestor, ...]

    @property
    def complete(self) -> bool:
        """Every base is known."""
        return not any(isinstance(one, Opaque | Absent) for one in self.ancestors)

    @property
    def classes(self) -> list[Definition]:
        """Those with a source."""
        return [one for one in self.ancestors if isinstance(one, Definition)]

    def has(self, path: str) -> bool:
        """Whether the class of this dotted name (where it is defined) is among them."""
        return any(isinstance(one, Definition | Standard) and one.path == path for one in self.ancestors)

    def unmade(self) -> list[str]:
        """Abstract methods that no class of the lineage makes; none where the lineage is not complete."""
        if not self.complete or not any(_checks_abstract(self.world, one) for one in self.ancestors):
            return []
        seen: dict[str, bool] = {}
        for one in self.classes:
            for name, abstract in _members(self.world, one):
                seen.setdefault(name, abstract)
        return sorted(name for name, abstract in seen.items() if abstract)


def lineage(world: World, start: Definition) -> Lineage:
    """The lineage of a class."""
    return Lineage(world, tuple(_linear(world, start, ())))


def _linear(world: World, one: Ancestor, below: tuple[Ancestor, ...]) -> list[Ancestor]:
    """Python's own order (C3); the order of writing where that one does not exist."""
    if isinstance(one, Standard):
        return [one, *(Standard(base) for base in ROOTS.get(one.path, ()))]
    if not isinstance(one, Definition) or not isinstance(one.node, ast.ClassDef) or one in below:
        return [one]
    bases = [_base(world, one, expression) for expression in one.node.bases]
    lines = [_linear(world, base, (*below, one)) for base in bases]
    return [one, *_merged([*lines, bases])]


def _base(world: World, one: Definition, expression: ast.expr) -> Ancestor:
    if isinstance(expression, ast.Subscript):
        expression = expression.value  # Generic[T], Base[int]
    found: Found = world.resolve(one.module, expression)
    if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
        return found
    return found if isinstance(found, Standard | Opaque | Absent) else Opaque("a base is no class in plain sight")


def _merged(lines: list[list[Ancestor]]) -> list[Ancestor]:
    result: list[Ancestor] = []
    while lines := [line for line in lines if line]:
        heads = (line[0] for line in lines)
        head = next((head for head in heads if not any(head in line[1:] for line in lines)), lines[0][0])
        result.append(head)
        lines = [[one for one in line if one != head] for line in lines]
    return result


def _checks_abstract(world: World, one: Ancestor) -> bool:
    """Whether a class is, or derives from, one that refuses to be made while a method is abstract."""
    if isinstance(one, Standard):
        return one.path in ("abc.ABC", "typing.Protocol", "typing_extensions.Protocol")
    if not isinstance(one, Definition) or not isinstance(one.node, ast.ClassDef):
        return False
    metaclass = next((word.value for word in one.node.keywords if word.arg == "metaclass"), None)
    return metaclass is not None and world.resolve(one.module, metaclass) == Standard("abc.ABCMeta")


def _members(world: World, one: Definition) -> list[tuple[str, bool]]:
    """Names that a class defines, and whether they are abstract."""
    assert isinstance(one.node, ast.ClassDef)
    found = []
    for statement in one.node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            kinds = [world.resolve(one.module, mark) for mark in statement.decorator_list]
            found.append((statement.name, any(kind == Standard(name) for kind in kinds for name in _ABSTRACT)))
        elif isinstance(statement, ast.Assign):
            found += [(target.id, False) for target in statement.targets if isinstance(target, ast.Name)]
        elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
            found.append((statement.target.id, False))
    return found
