"""A component of a config against the source of the class that it names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibench.config.canonical import key_span
from vibench.config.signatures.arguments import REST, of_function
from vibench.config.signatures.compare import argument_findings, nested_findings, shape_findings
from vibench.config.signatures.constructor import Accepted, accepted
from vibench.config.signatures.decorators import keeps_signature
from vibench.config.signatures.itself import class_itself
from vibench.config.signatures.lineage import lineage
from vibench.config.signatures.packages import missing_imports
from vibench.config.signatures.said import cannot_find, cannot_import, not_checked
from vibench.config.signatures.world import Absent, Definition, Found, World
from vibench.config.source import Map
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from vibench.config.offers import Offer


@dataclass(frozen=True)
class Place:
    """Where a component stands, and what is asked of it there.

    `kind`: a row of `KINDS`, nothing for a component inside arguments. `given`: arguments that vibench fills itself.
    `later`: it becomes a callable, which gets further arguments when it is called. `keys`: how class and arguments
    are written there.
    """

    path: str
    kind: str = ""
    given: tuple[str, ...] = ()
    later: bool = False
    keys: tuple[str, str] = ("class_path", "init_args")

    @property
    def key(self) -> str:
        """Path of the class."""
        return f"{self.path}.{self.keys[0]}"

    @property
    def args(self) -> str:
        """Path of the arguments."""
        return f"{self.path}.{self.keys[1]}"


Spans = tuple[Span | None, Span | None]  # of the class, and of its arguments


class Checker:
    """Checks components of one config; every module is read once."""

    def __init__(self, world: World) -> None:
        self.world = world

    def component(self, component: Map, place: Place) -> Iterator[Diagnostic]:
        """What is wrong with `class_path` and `init_args`."""
        span = value_span(component, "class_path")
        args = component.get("init_args")
        spans = (span, key_span(component, "init_args") if args else span)
        yield from self.target(component["class_path"], args, spans, place)

    def registered(self, offer: Offer, args: Map, spans: Spans, path: str) -> Iterator[Diagnostic]:
        """What is wrong with a registered part and its arguments."""
        given = ("model",) if offer.table == "task" else ()
        place = Place(path, offer.table, given, keys=("name", "args"))
        if not offer.args:
            yield from self.target(offer.target, args, spans, place)
            return
        yield from self.target(offer.target, args, spans, replace(place, later=True), arguments=False)
        yield from self.target(offer.args, args, spans, replace(place, kind="", given=()))

    def target(
        self, class_path: str, args: object, spans: Spans, place: Place, *, arguments: bool = True
    ) -> Iterator[Diagnostic]:
        """What is wrong with a class, named by its dotted path, and its arguments."""
        absent = list(self.absent(class_path, place.key, spans[0]))
        if absent:
            yield from absent
            return
        found = self.world.named(class_path)
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            itself = list(class_itself(class_path, lineage(self.world, found), place.kind, place.key, spans[0]))
            yield from itself
            if any(finding.code == "wrong-class" for finding in itself):
                return
        if not arguments:
            return
        takes = self.takes(found)
        if takes is None:
            yield not_checked(class_path, found, place.key, spans[0])
            return
        tree = args if isinstance(args, Map) else Map()
        about = (class_path, place.args, spans[1])
        yield from argument_findings(tree, takes, about, frozenset(place.given), later=place.later)
        yield from nested_findings(tree, takes, place.args, self._inside)

    def _inside(self, component: Map, path: str, later: bool) -> Iterator[Diagnostic]:
        yield from shape_findings(component, path)
        yield from self.component(component, Place(path, later=later))

    def absent(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """Whether the class, or something that its module imports, does not exist."""
        found = self.world.named(class_path)
        if isinstance(found, Absent) and (found.error or found.name or not self.world.exists(found.module)):
            yield cannot_find(class_path, found, self.world, key, span)
        elif isinstance(found, Definition):
            broken = next(missing_imports(self.world, found.module), None)
            if broken:
                yield cannot_import(class_path, found, broken, key, span)

    def takes(self, found: Found) -> Accepted | None:
        """The arguments of a class or function; None where they cannot be known."""
        if not isinstance(found, Definition):
            return None
        if isinstance(found.node, ast.ClassDef):
            return accepted(lineage(self.world, found))
        if not isinstance(found.node, ast.FunctionDef):
            return None
        if not all(keeps_signature(self.world, found.module, mark) for mark in found.node.decorator_list):
            return None
        arguments = of_function(self.world, found.module, found.node)
        return Accepted(tuple(arguments), any(one.kind is REST for one in arguments))
