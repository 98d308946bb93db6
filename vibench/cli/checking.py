"""The work of `vibench validate`. Imports no typer: a line without options goes straight here."""

from __future__ import annotations

from vibench.cli.arguments import UsageError, split, walk
from vibench.cli.exits import Exit, status_of
from vibench.cli.output import show
from vibench.cli.progress import watched
from vibench.cli.several import reports_of
from vibench.config.load import Loaded, load
from vibench.diagnostics import Report


def check(words: list[str], form: str = "text", *, strict: bool = False, jobs: int | None = None) -> Exit:
    """Show the findings of files and folders; the status to end with. `jobs`: processes, or as many as are worth it."""
    arguments = split(words)
    files = walk(arguments.files)
    found = list(watched(reports_of(files, arguments.overrides, jobs), len(files)))
    reports = made_strict(found) if strict else found
    show(reports, form)
    return status_of(reports)


def check_further(
    words: list[str],
    form: str,
    *,
    strict: bool = False,
    importing: bool = False,
    hardware: bool = False,
    show_origin: bool = False,
) -> Exit:
    """As `check`, with what takes more than the findings; in this process alone."""
    if show_origin and form not in ("text", "json"):
        raise UsageError(f"--show-origin has no place in the form `{form}`: it goes with text and json")
    loaded = loaded_all(words, importing)
    if hardware:
        from vibench.training.machine import with_hardware

        loaded = with_hardware(loaded)
    found = [one.report for one in loaded]
    reports = made_strict(found) if strict else found
    if show_origin:
        from vibench.cli.render.origins import show_with_origins

        show_with_origins(reports, loaded, form)
    else:
        show(reports, form)
    return status_of(reports)


def loaded_all(words: list[str], importing: bool) -> list[Loaded]:
    """Every file with its tree; `importing`: with the user's own modules."""
    arguments = split(words)
    files = walk(arguments.files)
    loaded = (load_one(name, arguments.overrides, importing) for name in files)
    return list(watched(loaded, len(files)))


def load_one(name: str, overrides: list[str], importing: bool) -> Loaded:
    """One file with its tree."""
    if importing:
        from vibench.training.imported import load_importing

        return load_importing(name, overrides)
    return load(name, overrides)


def made_strict(reports: list[Report]) -> list[Report]:
    """The reports with warnings as errors."""
    return [report.strict() for report in reports]
