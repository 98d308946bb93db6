"""`vibench validate`: check files and the process environment."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer


def validate_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…] [KEY=VALUE…]", help="Files or folders, and overrides.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["text", "json"], typer.Option("--format", help="Form of the findings.")
    ] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Make warnings errors.")] = False,
    hardware: Annotated[
        bool, typer.Option("--hardware", help="Also ask whether this machine can run it (imports torch).")
    ] = False,
) -> None:
    """Check config files: every problem at once, with its place. Imports neither torch nor your code."""
    from vibench.cli.arguments import split, walk
    from vibench.cli.exits import status_of
    from vibench.cli.render import RENDERERS
    from vibench.config.load import load

    arguments = split(words or [])
    files = walk(arguments.files)
    loaded = [load(name, arguments.overrides) for name in files]
    reports = [one.report for one in loaded]
    if hardware:
        from vibench.training.machine import with_hardware

        reports = with_hardware(loaded)
    if strict:
        reports = [report.strict() for report in reports]
    out = sys.stdout if format != "text" else sys.stderr
    print(RENDERERS[format](reports), file=out)
    raise typer.Exit(status_of(reports))
