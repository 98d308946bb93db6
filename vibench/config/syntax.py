"""What libyaml says of a broken text, in a user's words and at the place where the mistake was made.

libyaml names the character it could not go on from, which is often far behind the mistake: of a quote that is never
closed, the end of the file. What it was reading (`context`) and where that began tell more.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import yaml

from vibench.diagnostics import Source, Span


class Said(NamedTuple):
    """A fault of the text: where, what, what to do, and where what was broken began."""

    span: Span
    message: str
    hint: str = ""
    other: Span | None = None


# What libyaml says, what we say, and what helps. The first row that occurs in its words counts.
_ROWS: Final = (
    ("tab character", "a tab indents this line", "indent with spaces: YAML takes no tabs"),
    ("sequence entries", "a list cannot begin on the line of its key", "begin it on the next line, or write `[a, b]`"),
    ("scanning an alias", "`*` begins an alias, and no name follows", "quote a text that begins with `*`"),
    ("scanning an anchor", "`&` begins an anchor, and no name follows", "quote a text that begins with `&`"),
    ("escape character", "this is no escape of double quotes", "use single quotes, where a backslash is itself"),
    ("hexdecimal", "digits are missing in this escape", "use single quotes, where a backslash is itself"),
    ("scanning a block scalar", "text after `|` or `>`", "begin the text on the next line, or quote the value"),
    ("node content", "a value is missing here", "write the value, or remove the comma or bracket that expects it"),
    ("tag handle", "this tag is not declared", "quote a text that begins with `!`"),
    ("incompatible YAML", "this version of YAML is not known", "remove the line: files are read as YAML 1.2"),
    ("directive", "a line that begins with `%` is no directive of YAML", "quote a text that begins with `%`"),
)
_CONFLICT: Final = re.compile(r"^<{7} .*$", re.MULTILINE)


def explain(error: yaml.YAMLError, source: Source) -> Said:
    """The fault behind an error of the parser."""
    if isinstance(error, yaml.reader.ReaderError):
        return _forbidden(error, source)
    conflict = _CONFLICT.search(source.text)
    if conflict:
        return Said(
            Span(source, *conflict.span()), "a merge conflict stands unresolved in the file", "resolve it first"
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = min(mark.index, len(source.text)) if mark else 0
    begun = getattr(error, "context_mark", None)
    opening = begun.index if begun else at
    problem = getattr(error, "problem", None) or str(error)
    words = f"{problem} {getattr(error, 'context', None) or ''}".strip()
    return _explained(words, source, at, opening)


def _explained(words: str, source: Source, at: int, opening: int) -> Said:
    text = source.text
    if "quoted scalar" in words and "end of stream" in words:
        quote = Span(source, opening, opening + 1)
        return Said(quote, "this quote is never closed", f"close it with `{quote.text}`")
    if "expected ',' or" in words:
        return _unclosed(source, at, opening)
    if "expected ':'" in words:
        line = Span(source, opening, _line_end(text, opening))
        return Said(
            line, "this line is neither a key with a value nor part of one", "write `KEY: VALUE`, with the space"
        )
    if "cannot start any token" in words and text[at : at + 1] != "\t":
        word = _word(source, at)
        first = "a backtick" if text[at] == "`" else f"`{text[at]}`"
        return Said(word, f"a text without quotes cannot begin with {first}", "quote it")
    if "mapping values" in words:
        return _second_colon(source, at)
    if "expected key" in words or "'-' indicator" in words:
        return _misfit(source, at, opening)
    if "document start" in words:
        if text.startswith("%"):
            return Said(_word(source, at), "a line `---` is missing after the directives", "remove the `%` lines")
        return Said(_word(source, at), "text after the end of the document", "put all settings in one mapping")
    if "cannot start any token" in words:
        words = "tab character"
    at = opening if "an alias" in words or "an anchor" in words else at
    row = next((row for row in _ROWS if row[0] in words), ("", words, ""))
    return Said(_word(source, at), row[1], row[2])


def _forbidden(error: yaml.reader.ReaderError, source: Source) -> Said:
    """A character that YAML does not allow; libyaml counts bytes, so it is looked for."""
    if not isinstance(error.character, int):
        return Said(Span(source, 0, 1), str(error.reason))
    at = max(source.text.find(chr(error.character)), 0)
    hint = (
        "remove it; if the file holds many, save it as UTF-8 text"
        if error.character == 0
        else "remove it, or escape it"
    )
    return Said(Span(source, at, at + 1), f"the character U+{error.character:04X} is not allowed in YAML", hint)


def _unclosed(source: Source, at: int, opening: int) -> Said:
    """A flow list or mapping: what is wrong stands in its line, or it is never closed."""
    bracket = Span(source, opening, opening + 1)
    closing = {"[": "]", "{": "}"}.get(bracket.text, "]")
    later = source.position(at)[0] > source.position(opening)[0]
    if at >= len(source.text) or (later and _indent(source.text, at) <= _indent(source.text, opening)):
        return Said(bracket, f"`{bracket.text}` is never closed", f"close it with `{closing}`")
    return Said(_word(source, at), f"expected `,` or `{closing}` here", "", bracket)


def _second_colon(source: Source, at: int) -> Said:
    """A colon where none can be: in a value, or in a line that is read as the rest of the value above it."""
    start = _line_start(source.text, at)
    before = source.text[start:at]
    if ": " in before:
        return Said(
            Span(source, at, at + 1), "a second `:` in one value", "quote it, or begin a mapping on the next line"
        )
    above = len(source.text[:start].rstrip())
    first = _line_start(source.text, above) + _indent(source.text, above)
    line = Span(source, first, max(above, first))
    if ":" not in line.text:
        return Said(line, "this line is no key with a value", "write `KEY: VALUE`")
    key = Span(source, start + _indent(source.text, at), at)
    hint = f"indent it by {_indent(source.text, above)} spaces, like line {source.position(above)[0]}"
    return Said(key, "this line is indented below a line that has a value already", hint)


def _misfit(source: Source, at: int, opening: int) -> Said:
    """A line that does not fit the lines before it, or text behind the end of a value."""
    word = _word(source, at)
    if source.text[_line_start(source.text, at) : at].strip():
        if word.text[0] in "]}":
            return Said(Span(source, at, at + 1), f"a `{word.text[0]}` too many", "remove it")
        return Said(word, "text after the end of a value", "quote the whole value")
    line, column = source.position(opening)
    begun = Span(source, opening, _word(source, opening).end)
    if word.text == "-":
        hint = "indent it like the other items of its list, below the list's key"
        return Said(word, "this list item stands among keys", hint, begun)
    how = f"indent it by {column - 1} spaces" if column > 1 else "do not indent it"
    hint = f"{how}, like line {line}, or put it below a key of its own"
    return Said(word, "this line is indented unlike the lines before it", hint, begun)


def _word(source: Source, at: int) -> Span:
    """What stands at a place, up to the next blank; at the end of the text, its last character."""
    found = re.compile(r"\S+").match(source.text, at)
    if found:
        return Span(source, *found.span())
    at = min(at, max(len(source.text) - 1, 0))
    return Span(source, at, min(at + 1, len(source.text)))


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _indent(text: str, at: int) -> int:
    """Blanks at the beginning of the line that a place stands on."""
    line = text[_line_start(text, at) :]
    return len(line) - len(line.lstrip(" \t"))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return at + len(text[at : end if end >= 0 else len(text)].rstrip())
