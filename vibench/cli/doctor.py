"""`vibench doctor`: what this machine has, and whether a config can run on it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vibench.diagnostics import Report
    from vibench.training.machine import Machine


def doctor_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE] [KEY=VALUE…]", help="The config and overrides.")
    ] = None,
    format: Annotated[  # noqa: A002
        Literal["text", "json"], typer.Option("--format", help="Form of the table.")
    ] = "text",
) -> None:
    """Show versions, devices, memory, logins and ports of this machine, and whether FILE can run on it."""
    from vibench.cli.exits import Exit, status_of
    from vibench.cli.output import say
    from vibench.cli.render import doctor as render
    from vibench.training.machine import disk, this_machine

    machine = this_machine()
    report, output_dir = _examined(words, machine) if words else (None, "results")
    rows = render.rows(machine, disk(output_dir), os.environ)
    if format == "json":
        print(render.as_json(rows, machine, report))
    else:
        print(render.as_text(rows))
        if report is not None:
            say([report])
            print(_verdict(report), file=sys.stderr)
    raise typer.Exit(Exit.OK if report is None else status_of([report]))


def _verdict(report: Report) -> str:
    return "it can run here" if report.valid else "it cannot run here"


def _examined(words: list[str], machine: Machine) -> tuple[Report, str]:
    """Everything that `train` asks before it starts, and what this machine lacks; where results would go."""
    from vibench.cli.arguments import one
    from vibench.config.load import load
    from vibench.diagnostics import ConfigError, Report
    from vibench.training.machine import machine_findings
    from vibench.training.run import prepare

    arguments = one(words)
    loaded = load(arguments.files[0], arguments.overrides)
    report, config = loaded.report, loaded.config
    if config is None:
        return report, "results"
    found = [*report.diagnostics, *machine_findings(config, machine.devices, os.environ)]
    if report.valid and len(found) == len(report.diagnostics):
        try:
            prepare(config)
        except ConfigError as error:
            graver = {(one.code, one.path) for one in error.diagnostics}  # than the warning that was said of it
            found = [*error.diagnostics, *(one for one in found if (one.code, one.path) not in graver)]
    found.sort(key=lambda finding: finding.sort_key)
    return Report(tuple(found), report.source), config.experiment.environment.output_dir
