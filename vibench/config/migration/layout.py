"""Where the entries of a YAML text begin and end, and how they are indented: what a splice must respect.

Vocabulary: an *entry* is a key with its value; its *lines* run from the key's line to the end of the value's last
line, comment included; its *own comment* are the comment lines right above it, in its column; the *gap* before it are
all blank and comment lines above it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Literal, NamedTuple

from vibench.config.source import Map, Mark, Repeat, Seq

Style = Literal["block", "flow", "scalar"]
_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)*")  # an anchor or a tag before the value
_BEFORE_THE_DOCUMENT = re.compile(r"(?:\s|#[^\n]*(?:\n|$)|(?:---|%)[^\n{]*)*")
_ANCHOR, _ALIAS = re.compile(r"(?<![^\s\[{,:-])&([^\s,\[\]{}]+)"), re.compile(r"(?<![^\s\[{,:-])\*([^\s,\[\]{}]+)")
_TO_THE_BRACKET = re.compile(r"(?:[\s,]|#[^\n]*\n)*")
# Comment lines that belong to no single key: rules and headings, settings that are commented out, words to a tool.
_RULE = re.compile(r"#+\s*([-=#*~_+])\1{2}|.*([-=#*~_+])\2{2}\s*$")
_COMMENTED_OUT = re.compile(r"#+\s*(- *)?[\w.-]+:(\s+([\[{\"'].*|[^\s#]\S*))?\s*(#.*)?$")
_MERGE = re.compile(r"(?:^|[\s{,])<<\s*:", re.MULTILINE)
_TO_A_TOOL = re.compile(r"#\s*(yaml-language-server|vibench|yamllint|prettier|noqa)\b")


class Entry(NamedTuple):
    """A key of a mapping with its value and place; a key that is written twice has several."""

    key: str
    value: Any
    mark: Mark


class Layout:
    """A text and its tree. `repeats`: entries that the tree does not hold."""

    def __init__(self, text: str, root: Map, repeats: Iterable[Repeat] = ()) -> None:
        self.text = text
        self.root = root
        self._repeats: dict[int, list[Entry]] = {}
        for one in repeats:
            self._repeats.setdefault(id(one.container), []).append(Entry(one.key, one.value, one.mark))
        self._entries: dict[tuple[int, int], list[Entry]] = {}
        self._numbers: dict[tuple[int, int], dict[str, int]] = {}
        self._ends: dict[tuple[int, int], int] = {}

    @property
    def newline(self) -> str:
        """The line break that the text uses."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def line_start(self, index: int) -> int:
        """Index of the first character of the line."""
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Index behind the line break that ends the line; of what ends in one already, `index`."""
        if index and self.text[index - 1] == "\n":
            return index
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end + 1

    def column(self, index: int) -> int:
        """Characters before `index` in its line."""
        return index - self.line_start(index)

    def alone(self, index: int) -> bool:
        """Whether only blanks stand before `index` in its line."""
        return not self.text[self.line_start(index) : index].strip()

    def comment_start(self, index: int) -> int:
        """Where the own comment of the entry at `index` begins; its line where it has none.

        What opens the file is about the file.
        """
        first, column = self.line_start(index), self.column(index)
        start = first
        while start:
            above = self.line_start(start - 1)
            line = self.text[above:start]
            if not _is_own(line.strip()) or len(line) - len(line.lstrip()) != column:
                return start
            start = above
        return first

    def lines_end(self, entry: Entry) -> int:
        """Where the lines of an entry end, with the comment lines below it that are indented deeper than its key."""
        column, end = self.column(entry.mark[1]), self.line_end(self.entry_end(entry))
        while end < len(self.text):
            following = self.text.find("\n", end) + 1 or len(self.text)
            line = self.text[end:following]
            if not line.lstrip().startswith("#") or len(line) - len(line.lstrip()) <= column:
                return end
            end = following
        return end

    def holds_merges(self, container: Map, start: int) -> bool:
        """Whether `<<` stands in a mapping's own text: what it brings in has no entries there."""
        own = self.entries(container, start)
        if len(container) > len({one.key for one in own}):
            return True
        end = self.entry_end(own[-1]) if own else start
        return "<<" in self.text[max(start - 2, 0) : end] and bool(_MERGE.search(self.text, max(start - 2, 0), end))

    def gap_start(self, index: int) -> int:
        """Where the blank and comment lines above the entry at `index` begin."""
        start = self.line_start(index)
        while start:
            above = self.line_start(start - 1)
            line = self.text[above:start].strip()
            if line and not line.startswith("#"):
                break
            start = above
        return start

    def style(self, value: Any, mark: Mark) -> Style:
        """How a value is written; an alias counts as a scalar."""
        if not isinstance(value, (Map, Seq)) or self.text[mark[3] : mark[3] + 1] == "*":
            return "scalar"
        start = _PROPERTIES.match(self.text, mark[3])
        return "flow" if start and self.text[start.end() : start.end() + 1] in ("{", "[") else "block"

    @cached_property
    def root_style(self) -> Style:
        """The style of the whole document."""
        begin = _BEFORE_THE_DOCUMENT.match(self.text)
        return "flow" if begin and self.text[begin.end() : begin.end() + 1] == "{" else "block"

    @cached_property
    def aliases(self) -> Counter[str]:
        """How often each anchor is used, as far as the text shows it."""
        return Counter(_ALIAS.findall(self.text))

    def anchors_used_beyond(self, start: int, end: int) -> bool:
        """Whether an anchor between two places is used outside of them."""
        piece = self.text[start:end]
        inside = Counter(_ALIAS.findall(piece))
        return any(self.aliases[name] > inside[name] for name in _ANCHOR.findall(piece))

    def end(self, value: Any, mark: Mark) -> int:
        """Index behind the last character of a value."""
        known = (id(value), mark[3])
        if known in self._ends:
            return self._ends[known]
        style = self.style(value, mark)
        if style == "scalar":
            return mark[4]
        last = max((self.end(inner, place) for inner, place in self._inside(value, mark)), default=mark[4])
        if style == "flow":
            bracket = _TO_THE_BRACKET.match(self.text, last)
            last = (bracket.end() if bracket else last) + 1
        self._ends[known] = last
        return last

    def entries(self, container: Map, start: int) -> list[Entry]:
        """The entries that stand in a mapping's own text (from `start` on), in their order there."""
        known = (id(container), start)
        if known not in self._entries:
            own = [Entry(key, container[key], mark) for key, mark in container.marks.items() if key in container]
            own += self._repeats.get(id(container), [])
            found = sorted((one for one in own if one.mark[1] >= start), key=lambda one: one.mark[1])
            self._entries[known] = found
            self._numbers[known] = {one.key: number for number, one in reversed(list(enumerate(found)))}
        return self._entries[known]

    def number(self, container: Map, start: int, key: str) -> int | None:
        """Which of the entries is (the first) of this key; None where none is."""
        self.entries(container, start)
        return self._numbers[id(container), start].get(key)

    def entry_end(self, entry: Entry) -> int:
        """Index behind the last character of an entry."""
        return max(entry.mark[2] + 1, self.end(entry.value, entry.mark))

    @cached_property
    def step(self) -> int:
        """Columns from a mapping to the one inside it."""
        for key, value in self.root.items():
            if isinstance(value, Map) and self.style(value, self.root.marks[key]) == "block":
                columns = [self.column(mark[1]) for _, mark in self._inside(value, self.root.marks[key])]
                if columns and columns[0] > self.column(self.root.marks[key][1]):
                    return columns[0] - self.column(self.root.marks[key][1])
        return 2

    def _inside(self, container: Any, mark: Mark) -> Iterator[tuple[Any, Mark]]:
        """The values written inside a container; what `<<` brought in stands elsewhere."""
        marks: Any = container.marks.items() if isinstance(container, Map) else enumerate(container.marks)
        for key, place in marks:
            if (isinstance(container, Seq) or key in container) and max(place[1], place[3]) >= mark[3]:
                yield container[key], place
        yield from ((one.value, one.mark) for one in self._repeats.get(id(container), ()))


def _is_own(line: str) -> bool:
    """Whether a line, without its blanks, is a comment about the key below it."""
    return line.startswith("#") and not any(kind.match(line) for kind in (_RULE, _COMMENTED_OUT, _TO_A_TOOL))
