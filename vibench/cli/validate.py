"""`vibench validate`: check files and the process environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vibench.config.load import Loaded


def validate_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE…] [KEY=VALUE…]", help="Files or folders, and overrides.", show_default=False),
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["text", "json", "github", "sarif"], typer.Option("--format", help="Form of the findings.")
    ] = "text",
    importing: Annotated[
        bool, typer.Option("--import", help="Import your classes and check the real objects: this runs their modules.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Make warnings errors.")] = False,
    hardware: Annotated[
        bool, typer.Option("--hardware", help="Also ask whether this machine can run it (imports torch).")
    ] = False,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Print each value with where it was written (text, json).")
    ] = False,
) -> None:
    """Check config files: every problem at once, with its place. Imports neither torch nor your code."""
    from vibench.cli.arguments import UsageError, split, walk
    from vibench.cli.exits import status_of
    from vibench.cli.output import show
    from vibench.cli.progress import watched

    if show_origin and format not in ("text", "json"):
        raise UsageError(f"--show-origin has no place in the form `{format}`: it goes with text and json")
    arguments = split(words or [])
    load = _loader(importing)
    loaded = [load(name, arguments.overrides) for name in watched(walk(arguments.files))]
    if hardware:
        from vibench.training.machine import with_hardware

        loaded = with_hardware(loaded)
    reports = [one.report.strict() if strict else one.report for one in loaded]
    if show_origin:
        from vibench.cli.render.origins import show_with_origins

        show_with_origins(reports, loaded, format)
    else:
        show(reports, format)
    raise typer.Exit(status_of(reports))


def _loader(importing: bool) -> Callable[[str, list[str]], Loaded]:
    if importing:
        from vibench.training.imported import load_importing

        return load_importing
    from vibench.config.load import load

    return load
