"""`vibench validate`: check files and the process environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vibench.diagnostics import Report


def validate_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…] [KEY=VALUE…]", help="Files or folders, and overrides.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["text", "json"], typer.Option("--format", help="Form of the findings.")
    ] = "text",
    importing: Annotated[
        bool, typer.Option("--import", help="Import your classes and check the real objects: this runs their modules.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Make warnings errors.")] = False,
) -> None:
    """Check config files: every problem at once, with its place. Imports neither torch nor your code."""
    from vibench.cli.arguments import split, walk
    from vibench.cli.exits import status_of
    from vibench.cli.render import RENDERERS

    arguments = split(words or [])
    files = walk(arguments.files)
    reports = [_report(name, arguments.overrides, importing) for name in files]
    if strict:
        reports = [report.strict() for report in reports]
    out = sys.stdout if format != "text" else sys.stderr
    print(RENDERERS[format](reports), file=out)
    raise typer.Exit(status_of(reports))


def _report(name: str, overrides: list[str], importing: bool) -> Report:
    if importing:
        from vibench.training.imported import import_report

        return import_report(name, overrides)
    from vibench.config.load import load

    return load(name, overrides).report
