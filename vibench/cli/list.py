"""`vibench list`: the parts that a config can name."""

from __future__ import annotations

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
    from vibench.cli.surroundings import context_of

    asked = {name: table for name, table in KINDS.items() if kind in (None, name, name.removesuffix("s"), table)}
    if not asked:
        raise UsageError(f"there is no kind `{kind}`; known: {', '.join(KINDS)}")
    print(render(context_of(config), asked))
