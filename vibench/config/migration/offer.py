"""An offer: a change that could be made, and the state of the text that it is made to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vibench.config.compose import compose_source
from vibench.config.load import Loaded, check
from vibench.config.migration.data import Path, plain
from vibench.config.migration.edit import Edit
from vibench.config.migration.layout import Layout
from vibench.config.source import Map, Repeat, Seq, compose_all
from vibench.diagnostics import Diagnostic, Report, Source


class State(NamedTuple):
    """A text on the way: its tree and data, and what is found wrong in it.

    `repeats`: further entries of keys that are written twice, which the tree does not hold. `data` is what readers find
    that take the last of them.
    """

    source: Source
    tree: Map
    data: dict[str, Any]
    layout: Layout
    loaded: Loaded
    repeats: list[Repeat]
    faults: int  # of the text

    @property
    def report(self) -> Report:
        """What `validate` says of the text."""
        return self.loaded.report

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, those that only warn too."""
        return self.loaded.report.diagnostics


def look(source: Source) -> State | None:
    """The state of a text; nothing where it cannot be read."""
    tree, faults, repeats = compose_all(source)
    if not isinstance(tree, Map):
        return None
    layout = Layout(source.text, tree, repeats)
    data = plain(tree) if not repeats else _as_the_last_says(source)
    return State(source, tree, data, layout, check(compose_source(source)), repeats, len(faults))


def _as_the_last_says(source: Source) -> dict[str, Any]:
    """The data of a text to readers that take the last of two entries."""
    tree, _, repeats = compose_all(source)
    for one in repeats:
        one.container[one.key] = one.value
    return plain(tree)  # type: ignore[no-any-return]


class Offer(NamedTuple):
    """A change that could be made: where, in words, whether the meaning stays, and the ways to do it.

    Of several ways exactly one must work out. `finding`: what is mended. `says`: the settings that it writes, with
    their values.
    """

    path: str
    words: str
    safe: bool
    ways: tuple[Callable[[Edit], None], ...]
    finding: Diagnostic | None = None
    says: tuple[tuple[Path, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What the offer is known by from one round to the next."""
        return self.path, self.words


NOTHING: Any = object()


def found(tree: Any, path: Path) -> Any:
    """The value at a path of the document; `NOTHING` where there is none."""
    for step in path:
        if isinstance(tree, Seq) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, Map) and step in tree:
            tree = tree[step]
        else:
            return NOTHING
    return tree
