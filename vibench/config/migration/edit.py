"""One change of a YAML text: keys are renamed, removed, moved or added by splices, and nothing else is touched.

The tree says where things stand. What comes out is composed again and compared with what was meant: a change that
would come out as anything else is refused (`CannotEdit`), never written.
"""

from __future__ import annotations

from vibench.config.migration.data import Path, exact, plain, put, read, value_at
from vibench.config.migration.inserting import Inserting
from vibench.config.migration.layout import own_keys
from vibench.config.migration.places import CannotEdit, Spot
from vibench.config.source import Map, Seq, compose
from vibench.diagnostics import Source


class Edit(Inserting):
    """A change under way: splices of the text, and the data that the text must hold afterwards."""

    # ---- what a change consists of

    def rename(self, path: Path, name: str) -> None:
        """Give a key another name, where it stands."""
        spot = self.spot(path[:-1])
        _, start, end, *_ = self.mark(spot, path[-1])
        self.splices.append((start, end, self.quoted(spot, name)))
        inner = value_at(self.data, path[:-1])
        renamed = {name if key == path[-1] else key: value for key, value in inner.items()}
        inner.clear()
        inner.update(renamed)

    def replace(self, path: Path, text: str, name: str | None = None) -> None:
        """Write another value; `name`: the key's new name in `data`, where it was renamed before."""
        container, key = self.holder(path)
        start, end = self.value(container, key)
        lead = "" if start and self.layout.text[start - 1] in " [,{" else " "
        self.splices.append((start, end, lead + text))
        put(self.data, (*path[:-1], name or path[-1]), read(text))

    def remove(self, path: Path, *, keep: Path = (), gap: bool = False, left: str = "") -> None:
        """Take an entry out, with the sections that are left empty, but not those around `keep`.

        Any other mapping that is left empty stays as `{}`: `early_stopping: {}` is not nothing. `left`: a line that
        takes its place.
        """
        spot, lines = self.spot(path[:-1]), path
        while self._emptied(spot, keep) and (len(spot.path) == 1 or spot.path == ("trainer", "args")):
            path, spot = spot.path, self.spot(spot.path[:-1])
        if self._emptied(spot, keep) and spot.path and spot.style == "block":
            at = self.mark(self.spot(spot.path[:-1]), spot.path[-1])[2] + 1
            self.splices.append((at, at, " {}"))
        start, end = self._cut(spot, path[-1], gap=gap)
        if path != lines:
            left = self._comments(start, self._cut(self.spot(lines[:-1]), lines[-1])[0]) + left.lstrip()
        self.splices.append((start, end if left else self._blank_after(spot, start, end), left))
        del value_at(self.data, path[:-1])[path[-1]]

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
        value_at(self.data, path).append(read(text))

    def move(self, path: Path, target: Path, *, gap: bool = False) -> None:
        """Take an entry to the end of another mapping, with its comment; `gap`: with the lines above it, too."""
        spot, value, text = self.spot(path[:-1]), value_at(self.data, path), self.layout.text
        start, end = self._cut(spot, path[-1], gap=gap)
        mark, last = self.mark(spot, path[-1]), self.layout.entry_end(spot.container, path[-1])
        name = self.quoted(spot, target[-1])
        lines = [name + text[mark[2] : last]]
        if spot.style == "block":
            entry = text[start : mark[1]] + name + text[mark[2] : end]
            lines = [_unindented(line, self.layout.column(mark[1])) for line in entry.splitlines()]
        between_braces = spot.style == "block" and self.home(target)[0].style == "flow"
        comment = text[last:end].strip() if between_braces else ""  # it has no place there: it stays as a line
        left = f"{' ' * self.layout.column(mark[1])}{comment}{self.layout.newline}" if comment else ""
        self.remove(path, keep=target, gap=gap, left=left)
        self.add(target, "\n".join(lines), value, flow=f"{name}: {text[mark[3] : last]}")

    # ---- the outcome

    def text(self) -> str:
        """The new text.

        Raises CannotEdit if it would not hold what is meant.
        """
        text = self.layout.text
        for start, end, new in sorted(self.splices, key=lambda splice: splice[:2], reverse=True):
            text = text[:start] + new + text[end:]
        tree, faults = compose(Source(self.source.name, text))
        before = compose(self.source)[1]
        if len(faults) > len(before) or not isinstance(tree, Map) or exact(plain(tree)) != exact(self.data):
            raise CannotEdit("the way the file is written does not allow it; change it by hand")
        return text

    # ---- splices

    def _emptied(self, spot: Spot, keep: Path) -> bool:
        return len(own_keys(spot.container, spot.start)) == 1 and keep[: len(spot.path)] != spot.path

    def _comments(self, start: int, end: int) -> str:
        """The comments of a section that goes away: they stay where they are."""
        indent = self.layout.text[start:].partition("\n")[0]
        column = len(indent) - len(indent.lstrip())
        lines = self.layout.text[start:end].splitlines(keepends=True)
        return "".join(" " * column + line.lstrip() for line in lines if line.lstrip().startswith("#"))

    def _blank_after(self, spot: Spot, start: int, end: int) -> int:
        """The end of what is cut: of two blank lines that would come together, one goes."""
        text = self.layout.text
        above, following = text[:start].replace("\r", ""), text.find("\n", end) + 1
        lone = spot.style == "block" and (above == "" or above.endswith("\n\n"))
        return following if lone and following and not text[end:following].strip() else end

    def _cut(self, spot: Spot, key: str, *, gap: bool = False) -> tuple[int, int]:
        """What to take out to remove an entry; `gap`: with the blank and comment lines above it."""
        layout, mark = self.layout, self.mark(spot, key)
        keys = own_keys(spot.container, spot.start)
        number = keys.index(key)
        end = layout.entry_end(spot.container, key)
        if spot.style == "block":
            if not layout.alone(mark[1]):
                raise CannotEdit(f"`{key}` shares its line with something else")
            start = layout.line_start(mark[1])
            if gap and number:
                start = layout.line_end(layout.entry_end(spot.container, keys[number - 1]))
            return start, layout.line_end(end)
        return self._cut_in_braces(spot, keys, number, end)

    def _cut_in_braces(self, spot: Spot, keys: list[str], number: int, end: int) -> tuple[int, int]:
        """An entry with the comma behind it, or of the last one that before it."""
        start, text = spot.container.marks[keys[number]][1], self.layout.text
        if number + 1 < len(keys):
            following = spot.container.marks[keys[number + 1]][1]
            if "#" in text[end:following]:
                raise CannotEdit("a comment stands behind it, between braces")
            return start, following
        before = self.layout.entry_end(spot.container, keys[number - 1]) if number else start
        if "#" in text[before:start]:
            raise CannotEdit("a comment stands before it, between braces")
        return before, end


def _unindented(line: str, column: int) -> str:
    return line[column:].rstrip() if not line[:column].strip() else line.strip()
