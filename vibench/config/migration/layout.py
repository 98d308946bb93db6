"""Where the entries of a YAML text begin and end, and how they are indented: what a splice must respect.

Vocabulary: an *entry* is a key with its value; its *lines* run from the key's line to the end of the value's last
line, comment included; the *gap* before it are the blank and comment lines after the entry before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from vibench.config.source import Map, Mark, Seq

Style = Literal["block", "flow", "scalar"]
_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)*")  # an anchor or a tag before the value
_TO_THE_BRACKET = re.compile(r"(?:[\s,]|#[^\n]*\n)*")


class Layout(NamedTuple):
    """A text and its tree."""

    text: str
    root: Map

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

    def style(self, value: Any, mark: Mark) -> Style:
        """How a value is written; an alias counts as a scalar."""
        if not isinstance(value, (Map, Seq)) or self.text[mark[3] : mark[3] + 1] == "*":
            return "scalar"
        start = _PROPERTIES.match(self.text, mark[3])
        return "flow" if start and self.text[start.end() : start.end() + 1] in ("{", "[") else "block"

    def root_style(self) -> Style:
        """The style of the whole document."""
        first = min((mark[1] for mark in self.root.marks.values()), default=0)
        return "flow" if "{" in self.text[:first] and not self.alone(first) else "block"

    def end(self, value: Any, mark: Mark) -> int:
        """Index behind the last character of a value."""
        style = self.style(value, mark)
        if style == "scalar":
            return mark[4]
        last = max((self.end(inner, place) for inner, place in inside(value, mark)), default=mark[4])
        if style == "block":
            return last
        bracket = _TO_THE_BRACKET.match(self.text, last)
        return (bracket.end() if bracket else last) + 1

    def entry_end(self, container: Map, key: str) -> int:
        """Index behind the last character of an entry."""
        mark = container.marks[key]
        return max(mark[2] + 1, self.end(container[key], mark))

    def step(self) -> int:
        """Columns from a mapping to the one inside it."""
        for key, value in self.root.items():
            if isinstance(value, Map) and self.style(value, self.root.marks[key]) == "block":
                columns = [self.column(mark[1]) for _, mark in inside(value, self.root.marks[key])]
                if columns and columns[0] > self.column(self.root.marks[key][1]):
                    return columns[0] - self.column(self.root.marks[key][1])
        return 2


def inside(container: Any, mark: Mark) -> Iterator[tuple[Any, Mark]]:
    """The values written inside a container; what `<<` brought in stands elsewhere."""
    marks: Any = container.marks.items() if isinstance(container, Map) else enumerate(container.marks)
    for key, place in marks:
        if (isinstance(container, Seq) or key in container) and max(place[1], place[3]) >= mark[3]:
            yield container[key], place


def own_keys(container: Map, start: int) -> list[str]:
    """The keys that stand in a mapping's own text (from `start` on), in their order there."""
    keys = [key for key, mark in container.marks.items() if key in container and mark[1] >= start]
    return sorted(keys, key=lambda key: container.marks[key][1])
