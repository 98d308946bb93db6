"""Load the one file of a command, or end it with the findings."""

from __future__ import annotations

import os
import signal
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from vibench.cli.arguments import one
from vibench.cli.exits import Exit, status_of
from vibench.cli.output import say
from vibench.config.load import Config, load
from vibench.diagnostics import ConfigError, Report, Source
from vibench.schemas.world import is_first

GRACE = 2.0  # seconds


def config_of(words: list[str], later: frozenset[str] = frozenset()) -> Config:
    """The validated config; findings are printed, errors among them end the command.

    `later`: codes of warnings that the command itself makes errors, and says then.
    """
    return loaded_of(words, later)[0]


def loaded_of(words: list[str], later: frozenset[str] = frozenset()) -> tuple[Config, Report]:
    """As `config_of`, with what was found."""
    arguments = one(words)
    loaded = load(arguments.files[0], arguments.overrides)
    if loaded.config is None:
        say_for_all(lambda: say([loaded.report]), last=True)
        raise SystemExit(status_of([loaded.report]))
    shown = tuple(finding for finding in loaded.report.diagnostics if finding.code not in later)
    if shown:
        say_for_all(lambda: say([replace(loaded.report, diagnostics=shown)]))
    return loaded.config, loaded.report


def say_for_all(speak: Callable[[], None], *, last: bool = False) -> None:
    """Say what every process of a job finds in the first one alone; `last`: before it ends."""
    if is_first(os.environ):
        speak()
    elif last:
        let_the_first_speak()


def let_the_first_speak() -> None:
    """Before another process ends: a launcher ends all when one does, and the first one has to be heard."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # this one ends by itself, with the first one's status
    time.sleep(GRACE)


def failed(error: ConfigError, source: Source) -> SystemExit:
    """Print the findings of an error that came after `source` was loaded; what to raise."""
    if any(found.code == "unreachable" for found in error.diagnostics):
        _say_why(error, source)  # the first process is not there to say it
    else:
        say_for_all(lambda: _say_why(error, source), last=True)
    return SystemExit(Exit.CONFIG)


def _say_why(error: ConfigError, source: Source) -> None:
    say([Report(error.diagnostics, source)])
    if error.__cause__ is not None and any(d.code in ("cannot-import", "bad-init-args") for d in error.diagnostics):
        print("\n" + own_traceback(error.__cause__), file=sys.stderr)


def own_traceback(error: BaseException) -> str:
    """The traceback of an error, cut to the user's own frames; of one that has none, the error alone."""
    import traceback

    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    lines = ["Traceback (your own frames):\n", *traceback.format_list(frames)] if frames else []
    return "".join([*lines, *traceback.format_exception_only(error)]).rstrip()


def _is_users(filename: str) -> bool:
    """A file that is neither ours, nor Python's, nor of an installed package."""
    foreign = (str(Path(__file__).parent.parent), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
    return not filename.startswith(("<", *foreign))
