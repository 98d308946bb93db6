"""`vibench list`: the parts that a config can name."""

from __future__ import annotations

import os
from typing import Annotated

import typer

# What a person calls the tables.
KINDS = {"data": "data", "models": "model", "tasks": "task", "callbacks": "callbacks", "trainers": "trainers"}


def list_command(
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help=f"One of {', '.join(KINDS)}.", show_default=False)
    ] = None,
    config: Annotated[
        str | None, typer.Option("--for", metavar="FILE", help="Show what its `imports:` register, too.")
    ] = None,
) -> None:
    """List what `name` can say in a config: built-in parts, and registered ones. Imports none of them."""
    from vibench.cli.arguments import UsageError
    from vibench.cli.render.listing import render
    from vibench.config.compose import compose_file
    from vibench.config.context import Context
    from vibench.config.source import Map
    from vibench.diagnostics import Source

    asked = {name: table for name, table in KINDS.items() if kind in (None, name, name.removesuffix("s"), table)}
    if not asked:
        raise UsageError(f"there is no kind `{kind}`; known: {', '.join(KINDS)}")
    tree, source = Map(), Source(config or "", "", "file" if config else "python")
    if config is not None:
        composition = compose_file(config, (), os.environ)
        if composition.tree is None:
            raise UsageError(f"{config} cannot be read: `vibench validate {config}` says why")
        tree = composition.tree
    print(render(Context(tree, source), asked))
