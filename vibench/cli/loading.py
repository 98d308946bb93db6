"""Load the one file of a command, or end it with the findings."""

from __future__ import annotations

import sys

import typer

from vibench.cli.arguments import one
from vibench.cli.exits import Exit, status_of
from vibench.cli.output import say
from vibench.config.load import Config, load
from vibench.diagnostics import ConfigError, Report


def config_of(words: list[str]) -> Config:
    """The validated config; findings are printed, errors among them end the command."""
    return loaded_of(words)[0]


def loaded_of(words: list[str]) -> tuple[Config, Report]:
    """As `config_of`, with what was found."""
    arguments = one(words)
    loaded = load(arguments.files[0], arguments.overrides)
    if loaded.config is None:
        say([loaded.report])
        raise typer.Exit(status_of([loaded.report]))
    if loaded.report.diagnostics:
        say([loaded.report])
    return loaded.config, loaded.report


def failed(error: ConfigError) -> typer.Exit:
    """Print the findings of an error that came after loading; what to raise."""
    say([Report(error.diagnostics)])
    if error.__cause__ is not None and any(d.code in ("cannot-import", "bad-init-args") for d in error.diagnostics):
        import traceback

        traceback.print_exception(error.__cause__, file=sys.stderr)
    return typer.Exit(Exit.CONFIG)
