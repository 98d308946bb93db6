"""A report of our own bug, fit to paste."""

from __future__ import annotations

import platform
import sys
import traceback

from vibench.version import __version__


def report() -> str:
    """The current exception with what a maintainer needs to know."""
    words = " ".join(sys.argv[1:])
    return (
        "vibench: this is a bug in vibench, not in your config. Please report it with what follows.\n"
        f"vibench {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: vibench {words}\n{traceback.format_exc()}"
    )
