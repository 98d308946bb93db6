"""How a component of a config is checked, whoever tells what its class is: its source, or the real object."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vibench.config.canonical import key_span
from vibench.config.signatures.compare import argument_findings, nested_findings, shape_findings
from vibench.config.signatures.constructor import Accepted
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


class Checker(ABC):
    """Checks the components of one config."""

    @abstractmethod
    def absent(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """Whether the class does not exist, or its module cannot be imported."""

    @abstractmethod
    def itself(self, class_path: str, kind: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """What is wrong with the class in itself, at a place of this kind (a row of `KINDS`, or nothing)."""

    @abstractmethod
    def takes(self, class_path: str) -> Accepted | None:
        """The arguments of the class or function; None where they cannot be known."""

    @abstractmethod
    def unknown(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """What is to be said where they cannot."""

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
        findings = list(self.existing(offer.target, spans[0], place))
        yield from findings
        if not any(finding.severity == "error" for finding in findings):
            yield from self.target(offer.args, args, spans, replace(place, kind="", given=()))

    def target(self, class_path: str, args: object, spans: Spans, place: Place) -> Iterator[Diagnostic]:
        """What is wrong with a class, named by its dotted path, and its arguments."""
        findings = list(self.existing(class_path, spans[0], place))
        yield from findings
        if any(finding.code in ("cannot-import", "wrong-class") for finding in findings):
            return
        takes = self.takes(class_path)
        if takes is None:
            yield from self.unknown(class_path, place.key, spans[0])
            return
        tree = args if isinstance(args, Map) else Map()
        about = (class_path, place.args, spans[1])
        yield from argument_findings(tree, takes, about, frozenset(place.given), later=place.later)
        yield from nested_findings(tree, takes, place.args, self._inside)

    def existing(self, class_path: str, span: Span | None, place: Place) -> Iterator[Diagnostic]:
        """What is wrong with a class, whatever its arguments."""
        absent = list(self.absent(class_path, place.key, span))
        yield from absent
        if not any(finding.code == "cannot-import" for finding in absent):
            yield from self.itself(class_path, place.kind, place.key, span)

    def _inside(self, component: Map, path: str, later: bool) -> Iterator[Diagnostic]:
        yield from shape_findings(component, path)
        yield from self.component(component, Place(path, later=later))
