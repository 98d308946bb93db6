"""A job of SLURM: submitted, followed to its end, told to stop."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

_LOOK = 0.5  # seconds between two looks at the output
_ASK = 6  # looks between two questions to SLURM
_FORWARDED = ("SIGINT", "SIGTERM", "SIGUSR1")
INTERRUPTED = 130


class SlurmError(RuntimeError):
    """SLURM did not do what it was asked for; the message is its own."""


def submit(script: str) -> str:
    """The number of the job; raises SlurmError if sbatch refuses the script."""
    return _ask("sbatch", "--parsable", text=script).split(";")[0].strip()


class Job:
    """A submitted job."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.output = Path(self._known("StdOut"))
        self._reader: IO[bytes] | None = None
        self._state = ""
        self._told = False  # to stop, once

    def follow(self) -> int:
        """Show what the job says until it has ended, and forward signals to it; its exit status."""
        with _noting() as noted:
            looks = 0
            while looks % _ASK or self._goes_on():
                time.sleep(_LOOK)
                looks += 1
                self._show()
                while noted:
                    self._forward(noted.pop(0))
        time.sleep(_LOOK)  # what the job said last is still on its way
        self._show()
        return self._end()

    def _goes_on(self) -> bool:
        state = self._queued()
        if state and state != self._state:
            _say(f"job {self.number}: {state}")
        self._state = state or self._state
        return bool(state)

    def _queued(self) -> str:
        """How it stands in the queue; empty once it has left it, the last that is known while SLURM does not answer."""
        try:
            stands = _ask("squeue", "--noheader", f"--jobs={self.number}", "--format=%T (%r)").strip()
            return stands.removesuffix(" (None)")
        except SlurmError as error:
            if "Invalid job id" in str(error):
                return ""
            _say(f"{error}; trying again")
            return self._state or "UNKNOWN"

    def _end(self) -> int:
        how, status = self._known("JobState").split()[0], self._known("ExitCode").partition(":")[0]
        _say(f"job {self.number}: {how}")
        if how == "COMPLETED":
            return 0
        return INTERRUPTED if how == "CANCELLED" else int(status) or 1

    def _known(self, field: str) -> str:
        """What SLURM knows of the job, to the end of the line; asked several times, as it may be restarting or busy."""
        for wait in (1, 2, 4, 0):
            try:
                known = _ask("scontrol", "show", "job", self.number)
            except SlurmError:
                if not wait:
                    raise
                time.sleep(wait)
            else:
                break
        found = re.search(rf"\b{field}=(.+)$", known, re.MULTILINE)
        if found is None:
            raise SlurmError(f"scontrol does not say {field} of job {self.number}")
        return found[1]

    def _forward(self, name: str) -> None:
        """To the tasks; a job that has none yet, and one that is told to stop twice, is cancelled."""
        again = name == "SIGINT" and self._told
        waits = self._queued().startswith(("PENDING", "CONFIGURING"))
        if waits and name == "SIGUSR1":
            _say(f"{name} goes to no one: job {self.number} has no tasks yet")
            return
        self._told = self._told or name == "SIGINT"
        said, options = f"{name} goes to the tasks of job {self.number}", [f"--signal={name.removeprefix('SIG')}"]
        if again or waits:
            said, options = f"job {self.number} is cancelled", []
        try:
            _ask("scancel", *options, self.number)
            _say(said)
        except SlurmError as error:
            _say(f"{name} is lost: {error}")

    def _show(self) -> None:
        if self._reader is None and self.output.exists():
            self._reader = self.output.open("rb")
        if self._reader is not None:
            sys.stdout.buffer.write(self._reader.read())
            sys.stdout.flush()


@contextmanager
def _noting() -> Iterator[list[str]]:
    """The signals that have come while the block runs."""
    noted: list[str] = []

    def note(number: int, frame: FrameType | None) -> None:
        noted.append(signal.Signals(number).name)

    before = {name: signal.signal(getattr(signal, name), note) for name in _FORWARDED}
    try:
        yield noted
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _ask(*command: str, text: str | None = None) -> str:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, start_new_session=True)
    except OSError as error:
        raise SlurmError(f"{command[0]} is not here: is this a machine of a SLURM cluster?") from error
    if done.returncode:
        raise SlurmError(done.stderr.strip() or f"{command[0]} ended with status {done.returncode}")
    return done.stdout


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
