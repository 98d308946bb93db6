"""`vibench plan`: what would be built, and where each value came from."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def plan_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="FILE [KEY=VALUE…]", help="The config and overrides.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the plan.")] = "text",  # noqa: A002
) -> None:
    """Show the Trainer's arguments, callbacks and loggers of a config, with the origin of each value."""
    from vibench.cli.loading import config_of
    from vibench.cli.render import plan as render

    config = config_of(words or [])
    print(render.as_json(config) if format == "json" else render.as_text(config))
