"""Load the one file of a command, or end it with the findings."""

from __future__ import annotations

import os
import signal
import sys
import time

import typer

from vibench.cli.arguments import one
from vibench.cli.exits import Exit, status_of
from vibench.cli.render.text import render
from vibench.config.load import Config, load
from vibench.diagnostics import ConfigError, Report
from vibench.schemas.world import is_first

GRACE = 2.0  # seconds


def config_of(words: list[str]) -> Config:
    """The validated config; findings are printed, errors among them end the command."""
    arguments = one(words)
    loaded = load(arguments.files[0], arguments.overrides)
    if loaded.config is None:
        say_for_all(render([loaded.report]), last=True)
        raise typer.Exit(status_of([loaded.report]))
    if loaded.report.diagnostics:
        say_for_all(render([loaded.report]))
    return loaded.config


def say_for_all(text: str, *, last: bool = False) -> None:
    """Print what every process of a job finds in the first one alone.

    The others end a moment later than it: a launcher ends all when one ends, and the first has to be heard.
    """
    if is_first(os.environ):
        print(text, file=sys.stderr, flush=True)
    elif last:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # this process ends, and with the first one's status
        time.sleep(GRACE)


def failed(error: ConfigError) -> typer.Exit:
    """Print the findings of an error that came after loading; what to raise."""
    say_for_all(render([Report(error.diagnostics)]), last=True)
    if (
        is_first(os.environ)
        and error.__cause__ is not None
        and any(d.code in ("cannot-import", "bad-init-args") for d in error.diagnostics)
    ):
        import traceback

        traceback.print_exception(error.__cause__, file=sys.stderr)
    return typer.Exit(Exit.CONFIG)
