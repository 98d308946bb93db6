"""One change of a YAML text: keys are renamed, removed, moved or added by splices, and nothing else is touched.

The tree says where things stand. A change is a number of splices and the data that the text must hold with them;
`batch.py` puts changes together and looks at what comes out. One that the way the file is written does not allow is
refused (`CannotEdit`).
"""

from __future__ import annotations

from functools import partial

from vibench.config.migration.data import Path, put, read, renamed, value_at, without
from vibench.config.migration.inserting import Inserting
from vibench.config.migration.layout import Entry
from vibench.config.migration.places import CannotEdit, Spot
from vibench.config.source import Seq


class Edit(Inserting):
    """A change under way: splices of the text, and the data that the text must hold afterwards."""

    # ---- what a change consists of

    def rename(self, path: Path, name: str) -> None:
        """Give a key another name, where it stands."""
        spot = self.spot(path[:-1])
        _, start, end, *_ = self.mark(spot, path[-1])
        if name in spot.container:
            raise CannotEdit(f"`{name}` is written, too")
        self.splices.append((start, end, self.quoted(spot, name)))
        self.change(lambda data: renamed(data, path, name))
        self.written_paths |= {path, (*path[:-1], name)}

    def replace(self, path: Path, text: str, name: str | None = None) -> None:
        """Write another value; `name`: the key's new name in `data`, where it was renamed before."""
        container, key = self.holder(path)
        start, end = self.value(container, key)
        lead = "" if start and self.layout.text[start - 1] in " [,{" else " "
        self.splices.append((start, end, lead + text))
        self.change(lambda data: put(data, (*path[:-1], name or path[-1]), read(text)))
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
            self.change(partial(without, path=gone))
        self.written_paths |= {entry, path}

    def insert(self, path: Path, text: str) -> None:
        """Add an entry with this value as the last of its mapping; mappings that are missing come with it."""
        self.add(path, f"{path[-1]}: {text}", read(text))

    def append(self, path: Path, text: str) -> None:
        """Add an item to a list; a list that is missing comes with it."""
        container, key = self.holder(path) if self.written(path) else (None, "")
        if container is None:
            self.add(path, f"{path[-1]}: [{text}]", [read(text)])
            return
        items = container[key]
        if not isinstance(items, Seq):
            raise CannotEdit(f"`{'.'.join(path)}` is not a list that an item could be added to")
        self.splices.append(self.item(items, container.marks[key], text))
        self.change(lambda data: put(data, path, [*value_at(data, path), read(text)]))

    def move(self, path: Path, target: Path, *, gap: bool = False) -> None:
        """Take an entry to the end of another mapping, with its comment; `gap`: with the lines above it, too."""
        spot, value, text = self.spot(path[:-1]), value_at(self.data, path), self.layout.text
        start, end = self._cut(spot, path[-1], gap=gap)
        entry = self.entry(spot, path[-1])
        mark, last = entry.mark, self.layout.entry_end(entry)
        name, column = self.quoted(spot, target[-1]), self.layout.column(mark[1])
        lines, left = [name + text[mark[2] : last]], ""
        if spot.style == "block":
            moved = text[start : mark[1]] + name + text[mark[2] : end]
            lines = [_unindented(line, column) for line in moved.splitlines()]
        if spot.style == "block" and self.home(target)[0].style == "flow":  # comments have no place there: they stay
            newline = self.layout.newline
            comment = text[last:end].strip()
            left = text[start : self.layout.line_start(mark[1])]
            left += f"{' ' * column}{comment}{newline}" if comment else ""
        self.remove(path, keep=target, gap=gap, left=left)
        self.add(target, "\n".join(lines), value, flow=f"{name}: {text[mark[3] : last]}")

    def drop(self, spot: Spot, entries: list[Entry], number: int) -> None:
        """Take out an entry that a later one of the same key replaces: the data stays."""
        start, end = self.cut_entry(spot, entries, number)
        self.splices.append((start, self._blank_after(spot, start, end), ""))

    # ---- splices

    def _emptied(self, spot: Spot, keep: Path) -> bool:
        return len(self.entries(spot)) == 1 and keep[: len(spot.path)] != spot.path

    def _comments_inside(self, spot: Spot, key: str, entry: Path) -> str:
        """The comments of a section that goes away with its last entry, but for that entry's own: they stay."""
        section, last = self.mark(spot, key), self.mark(self.spot(entry[:-1]), entry[-1])
        inside = self.layout.text[self.layout.line_end(section[2]) : self.layout.comment_start(last[1])]
        lines = [line.lstrip() for line in inside.splitlines(keepends=True) if line.lstrip().startswith("#")]
        return "".join(" " * self.layout.column(section[1]) + line for line in lines)

    def _blank_after(self, spot: Spot, start: int, end: int) -> int:
        """The end of what is cut: of two blank lines that would come together, one goes."""
        text = self.layout.text
        above, following = text[:start].replace("\r", ""), text.find("\n", end) + 1
        lone = spot.style == "block" and (above == "" or above.endswith("\n\n"))
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
            return self._cut_in_braces(entries, number)
        if not layout.alone(entry.mark[1]):
            return self._cut_behind_dash(entries, number)
        start = layout.gap_start(entry.mark[1]) if gap else layout.comment_start(entry.mark[1])
        return start, layout.line_end(layout.entry_end(entry))

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

    def _cut_in_braces(self, entries: list[Entry], number: int) -> tuple[int, int]:
        """An entry with the comma behind it, or of the last one that before it."""
        start, text = entries[number].mark[1], self.layout.text
        end = self.layout.entry_end(entries[number])
        if number + 1 < len(entries):
            following = entries[number + 1].mark[1]
            if "#" in text[end:following]:
                raise CannotEdit("a comment stands behind it, between braces")
            return start, following
        before = self.layout.entry_end(entries[number - 1]) if number else start
        if "#" in text[before:start]:
            raise CannotEdit("a comment stands before it, between braces")
        return before, end


def _unindented(line: str, column: int) -> str:
    return line[column:].rstrip() if not line[:column].strip() else line.strip()
