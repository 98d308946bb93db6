"""Exit statuses, decided in one place."""

from __future__ import annotations

from enum import IntEnum

from vibench.diagnostics import Report


class Exit(IntEnum):
    """What a command's exit status says."""

    OK = 0
    CONFIG = 1  # errors in the config or the environment
    USAGE = 2  # wrong usage, a file that cannot be opened, a folder without YAML
    BUG = 3  # our own bug
    INTERRUPTED = 130


def status_of(reports: list[Report]) -> Exit:
    """The status of a command that checked files."""
    codes = {d.code for report in reports for d in report.errors if not d.path}
    if "cannot-read" in codes:
        return Exit.USAGE
    return Exit.OK if all(report.valid for report in reports) else Exit.CONFIG
