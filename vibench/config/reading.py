"""A file becomes a text, or the finding that says why not."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from pathlib import Path
from typing import Final

from vibench.diagnostics import Diagnostic, Source, Span, diagnostic

MAX_BYTES: Final = 1_000_000
_FIRST: Final = 1 << 16  # most files are shorter; memory for the longest takes longer to get than they to read


def read(path: str | Path) -> tuple[Source, list[Diagnostic]]:
    """The text of a file (without a byte order mark), or the finding that says why not."""
    name = str(path)
    empty = Source(name, "")
    try:
        raw = _bytes(name)
    except OSError as error:
        reason = "it is a folder" if isinstance(error, IsADirectoryError) else (error.strerror or str(error))
        hint = _closest_file(Path(path)) if isinstance(error, FileNotFoundError) else ""
        return empty, [diagnostic("cannot-read", "", f"cannot read `{name}`: {reason}", hint=hint, span=Span(empty))]
    if len(raw) > MAX_BYTES:
        message = f"`{name}` has more than {MAX_BYTES:,} bytes, the most that is read"
        return empty, [diagnostic("too-large", "", message, span=Span(empty))]
    mark = len(BOM_UTF8) if raw.startswith(BOM_UTF8) else 0
    try:
        return Source(name, raw[mark:].decode()), []
    except UnicodeDecodeError as error:
        return _not_utf8(name, raw, mark + error.start)


def _bytes(name: str) -> bytes:
    """What a file holds, a little more than the most that is read at most: a device may have no end.

    Without a file object of Python's, which takes as long as the reading; a folder may hold thousands.
    """
    number = os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        raw = os.read(number, _FIRST)
        while len(raw) <= MAX_BYTES and (more := os.read(number, len(raw))):
            raw += more
    finally:
        os.close(number)
    return raw


def _not_utf8(name: str, raw: bytes, at: int) -> tuple[Source, list[Diagnostic]]:
    """The text up to the first byte that is none; the rest of its line as far as it can be read."""
    message, hint = f"byte {at} (0x{raw[at]:02x}) is not UTF-8", "save the file as UTF-8"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        source = Source(name, "")
        return source, [diagnostic("not-utf8", "", message, hint=f"{hint}; it is UTF-16", span=Span(source))]
    before = raw[:at].decode("utf-8-sig")
    source = Source(name, before + raw[at:].splitlines()[0].decode("utf-8", "replace"))
    return source, [diagnostic("not-utf8", "", message, hint=hint, span=Span(source, len(before), len(before) + 1))]


def _closest_file(path: Path) -> str:
    """The file or folder beside a missing one that is spelt most alike."""
    from difflib import get_close_matches

    parent = path.parent
    while not parent.is_dir():
        path, parent = parent, parent.parent
    try:
        beside = [other.name for other in parent.iterdir()]
    except OSError:
        return ""
    close = get_close_matches(path.name, beside, 1)
    return f"did you mean `{parent / close[0]}`?" if close else ""
