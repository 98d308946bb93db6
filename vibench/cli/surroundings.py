"""The parts that can be named where a command is run, and those that a config's `imports:` register."""

from __future__ import annotations

import os

from vibench.cli.arguments import UsageError
from vibench.config.compose import compose_file
from vibench.config.context import Context
from vibench.config.source import Map
from vibench.diagnostics import Source


def context_of(config: str | None) -> Context:
    """The surroundings of a config file, or of no file.

    Raises UsageError if the file cannot be read.
    """
    tree, source = Map(), Source(config or "", "", "file" if config else "python")
    if config is not None:
        composition = compose_file(config, (), os.environ)
        if composition.tree is None:
            raise UsageError(f"{config} cannot be read: `vibench validate {config}` says why")
        tree = composition.tree
    return Context(tree, source)
