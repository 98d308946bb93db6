"""Many files are checked by several processes; what is found comes in the order of the files all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from vibench.config.load import validate
from vibench.diagnostics import Report

SHARE = 200  # files that are worth a process: it takes as long to start as to check that many
CHUNK = 16  # files that a process is handed at a time


def reports_of(files: Sequence[str], overrides: list[str], jobs: int | None = None) -> Iterator[Report]:
    """The report of each file, as they come. `jobs`: processes; as many as there are cores and it is worth, if None."""
    one = partial(report_of, overrides, dict(os.environ))  # read once for all files
    processes = _worth(len(files)) if jobs is None else min(jobs, len(files))
    return map(one, files) if processes < 2 else _in_processes(one, files, processes)


def _worth(files: int) -> int:
    if files < 2 * SHARE:
        return 1
    from vibench.training.machine import cores

    return min(cores(), files // SHARE)


def report_of(overrides: list[str], environ: Mapping[str, str], name: str) -> Report:
    """The report of one file; a bug of ours on the way says which file it was."""
    try:
        return validate(name, overrides, environ)
    except Exception as error:
        error.add_note(f"while checking {name}")
        raise


def _in_processes(one: partial[Report], files: Sequence[str], jobs: int) -> Iterator[Report]:
    from concurrent.futures import ProcessPoolExecutor

    pool = ProcessPoolExecutor(jobs, initializer=_die_of_interrupts)
    try:
        with _interrupts_held():
            found = pool.map(one, files, chunksize=CHUNK)  # starts the processes
        yield from found
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C between the start of a process and its first line would end it with a traceback: it waits until then."""
    import signal

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _die_of_interrupts() -> None:
    """Ctrl-C reaches every process of the terminal, and one of them has a word to say about it: not this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
