"""Entries and items are added to a text: below what is there, in braces, or with the sections that are missing."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from vibench.config.migration.data import Path, put
from vibench.config.migration.layout import Entry
from vibench.config.migration.places import CannotEdit, Places, Spot
from vibench.config.source import Map, Mark, Seq

_COMMENT_BEHIND = re.compile(r"[\s,]*#")


class Comment(NamedTuple):
    """The comments of an entry: the lines above it, and the text after it."""

    above: str = ""
    behind: str = ""


NO_COMMENT = Comment()


class Inserting(Places):
    """What adds to a text."""

    def add(self, path: Path, entry: str, value: Any, flow: str = "") -> None:
        """Add an entry, as its lines or (`flow`) as the text between braces."""
        spot, missing = self.home(path)
        empty = missing and missing[0] in spot.container
        if empty and spot.container[missing[0]] is not None:
            raise CannotEdit(f"`{'.'.join((*spot.path, missing[0]))}` holds something else")
        if spot.style == "flow":
            self._insert_flow(spot, missing, flow or entry)
        elif empty:
            self._fill(spot, missing, entry)
        else:
            self._insert_block(spot, missing, entry)
        self.changes.append(lambda data: put(data, path, value))
        self.written_paths.add(path)
        self.created |= {(*spot.path, *missing[: depth + 1]) for depth in range(len(missing))}

    def home(self, path: Path) -> tuple[Spot, Path]:
        """The innermost mapping that is there for an entry at this path, and the sections that are missing in it."""
        known = 0
        while known + 1 < len(path) and self._is_mapping(path[: known + 1]):
            known += 1
        return self.spot(path[:known]), path[known:-1]

    def _is_mapping(self, path: Path) -> bool:
        at: Any = self.layout.root
        for step in path:
            at = at.get(step) if isinstance(at, Map) else None
        return isinstance(at, Map)

    def _insert_flow(self, spot: Spot, missing: Path, entry: str) -> None:
        if "\n" in entry or "#" in entry:
            raise CannotEdit("the entry takes several lines, and the mapping stands in braces")
        text = "".join(f"{self.quoted(spot, step)}: {{" for step in missing) + entry + "}" * len(missing)
        entries = self.entries(spot)
        removed = {splice[0] for splice in self.splices}
        left = [one for one in entries if one.mark[1] not in removed]
        at = self.layout.entry_end(entries[-1]) if entries else self._brace(spot)
        if _COMMENT_BEHIND.match(self.layout.text, at):
            raise CannotEdit("a comment stands behind the last entry, between braces")
        self.splices.append((at, at, f", {text}" if left else text))

    def _brace(self, spot: Spot) -> int:
        return self.layout.text.index("{", spot.start) + 1

    def _fill(self, spot: Spot, missing: Path, entry: str) -> None:
        """Into a section that is written and empty, or `null`."""
        mark = self.mark(spot, missing[0])
        if mark[4] > mark[3]:
            self.splices.append((mark[2] + 1, mark[4], ""))
        indent = self.layout.column(mark[1]) + self.layout.step
        at = self.layout.line_end(mark[2])
        self._lines(at, indent, _nested(missing[1:], entry, self.layout.step))

    def _insert_block(self, spot: Spot, missing: Path, entry: str) -> None:
        entries = self.entries(spot)
        if not entries:
            raise CannotEdit("there is no entry to take the place from")
        at = self.layout.line_end(self.layout.entry_end(entries[-1]))
        indent = self.layout.column(entries[0].mark[1])
        lines = _nested(missing, entry, self.layout.step)
        self._lines(at, indent, ["", *lines] if not spot.path and self._airy(entries, at) else lines)

    def _airy(self, entries: list[Entry], at: int) -> bool:
        """Whether blank lines part the sections, and none stands here yet."""
        text = self.layout.text.replace("\r", " ")
        between = text[entries[0].mark[1] : entries[-1].mark[1]]
        parted = any(not line.strip() for line in between.split("\n")[1:-1])
        cut = min((start for start, end, _ in self.splices if end == at), default=at)
        return parted and text[:cut].rstrip(" ")[-1:] == "\n" and text[:cut].replace(" ", "")[-2:] != "\n\n"

    def _lines(self, at: int, indent: int, lines: list[str]) -> None:
        newline = self.layout.newline
        body = "".join(f"{' ' * indent if line else ''}{line}{newline}" for line in lines)
        before = min((start for start, end, _ in self.splices if end == at), default=at)
        ends = before == 0 or self.layout.text[before - 1] == "\n"
        self.splices.append((at, at, body if ends else newline + body))

    def item(self, items: Seq, mark: Mark, text: str, comment: Comment) -> tuple[tuple[int, int, str], Comment]:
        """The splice that adds an item to a list, and what of the comment has no place there."""
        layout = self.layout
        if not items:
            bracket = layout.text.index("[", mark[3]) + 1
            return (bracket, bracket, text), comment
        last = max(layout.end(item, place) for item, place in zip(items, items.marks, strict=True))
        if layout.style(items, mark) == "flow":
            return (last, last, f", {text}"), comment
        dash = layout.text.rfind("-", 0, items.marks[0][3])
        at, indent = layout.line_end(last), " " * layout.column(dash)
        lead = "" if layout.text[at - 1] == "\n" else layout.newline
        above = "".join(f"{indent}{line}{layout.newline}" for line in comment.above.splitlines())
        return (at, at, f"{lead}{above}{indent}- {text}{comment.behind}{layout.newline}"), NO_COMMENT


def _nested(missing: Path, entry: str, step: int) -> list[str]:
    """The lines of an entry below the sections that are missing."""
    lines = [f"{' ' * (step * depth)}{name}:" for depth, name in enumerate(missing)]
    indent = " " * (step * len(missing))
    return [*lines, *(indent + line if line else "" for line in entry.split("\n"))]
