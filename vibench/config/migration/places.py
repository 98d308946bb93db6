"""Where the mappings and values of a text are that a change is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from vibench.config.migration.data import Path
from vibench.config.migration.layout import Entry, Layout
from vibench.config.source import Map, Mark, Seq


class CannotEdit(Exception):
    """The text does not allow this change; the message says why."""


class Spot(NamedTuple):
    """A mapping in the text: its path, where its text starts, and the style that it is written in."""

    path: Path
    container: Map
    start: int
    style: str


class Places:
    """A text and its tree, the splices that change it, and what they do to the data.

    `created`: sections that come with the change; `written_paths`: those that it writes; `removed`: mappings that it
    takes an entry out of, with the number of their entries before.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.splices: list[tuple[int, int, str]] = []
        self.changes: list[Callable[[Any], None]] = []
        self.created: set[Path] = set()
        self.written_paths: set[Path] = set()
        self.removed: list[tuple[Path, int]] = []

    def replay(self, data: Any) -> None:
        """Do to data, in place, what the splices do to the text."""
        for change in self.changes:
            change(data)

    def spot(self, path: Path) -> Spot:
        """The mapping at a path.

        Raises CannotEdit where none is written, or where an alias or `<<` brings it in.
        """
        at: Any = self.layout.root
        spot = Spot((), at, 0, self.layout.root_style)
        for number, step in enumerate(path):
            mark = at.marks[int(step)] if isinstance(at, Seq) else self.mark(spot, step)
            at = at[int(step)] if isinstance(at, Seq) else at[step]
            spot = Spot(path[: number + 1], at, mark[3], self.layout.style(at, mark))
            if spot.style == "scalar":
                break
        if spot.style == "scalar" or not isinstance(at, Map):
            raise CannotEdit(f"`{'.'.join(spot.path)}` is no mapping of its own")
        return spot

    def mark(self, spot: Spot, key: str) -> Mark:
        """Where a key and its value stand.

        Raises CannotEdit where that is not in the mapping's own text.
        """
        return self.entry(spot, key).mark

    def entry(self, spot: Spot, key: str) -> Entry:
        """An entry of a mapping's own text.

        Raises CannotEdit where there is none.
        """
        number = self.layout.number(spot.container, spot.start, key)
        if number is None:
            raise CannotEdit(f"`{key}` is brought in by an alias or `<<`")
        return self.entries(spot)[number]

    def entries(self, spot: Spot) -> list[Entry]:
        """The entries of a mapping's own text."""
        return self.layout.entries(spot.container, spot.start)

    def written(self, path: Path) -> bool:
        """Whether there is a value at a path."""
        at: Any = self.layout.root
        for step in path:
            at = at.get(step) if isinstance(at, dict) else None
        return at is not None

    def holder(self, path: Path) -> tuple[Any, Any]:
        """The container of a value and its key there; lists may stand on the way."""
        at: Any = self.layout.root
        for step in path[:-1]:
            at = at[int(step)] if isinstance(at, Seq) else at[step]
        return at, int(path[-1]) if isinstance(at, Seq) else path[-1]

    def value(self, container: Any, key: Any) -> tuple[int, int]:
        """Where a value begins and ends.

        Raises CannotEdit for a block, which has no text of its own.
        """
        mark = container.marks[key]
        if self.layout.style(container[key], mark) == "block":
            raise CannotEdit("a block of settings stands here")
        return mark[3], self.layout.end(container[key], mark)

    def quoted(self, spot: Spot, name: str) -> str:
        """A key as the keys beside it are written: in quotes, or plain."""
        first = self.entries(spot)[:1]
        quote = self.layout.text[first[0].mark[1]] if first else ""
        return f"{quote}{name}{quote}" if quote in ("'", '"') else name
