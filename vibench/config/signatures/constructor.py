"""How a class is called: what its constructor declares, and what it takes through `**kwargs` for its bases."""

from __future__ import annotations

import ast
from typing import NamedTuple

from vibench.config.signatures.arguments import EITHER, KEYWORD, POSITIONAL, REST, VARIOUS, Argument, of_function
from vibench.config.signatures.decorators import keeps_signature
from vibench.config.signatures.fields import dataclass_decorator, generated
from vibench.config.signatures.lineage import Lineage, lineage
from vibench.config.signatures.passing import KEPT, Passed, passed_on
from vibench.config.signatures.world import ROOTS, Definition, Standard, World

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Python's own classes that leave the constructor to the others.
_WITHOUT = ("builtins.object", "typing.", "typing_extensions.", "abc.", "collections.abc.")


class Constructor(NamedTuple):
    """The constructor of a class: whose it is (a place in the lineage), its arguments, its source if it has one."""

    at: int
    arguments: tuple[Argument, ...]
    function: Function | None = None


class Accepted(NamedTuple):
    """What a file can pass by name. `open`: other names may be taken, too."""

    arguments: tuple[Argument, ...]
    open: bool = False

    def get(self, name: str) -> Argument | None:
        """The argument of a name that can be written."""
        return next((one for one in self.arguments if one.name == name and one.nameable), None)


def declared(line: Lineage, start: int = 0) -> Constructor | None:
    """The constructor that Python would call; None where that cannot be known."""
    world = line.world
    for at in range(start, len(line.ancestors)):
        owner = line.ancestors[at]
        if isinstance(owner, Standard):
            if owner.path in ROOTS:
                return Constructor(at, ())
            if not owner.path.startswith(_WITHOUT):
                return None
            continue
        if not isinstance(owner, Definition) or not _called_as_written(world, owner):
            return None
        written = _written(world, owner)
        if written is not None:
            return _from_source(world, owner, at, written)
        made = generated(world, line, at)
        if made is not None:  # a base that cannot be read might bring further fields
            return Constructor(at, tuple(made)) if Lineage(world, line.ancestors[at:]).complete else None
    return Constructor(len(line.ancestors), ())


def _called_as_written(world: World, owner: Definition) -> bool:
    """No decorator or metaclass changes how a class is called."""
    assert isinstance(owner.node, ast.ClassDef)
    metaclass = next((word.value for word in owner.node.keywords if word.arg == "metaclass"), None)
    if metaclass is not None and world.resolve(owner.module, metaclass) != Standard("abc.ABCMeta"):
        found = world.resolve(owner.module, metaclass)
        if not isinstance(found, Definition) or not isinstance(found.node, ast.ClassDef) or _defines(found, "__call__"):
            return False
    own = dataclass_decorator(world, owner)
    return all(one is own or keeps_signature(world, owner.module, one) for one in owner.node.decorator_list)


def _defines(one: Definition, name: str) -> bool:
    return isinstance(one.node, ast.ClassDef) and any(
        getattr(statement, "name", "") == name for statement in one.node.body
    )


def _written(world: World, owner: Definition) -> Function | None:
    """The last `__new__` or else `__init__` in the body of a class that is no overload."""
    assert isinstance(owner.node, ast.ClassDef)
    for name in ("__new__", "__init__"):
        found = [one for one in owner.node.body if isinstance(one, Function) and one.name == name]
        if found:
            return found[-1]
    return None


def _from_source(world: World, owner: Definition, at: int, function: Function) -> Constructor | None:
    if not all(keeps_signature(world, owner.module, mark) for mark in function.decorator_list):
        return None
    arguments = of_function(world, owner.module, function)
    own_name = arguments[:1] and arguments[0].kind in (POSITIONAL, EITHER)
    return Constructor(at, tuple(arguments[1:] if own_name else arguments), function)


def accepted(line: Lineage, start: int = 0) -> Accepted | None:
    """What the class takes by name, through its bases; None where that cannot be known."""
    made = declared(line, start)
    if made is None:
        return None
    rest = next((one for one in made.arguments if one.kind is REST), None)
    own = tuple(one for one in made.arguments if one.kind not in (REST, VARIOUS))
    if rest is None:
        return Accepted(own)
    passed, above = _taken_elsewhere(line, made, rest.name)
    if passed is None or above is None:
        return Accepted(own, open=True)
    names = {one.name for one in own} | passed.given
    names |= {one.name for one in above.arguments[: passed.positional]}
    beyond = (one._replace(kind=KEYWORD) for one in above.arguments if one.nameable and one.name not in names)
    return Accepted((*own, *beyond), above.open)


def _taken_elsewhere(line: Lineage, made: Constructor, rest: str) -> tuple[Passed | None, Accepted | None]:
    """How a constructor passes its `**kwargs` on, and what is taken there; None where that cannot be known."""
    owner = line.ancestors[made.at] if made.at < len(line.ancestors) else None
    kept = KEPT.get(owner.path) if isinstance(owner, Definition) else None
    if kept is not None:
        found = line.world.named(kept.by)
        taken = accepted(lineage(line.world, found)) if isinstance(found, Definition) else None
        return Passed(0, 0, kept.given), taken
    passed = passed_on(line, made.at, made.function, rest) if made.function else None
    return passed, accepted(line, passed.to) if passed else None
