"""An offer: a change that could be made, and the state of the text that it is made to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vibench.config.load import Loaded
from vibench.config.migration.data import Path
from vibench.config.migration.edit import Edit
from vibench.config.source import Map, Seq
from vibench.diagnostics import Diagnostic


class State(NamedTuple):
    """A text on the way: its tree, and what is found wrong in it."""

    tree: Map
    loaded: Loaded

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, those that only warn too."""
        return self.loaded.report.diagnostics


class Offer(NamedTuple):
    """A change that could be made: where, in words, whether the meaning stays, and the ways to do it.

    Of several ways exactly one must work out. `finding`: what is mended.
    """

    path: str
    words: str
    safe: bool
    ways: tuple[Callable[[Edit], None], ...]
    finding: Diagnostic | None = None


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
