"""A progress bar over many files, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

FEW = 20  # files that are checked before a bar could be seen
T = TypeVar("T")


def watched(found: Iterable[T], total: int) -> Iterable[T]:
    """What comes of `total` files, one by one, with a bar on standard error meanwhile."""
    if total <= FEW or not sys.stderr.isatty():
        return found
    from rich.console import Console
    from rich.progress import track

    return track(found, description="checking", total=total, console=Console(stderr=True), transient=True)
