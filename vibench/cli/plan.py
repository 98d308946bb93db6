"""`vibench plan`: what would be built, and where each value came from."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def plan_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="FILE [KEY=VALUE…]", help="The config and overrides.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the plan.")] = "text",  # noqa: A002
    trace: Annotated[bool, typer.Option("--trace", help="For each written key, the arguments it feeds.")] = False,
) -> None:
    """Show the Trainer's arguments, callbacks and loggers of a config, with the origin of each value."""
    from vibench.cli.planned import show_plan, trace_plan

    (trace_plan if trace else show_plan)(words or [], format)
