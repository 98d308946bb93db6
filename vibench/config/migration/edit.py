"""One change of a YAML text: keys are renamed, removed, moved or added by splices, and nothing else is touched.

The tree says where things stand. A change is a number of splices and the data that the text must hold with them;
`batch.py` puts changes together and looks at what comes out. One that the way the file is written does not allow is
refused (`CannotEdit`).
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from vibench.config.migration.data import Path, plain, put, read, take, value_at
from vibench.config.migration.inserting import NO_COMMENT, Comment, Inserting
from vibench.config.migration.layout import Entry
from vibench.config.migration.places import CannotEdit, Spot
from vibench.config.source import Seq

_PLAIN_KEY = re.compile(r"[\w.-]+")


class Edit(Inserting):
    """A change under way: splices of the text, and what they do to the data."""

    # ---- what a change consists of

    def rename(self, path: Path, name: str) -> None:
        """Give a key another name, where it stands."""
        spot = self.spot(path[:-1])
        _, start, end, *_ = self.mark(spot, path[-1])
        if name in spot.container:
            raise CannotEdit(f"`{name}` is written, too")
        if not _PLAIN_KEY.fullmatch(name):
            raise CannotEdit("the key is no plain word")
        self.splices.append((start, end, self.quoted(spot, name)))
        self.changes.append(lambda data: put(data, (*path[:-1], name), take(data, path)))
        self.written_paths |= {path, (*path[:-1], name)}

    def replace(self, path: Path, text: str, name: str | None = None) -> None:
        """Write another value; `name`: the key's new name in `data`, where it was renamed before."""
        container, key = self.holder(path)
        start, end = self.value(container, key)
        lead = "" if start and self.layout.text[start - 1] in " [,{" else " "
        self.splices.append((start, end, lead + text))
        self.changes.append(lambda data: put(data, (*path[:-1], name or path[-1]), read(text)))
        self.written_paths.add(path)

    def remove(self, path: Path, *, keep: Path = (), gap: bool = False, left: str = "") -> None:
        """Take an entry out, with the sections that are left empty, but not those around `keep`.

        Any other mapping that is left empty stays as `{}`: `early_stopping: {}` is not nothing. `left`: a line that
        takes its place.
        """
        spot, entry = self.spot(path[:-1]), path
        while self._emptied(spot, keep) and (len(spot.path) == 1 or spot.path == ("trainer", "args")):
            path, spot = spot.path, self.spot(spot.path[:-1])
        if self._emptied(spot, keep) and spot.path and spot.style == "block":
            at = self.mark(self.spot(spot.path[:-1]), spot.path[-1])[2] + 1
            self.splices.append((at, at, " {}"))
        start, end = self._cut(spot, path[-1], gap=gap)
        if path != entry:
            left = self._comments_inside(spot, path[-1], entry) + left.lstrip()
        self.splices.append((start, end if left else self._blank_after(spot, start, end), left))
        self.removed.append((spot.path, len(self.entries(spot))))
        for gone in dict.fromkeys((entry, path)):
            self.changes.append(partial(_take_out, path=gone))
        self.written_paths |= {entry, path}

    def insert(self, path: Path, text: str) -> None:
        """Add an entry with this value as the last of its mapping; mappings that are missing come with it."""
        self.add(path, f"{path[-1]}: {text}", read(text))

    def append(self, path: Path, text: str, comment: Comment = NO_COMMENT) -> Comment:
        """Add an item to a list; a list that is missing comes with it. What is left of the comment has no place there.

        `comment`: of the entry that the item takes the place of.
        """
        container, key = self.holder(path) if self.written(path) else (None, "")
        if container is None:
            flow = self.home(path)[0].style == "flow"
            self.add(
                path, f"{comment.above}{path[-1]}: [{text}]{comment.behind}", [read(text)], f"{path[-1]}: [{text}]"
            )
            return comment if flow else NO_COMMENT
        items = container[key]
        if not isinstance(items, Seq):
            raise CannotEdit(f"`{'.'.join(path)}` is not a list that an item could be added to")
        splice, left = self.item(items, container.marks[key], text, comment)
        self.splices.append(splice)
        self.changes.append(lambda data: value_at(data, path).append(read(text)))
        return left

    def comment(self, path: Path) -> Comment:
        """The own comment of an entry: the lines above it, without their indentation, and what stands behind it."""
        spot = self.spot(path[:-1])
        if spot.style != "block":
            return NO_COMMENT
        entry, text = self.entry(spot, path[-1]), self.layout.text
        if not self.layout.alone(entry.mark[1]):
            return NO_COMMENT
        above = text[self.layout.comment_start(entry.mark[1]) : self.layout.line_start(entry.mark[1])]
        last = self.layout.entry_end(entry)
        behind = text[last : self.layout.line_end(last)].rstrip("\r\n")
        lines = [line.strip() for line in above.split("\n") if line.strip()]
        return Comment("".join(f"{line}\n" for line in lines), behind if "#" in behind else "")

    def move(self, path: Path, target: Path, *, gap: bool = False, text: str = "") -> None:
        """Take an entry to the end of another mapping, with its comment; `gap`: with the lines above it, too.

        `text`: its new value, where it has another.
        """
        spot, whole = self.spot(path[:-1]), self.layout.text
        start, end = self._cut(spot, path[-1], gap=gap)
        entry = self.entry(spot, path[-1])
        mark, last = entry.mark, self.layout.entry_end(entry)
        name, column = self.quoted(spot, target[-1]), self.layout.column(mark[1])
        written = text or whole[mark[3] : last]
        inside = f": {text}" if text else whole[mark[2] : last]
        lines, left = [name + inside], ""
        if spot.style == "block":
            moved = whole[start : mark[1]] + name + inside + whole[last:end]
            lines = [_unindented(line, column) for line in moved.removesuffix("\n").split("\n")]
        if spot.style == "block" and self.home(target)[0].style == "flow":  # comments have no place there: they stay
            newline = self.layout.newline
            comment = whole[last:end].strip()
            left = whole[start : self.layout.line_start(mark[1])]
            left += f"{' ' * column}{comment}{newline}" if comment else ""
        value = plain(entry.value) if not text else read(text)
        self.remove(path, keep=target, gap=gap, left=left)
        self.add(target, "\n".join(lines), value, flow=f"{name}: {written}")

    def drop(self, spot: Spot, entries: list[Entry], number: int) -> None:
        """Take out an entry that a later one of the same key replaces: the data stays."""
        start, end = self.cut_entry(spot, entries, number)
        if self.layout.anchors_used_beyond(start, end):
            raise CannotEdit("its anchor is used elsewhere")
        self.splices.append((start, self._blank_after(spot, start, end), ""))

    # ---- splices

    def _emptied(self, spot: Spot, keep: Path) -> bool:
        lone = len(self.entries(spot)) == 1 and keep[: len(spot.path)] != spot.path
        return lone and not self.layout.holds_merges(spot.container, spot.start)

    def _comments_inside(self, spot: Spot, key: str, entry: Path) -> str:
        """The comments of a section that goes away with its last entry, but for that entry's own: they stay."""
        section, last = self.mark(spot, key), self.mark(self.spot(entry[:-1]), entry[-1])
        inside = self.layout.text[self.layout.line_end(section[2]) : self.layout.comment_start(last[1])]
        lines = [line.lstrip() for line in inside.splitlines(keepends=True) if line.lstrip().startswith("#")]
        return "".join(" " * self.layout.column(section[1]) + line for line in lines)

    def _blank_after(self, spot: Spot, start: int, end: int) -> int:
        """The end of what is cut: of two blank lines that would come together, one goes."""
        text = self.layout.text
        above, following = text[max(start - 4, 0) : start].replace("\r", ""), text.find("\n", end) + 1
        lone = spot.style == "block" and (start == 0 or above.endswith("\n\n"))
        return following if lone and following and not text[end:following].strip() else end

    def _cut(self, spot: Spot, key: str, *, gap: bool = False) -> tuple[int, int]:
        """What to take out to remove an entry with its own comment; `gap`: with all blank and comment lines above."""
        entries = self.entries(spot)
        number = self.layout.number(spot.container, spot.start, key)
        if number is None:
            raise CannotEdit(f"`{key}` is brought in by an alias or `<<`")
        return self.cut_entry(spot, entries, number, gap=gap)

    def cut_entry(self, spot: Spot, entries: list[Entry], number: int, *, gap: bool = False) -> tuple[int, int]:
        """The same of the entry with this number."""
        entry, layout = entries[number], self.layout
        if spot.style != "block":
            return self._cut_in_braces(spot, entries, number)
        if not layout.alone(entry.mark[1]):
            return self._cut_behind_dash(entries, number)
        start = layout.gap_start(entry.mark[1]) if gap else layout.comment_start(entry.mark[1])
        return start, layout.lines_end(entry)

    def _cut_behind_dash(self, entries: list[Entry], number: int) -> tuple[int, int]:
        """The first entry of a list's item: the next one takes its place behind the dash."""
        entry, layout = entries[number], self.layout
        end = layout.line_end(layout.entry_end(entry))
        before = layout.text[layout.line_start(entry.mark[1]) : entry.mark[1]]
        if number + 1 == len(entries) or set(before) - set("- "):
            raise CannotEdit(f"`{entry.key}` shares its line with something else")
        following = entries[number + 1].mark[1]
        if layout.text[end:following].strip():
            raise CannotEdit("a comment stands behind it")
        return entry.mark[1], following

    def _cut_in_braces(self, spot: Spot, entries: list[Entry], number: int) -> tuple[int, int]:
        """An entry with the comma behind it, or of the last one that before it."""
        start, text, layout = entries[number].mark[1], self.layout.text, self.layout
        end, source = layout.entry_end(entries[number]), entries[number].mark[0]
        closing = layout.end(spot.container, (source, 0, 0, spot.start, spot.start)) if spot.path else len(text)
        if "#" in text[end : min(closing, layout.line_end(end))]:
            raise CannotEdit("a comment stands behind it, between braces")
        if number + 1 < len(entries):
            return start, entries[number + 1].mark[1]
        before = layout.entry_end(entries[number - 1]) if number else len(text[:start].rstrip(", \t"))
        if "#" in text[before:start]:
            raise CannotEdit("a comment stands before it, between braces")
        return before, end


def _take_out(data: Any, path: Path) -> None:
    take(data, path)


def _unindented(line: str, column: int) -> str:
    line = line.rstrip("\r")
    return line[column:] if not line[:column].strip() else line.strip()
