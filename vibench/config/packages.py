"""What installed packages offer by name: looked through once, and again when something was installed meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def entry_points(group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group."""
    return _entry_points(group, tuple(_places()))


@lru_cache(32)
def _entry_points(group: str, places: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    """Reads the metadata of every package, which takes ten times as long as checking a file."""
    from importlib import metadata

    return tuple(metadata.entry_points(group=group))


def _places() -> Iterator[tuple[str, int]]:
    """Where packages are looked for, and when something last came or went there."""
    for place in sys.path:
        try:
            yield place, os.stat(place or os.curdir).st_mtime_ns  # noqa: PTH116 (a tenth of the time)
        except OSError:
            yield place, 0
