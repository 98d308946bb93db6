"""Where the mappings and values of a text are that a change is about."""

from __future__ import annotations

from typing import Any, NamedTuple

from vibench.config.migration.data import Path, plain
from vibench.config.migration.layout import Layout, own_keys
from vibench.config.source import Map, Mark, Seq
from vibench.diagnostics import Source


class CannotEdit(Exception):
    """The text does not allow this change; the message says why."""


class Spot(NamedTuple):
    """A mapping in the text: its path, where its text starts, and the style that it is written in."""

    path: Path
    container: Map
    start: int
    style: str


class Places:
    """A text, its tree, the splices that change it, and the data that it must hold afterwards."""

    def __init__(self, source: Source, root: Map) -> None:
        self.source = source
        self.layout = Layout(source.text, root)
        self.splices: list[tuple[int, int, str]] = []
        self.data = plain(root)

    def spot(self, path: Path) -> Spot:
        """The mapping at a path.

        Raises CannotEdit where none is written, or where an alias or `<<` brings it in.
        """
        at: Any = self.layout.root
        spot = Spot((), at, 0, self.layout.root_style())
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
        if key not in spot.container or key not in own_keys(spot.container, spot.start):
            raise CannotEdit(f"`{key}` is brought in by an alias or `<<`")
        return spot.container.marks[key]

    def written(self, path: Path) -> bool:
        """Whether there is a value at a path."""
        at: Any = self.data
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
        first = next(iter(own_keys(spot.container, spot.start)), "")
        quote = self.layout.text[spot.container.marks[first][1]] if first else ""
        return f"{quote}{name}{quote}" if quote in ("'", '"') else name
