"""A progress bar over many files, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

FEW = 20  # files that are checked before a bar could be seen


def watched(files: Sequence[str]) -> Iterable[str]:
    """The files one by one, with a bar on standard error while they are gone through."""
    if len(files) <= FEW or not sys.stderr.isatty():
        return files
    from rich.console import Console
    from rich.progress import track

    return track(files, description="checking", console=Console(stderr=True), transient=True)
