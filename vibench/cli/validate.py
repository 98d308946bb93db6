"""`vibench validate`: check files and the process environment."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


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
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes; not written: one a core for many files."),
    ] = None,
) -> None:
    """Check config files: every problem at once, with its place. Imports neither torch nor your code."""
    from vibench.cli.checking import check, check_further

    further = {"importing": importing, "hardware": hardware, "show_origin": show_origin}
    if any(further.values()):
        raise typer.Exit(check_further(words or [], format, strict=strict, **further))
    raise typer.Exit(check(words or [], format, strict=strict, jobs=jobs))
