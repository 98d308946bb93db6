"""Colours of the text form: none unless the stream is a terminal that wants them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

CODES = {"error": "1;31", "warning": "1;33", "note": "1;36", "help": "1;32", "frame": "1;34", "bold": "1"}


class Paint:
    """Puts text into the colour of its role; without colours it leaves the text alone."""

    def __init__(self, wanted: bool = False) -> None:
        self.wanted = wanted

    def __call__(self, role: str, text: str) -> str:
        """The text in the colour of a role (a key of `CODES`)."""
        return f"\x1b[{CODES[role]}m{text}\x1b[0m" if self.wanted and text else text


PLAIN = Paint()


def paint_for(stream: TextIO, environ: Mapping[str, str] | None = None) -> Paint:
    """Colours for a terminal, unless NO_COLOR is set or the terminal is dumb."""
    environ = os.environ if environ is None else environ
    return Paint(stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb")
