"""A line of a source with a mark under a stretch of it, as it looks on a terminal.

A character may be shown as something else (a tab as spaces, a control character as its picture) and may take no
cell (combining), one or two (wide): marks are counted in cells. A long line is cut around what is marked.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from vibench.diagnostics import Span

MAX_CELLS: Final = 100  # of a line; more is cut
_CONTEXT: Final = 30  # cells kept in front of the mark
_NEAR: Final = 4 * MAX_CELLS  # characters looked at on each side: more than a line can show
_TAB: Final = "    "
_CUT: Final = "…"
# Controls that could hide or reorder text on a terminal: never shown raw.
_DIRECTIONS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Excerpt(NamedTuple):
    """A line as shown, the cells in front of the marked stretch, and how many it takes (at least one)."""

    number: int
    line: str
    before: int
    width: int
    last: int  # number of the line that the stretch ends on


def visible(text: str) -> str:
    """A text that is safe on a terminal: control characters become pictures of themselves."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    hidden = 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000 or character in "\u2028\u2029" or character in _DIRECTIONS
    return "\ufffd" if hidden else character


def _cell(character: str) -> tuple[str, int]:
    """How a character is shown, and how many cells that takes."""
    if character == "\t":
        return _TAB, len(_TAB)
    if character < "\x7f":
        return _shown(character), 1
    import unicodedata  # only where a line is not plain ASCII

    shown = _shown(character)
    if unicodedata.combining(shown) or unicodedata.category(shown) in ("Mn", "Me", "Cf"):
        return shown, 0
    return shown, 2 if unicodedata.east_asian_width(shown) in "WF" else 1


def excerpt(span: Span | None) -> Excerpt | None:
    """The first line of a span; nothing for one that has no text of a file."""
    if span is None or span.source.kind != "file" or not span.source.text or span.end == 0:
        return None
    source = span.source
    number, column = source.position(span.start)
    last = source.position(max(span.start, span.end - 1))[0]
    line = source.line(number)
    end = len(line.rstrip()) if last > number else column - 1 + span.end - span.start
    first = max(0, column - 1 - _NEAR)  # a line may be a million characters long
    cells = [_cell(character) for character in line[first : column - 1 + _NEAR]]
    start, end = column - 1 - first, max(end, column - 1) - first
    return _cut(number, last, cells[:start], cells[start:end], cells[end:])


Cells = list[tuple[str, int]]


def _width(cells: Cells) -> int:
    return sum(width for _, width in cells)


def _cut(number: int, last: int, before: Cells, marked: Cells, after: Cells) -> Excerpt:
    """Leave out what is far from the mark: of what stands before it, of a long mark, and after it."""
    if _width(before) + _width(marked) + _width(after) > MAX_CELLS:
        before = _ending(before, _CONTEXT)
        marked = _beginning(marked, MAX_CELLS - _CONTEXT)
        after = _beginning(after, MAX_CELLS - _width(before) - _width(marked))
    line = "".join(shown for shown, _ in (*before, *marked, *after))
    return Excerpt(number, line.rstrip(), _width(before), max(1, _width(marked)), last)


def _beginning(cells: Cells, room: int) -> Cells:
    taken = 0
    for index, (_, width) in enumerate(cells):
        taken += width
        if taken > room - 1 and index + 1 < len(cells):
            return [*cells[:index], (_CUT, 1)]
    return cells


def _ending(cells: Cells, room: int) -> Cells:
    return _beginning(cells[::-1], room)[::-1]
