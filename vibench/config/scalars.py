"""Plain scalars as YAML 1.2 core reads them: `1e-3` is a number, `yes` and `12:30:00` are texts."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any, Final

_INT = re.compile(r"[-+]?[0-9]+\Z").match
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z").match
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z").match
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)\Z").match
_NUMERIC_START: Final = frozenset("0123456789+-.")
WORDS: Final[dict[str, Any]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
OLD_BOOLEANS: Final = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF"), False),
}


def number(text: str) -> Any:
    """A YAML 1.2 core number, or the text itself.

    Raises ValueError for a number that is not finite or does not fit 64 bits.
    """
    if _INT(text) or _BASED(text):
        if len(text) > 100:
            raise ValueError("the integer does not fit 64 bits")
        value = int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if not -(2**63) <= value < 2**63:
            raise ValueError("the integer does not fit 64 bits")
        return value
    if _FLOAT(text):
        real = float(text)
        if not isfinite(real):
            raise ValueError("the number is too large for 64 bits")
        return real
    if _NOT_FINITE(text):
        raise ValueError("only finite numbers are allowed")
    return text


DOUBTFUL: Final[Any] = object()


class _Plain(dict[str, Any]):
    """What plain scalars mean, by their text; `DOUBTFUL` where that cannot be said without a finding.

    The files of a folder are full of the same ones, so they are remembered, up to a limit.
    """

    _MOST: Final = 1024
    _LONGEST: Final = 40

    def __missing__(self, text: str) -> Any:
        value = _meaning(text)
        if len(text) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[text] = value
        return value


def _meaning(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    if text in OLD_BOOLEANS:
        return DOUBTFUL
    try:
        return number(text) if text[0] in _NUMERIC_START else text
    except ValueError:
        return DOUBTFUL


PLAIN: Final = _Plain()
