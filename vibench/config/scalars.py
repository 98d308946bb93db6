"""Plain scalars as YAML 1.2 core reads them: `1e-3` is a number, `yes` and `12:30:00` are texts."""

from __future__ import annotations

import re
from functools import lru_cache
from math import isfinite
from typing import Any, Final

_INT = re.compile(r"[-+]?[0-9]+\Z").match
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z").match
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z").match
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)\Z").match
NUMERIC_START = frozenset("0123456789+-.")
WORDS: dict[str, Any] = {
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


@lru_cache(4096)  # the files of a folder are full of the same ones
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
