"""One change of a YAML text: keys are renamed, removed, moved or added by splices, and nothing else is touched.

The tree says where things stand. What comes out is composed again and compared with what was meant: a change that
would come out as anything else is refused (`CannotEdit`), never written.
"""

from __future__ import annotations

from json import dumps
from typing import Any, NamedTuple

from vibench.config.layout import Layout, own_keys
from vibench.config.source import Map, Seq, compose
from vibench.diagnostics import Source

Path = tuple[str, ...]


class CannotEdit(Exception):
    """The text does not allow this change; the message says why."""


class Spot(NamedTuple):
    """A mapping in the text: its path, where its text starts, and the style that it is written in."""

    path: Path
    container: Map
    start: int
    style: str


class Edit:
    """A change under way: splices of the text, and the data that the text must hold afterwards."""

    def __init__(self, source: Source, root: Map) -> None:
        self.source = source
        self.layout = Layout(source.text, root)
        self.splices: list[tuple[int, int, str]] = []
        self.data = plain(root)

    # ---- what a change consists of

    def rename(self, path: Path, name: str) -> None:
        """Give a key another name, where it stands."""
        spot = self.spot(path[:-1])
        _, start, end, *_ = self._mark(spot, path[-1])
        self.splices.append((start, end, self._quoted(spot, name)))
        inner = _at(self.data, path[:-1])
        renamed = {name if key == path[-1] else key: value for key, value in inner.items()}
        inner.clear()
        inner.update(renamed)

    def replace(self, path: Path, text: str, name: str | None = None) -> None:
        """Write another value; `name`: the key's new name in `data`, where it was renamed before."""
        container, key = self.holder(path)
        start, end = self.value(container, key)
        lead = "" if start and self.layout.text[start - 1] in " [,{" else " "
        self.splices.append((start, end, lead + text))
        _put(self.data, (*path[:-1], name or path[-1]), read(text))

    def remove(self, path: Path, *, keep: Path = (), gap: bool = False) -> None:
        """Take an entry out, with the sections that are left empty, but not those around `keep`.

        Any other mapping that is left empty stays as `{}`: `early_stopping: {}` is not nothing.
        """
        spot, lines = self.spot(path[:-1]), path
        while self._emptied(spot, keep) and (len(spot.path) == 1 or spot.path == ("trainer", "args")):
            path, spot = spot.path, self.spot(spot.path[:-1])
        if self._emptied(spot, keep) and spot.path and spot.style == "block":
            at = self._mark(self.spot(spot.path[:-1]), spot.path[-1])[2] + 1
            self.splices.append((at, at, " {}"))
        start, end, _ = self._cut(spot, path[-1], gap=gap)
        left = "" if path == lines else self._comments(start, self._cut(self.spot(lines[:-1]), lines[-1])[0])
        self.splices.append((start, end if left else self._blank_after(spot, start, end), left))
        del _at(self.data, path[:-1])[path[-1]]

    def insert(self, path: Path, text: str) -> None:
        """Add an entry with this value as the last of its mapping; mappings that are missing come with it."""
        self._insert(path, f"{path[-1]}: {text}", read(text))

    def append(self, path: Path, text: str) -> None:
        """Add an item to a list; a list that is missing comes with it."""
        container, key = self.holder(path) if self._written(path) else (None, "")
        if container is None:
            self._insert(path, f"{path[-1]}: [{text}]", [read(text)])
            return
        items = container[key]
        if not isinstance(items, Seq) or not items:
            raise CannotEdit(f"`{'.'.join(path)}` is not a list that an item could be added to")
        self.splices.append(self._item(items, container.marks[key], text))
        _at(self.data, path).append(read(text))

    def move(self, path: Path, target: Path, *, gap: bool = False) -> None:
        """Take an entry to the end of another mapping, with its comment; `gap`: with the lines above it, too."""
        spot, value, text = self.spot(path[:-1]), _at(self.data, path), self.layout.text
        start, end, _ = self._cut(spot, path[-1], gap=gap)
        mark, last = self._mark(spot, path[-1]), self.layout.entry_end(spot.container, path[-1])
        name = self._quoted(spot, target[-1])
        lines = [name + text[mark[2] : last]]
        if spot.style == "block":
            entry = text[start : mark[1]] + name + text[mark[2] : end]
            lines = [_unindented(line, self.layout.column(mark[1])) for line in entry.splitlines()]
        self.remove(path, keep=target, gap=gap)
        self._insert(target, "\n".join(lines), value, flow=f"{name}: {text[mark[3] : last]}")

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
        if len(faults) > len(before) or not isinstance(tree, Map) or _exact(plain(tree)) != _exact(self.data):
            raise CannotEdit("the way the file is written does not allow it; change it by hand")
        return text

    # ---- places

    def spot(self, path: Path) -> Spot:
        """The mapping at a path.

        Raises CannotEdit where none is written, or where an alias or `<<` brings it in.
        """
        at: Any = self.layout.root
        spot = Spot((), at, 0, self.layout.root_style())
        for number, step in enumerate(path):
            mark = at.marks[int(step)] if isinstance(at, Seq) else self._mark(spot, step)
            at = at[int(step)] if isinstance(at, Seq) else at[step]
            spot = Spot(path[: number + 1], at, mark[3], self.layout.style(at, mark))
            if spot.style == "scalar":
                break
        if spot.style == "scalar" or not isinstance(at, Map):
            raise CannotEdit(f"`{'.'.join(spot.path)}` is no mapping of its own")
        return spot

    def _mark(self, spot: Spot, key: str) -> Any:
        if key not in spot.container or key not in own_keys(spot.container, spot.start):
            raise CannotEdit(f"`{key}` is brought in by an alias or `<<`")
        return spot.container.marks[key]

    def _written(self, path: Path) -> bool:
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
        mark = container.marks[key]
        if self.layout.style(container[key], mark) == "block":
            raise CannotEdit("a block of settings stands here")
        return mark[3], self.layout.end(container[key], mark)

    def _quoted(self, spot: Spot, name: str) -> str:
        """A key as the keys beside it are written: in quotes, or plain."""
        first = next(iter(own_keys(spot.container, spot.start)), "")
        quote = self.layout.text[spot.container.marks[first][1]] if first else ""
        return f"{quote}{name}{quote}" if quote in ("'", '"') else name

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

    def _cut(self, spot: Spot, key: str, *, gap: bool = False) -> tuple[int, int, str]:
        """What to take out to remove an entry."""
        layout, mark = self.layout, self._mark(spot, key)
        keys = own_keys(spot.container, spot.start)
        number = keys.index(key)
        end = layout.entry_end(spot.container, key)
        if spot.style == "block":
            if not layout.alone(mark[1]):
                raise CannotEdit(f"`{key}` shares its line with something else")
            start = layout.line_start(mark[1])
            if gap and number:
                start = layout.line_end(layout.entry_end(spot.container, keys[number - 1]))
            return start, layout.line_end(end), ""
        if number + 1 < len(keys):
            return mark[1], spot.container.marks[keys[number + 1]][1], ""
        return layout.entry_end(spot.container, keys[number - 1]) if number else mark[1], end, ""

    def _insert(self, path: Path, entry: str, value: Any, flow: str = "") -> None:
        """Add an entry, as its lines or (`flow`) as the text between braces."""
        known = 0
        while known + 1 < len(path) and self._is_mapping(path[: known + 1]):
            known += 1
        spot = self.spot(path[:known])
        missing = path[known:-1]
        empty = missing and missing[0] in spot.container
        if empty and spot.container[missing[0]] is not None:
            raise CannotEdit(f"`{'.'.join(path[: known + 1])}` holds something else")
        if spot.style == "flow":
            self._insert_flow(spot, missing, flow or entry)
        elif empty:
            self._fill(spot, missing, entry)
        else:
            self._insert_block(spot, missing, entry)
        _put(self.data, path, value)

    def _is_mapping(self, path: Path) -> bool:
        return isinstance(_at(self.data, path), dict)

    def _insert_flow(self, spot: Spot, missing: Path, entry: str) -> None:
        if "\n" in entry or "#" in entry:
            raise CannotEdit("the entry takes several lines, and the mapping stands in braces")
        text = "".join(f"{self._quoted(spot, step)}: {{" for step in missing) + entry + "}" * len(missing)
        keys = own_keys(spot.container, spot.start)
        removed = {splice[0] for splice in self.splices}
        left = [key for key in keys if spot.container.marks[key][1] not in removed]
        at = self.layout.entry_end(spot.container, keys[-1]) if keys else self._brace(spot)
        self.splices.append((at, at, f", {text}" if left else text))

    def _brace(self, spot: Spot) -> int:
        return self.layout.text.index("{", spot.start) + 1

    def _fill(self, spot: Spot, missing: Path, entry: str) -> None:
        """Into a section that is written and empty, or `null`."""
        mark = self._mark(spot, missing[0])
        if mark[4] > mark[3]:
            self.splices.append((mark[2] + 1, mark[4], ""))
        indent = self.layout.column(mark[1]) + self.layout.step()
        at = self.layout.line_end(mark[2])
        self._lines(at, indent, _nested(missing[1:], entry, self.layout.step()))

    def _insert_block(self, spot: Spot, missing: Path, entry: str) -> None:
        keys = own_keys(spot.container, spot.start)
        if not keys:
            raise CannotEdit("there is no entry to take the place from")
        at = self.layout.line_end(max(self.layout.entry_end(spot.container, key) for key in keys))
        indent = self.layout.column(spot.container.marks[keys[0]][1])
        lines = _nested(missing, entry, self.layout.step())
        self._lines(at, indent, ["", *lines] if not spot.path and self._airy(keys, at) else lines)

    def _airy(self, keys: list[str], at: int) -> bool:
        """Whether blank lines part the sections, and none stands here yet."""
        text, marks = self.layout.text.replace("\r", " "), self.layout.root.marks
        between = text[marks[keys[0]][1] : marks[keys[-1]][1]]
        parted = any(not line.strip() for line in between.split("\n")[1:-1])
        cut = min((start for start, end, _ in self.splices if end == at), default=at)
        return parted and text[:cut].rstrip(" ")[-1:] == "\n" and text[:cut].replace(" ", "")[-2:] != "\n\n"

    def _lines(self, at: int, indent: int, lines: list[str]) -> None:
        newline = self.layout.newline
        body = "".join(f"{' ' * indent if line else ''}{line}{newline}" for line in lines)
        before = min((start for start, end, _ in self.splices if end == at), default=at)
        ends = before == 0 or self.layout.text[before - 1] == "\n"
        self.splices.append((at, at, body if ends else newline + body))

    def _item(self, items: Seq, mark: Any, text: str) -> tuple[int, int, str]:
        layout = self.layout
        last = max(layout.end(item, place) for item, place in zip(items, items.marks, strict=True))
        if layout.style(items, mark) == "flow":
            return last, last, f", {text}"
        dash = layout.text.rfind("-", 0, items.marks[0][3])
        at = layout.line_end(last)
        lead = "" if layout.text[at - 1] == "\n" else layout.newline
        return at, at, f"{lead}{' ' * layout.column(dash)}- {text}{layout.newline}"


def plain(tree: Any) -> Any:
    """A tree as dicts and lists of its own."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(item) for item in tree] if isinstance(tree, list) else tree


def read(text: str) -> Any:
    """The data of a YAML text."""
    return plain(compose(Source("", text))[0])


def _exact(data: Any) -> str:
    """`1`, `1.0` and `true` stay apart; the order of keys does not matter."""
    return dumps(data, sort_keys=True)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[int(step)] if isinstance(data, list) else data.get(step)
        if data is None:
            return None
    return data


def _put(data: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        if isinstance(data, list):
            data = data[int(step)]
            continue
        if data.get(step) is None:
            data[step] = {}
        data = data[step]
    data[int(path[-1]) if isinstance(data, list) else path[-1]] = value


def _nested(missing: Path, entry: str, step: int) -> list[str]:
    """The lines of an entry below the sections that are missing."""
    lines = [f"{' ' * (step * depth)}{name}:" for depth, name in enumerate(missing)]
    indent = " " * (step * len(missing))
    return [*lines, *(indent + line if line else "" for line in entry.split("\n"))]


def _unindented(line: str, column: int) -> str:
    return line[column:].rstrip() if not line[:column].strip() else line.strip()
