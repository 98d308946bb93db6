"""SLURM's wish to stop a job and start it again: SIGUSR1, as `sbatch --signal=SIGUSR1@90` sends it before the end.

No handler acts on it. The signal is held back from the first moment, where it would end a process that has no handler
yet, and is asked for between two batches; processes that this one starts (workers of a DataLoader) hold it back too.
A job that is preempted in its time of grace gets SIGTERM instead, and must queue itself again all the same.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable

REQUEUE = "SIGUSR1"
_JOB = "SLURM_JOB_ID"
_noted: list[int] = []  # by a handler: a lock would not do


def hold() -> None:
    """Hold the signal back in a job of SLURM; before anything starts a thread, which would not."""
    if _JOB not in os.environ or threading.current_thread() is not threading.main_thread():
        return
    signal.signal(signal.SIGUSR1, lambda number, _: _noted.append(number))  # for a thread that was there before
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})


def is_wanted() -> bool:
    """Whether the signal has come to this process."""
    return _JOB in os.environ and bool(_noted or signal.SIGUSR1 in signal.sigpending())


def after(by: str, say: Callable[[str], None]) -> None:
    """What is to be done after a training was stopped by a signal: in a job of SLURM, queue it again, and say so."""
    if _JOB not in os.environ or (by != REQUEUE and not (by == "SIGTERM" and _is_preempted())):
        return
    _noted.clear()
    while signal.sigtimedwait({signal.SIGUSR1}, 0):
        pass  # what has come is dealt with
    say(f"job {os.environ[_JOB]} is to be queued again, and to go on with this run")  # now: SLURM ends it with that
    failure = _slurm("requeue")[1]
    if failure:
        say(f"job {os.environ[_JOB]} could not be queued again ({failure}): submit it anew with `--resume`")


def _is_preempted() -> bool:
    """Whether the job has to make room for another, and has been told so."""
    return re.search(r"\bPreemptTime=\d", _slurm("show", "job")[0]) is not None


def _slurm(*command: str) -> tuple[str, str]:
    """What SLURM says of this job, and why it does not."""
    try:
        done = subprocess.run(["scontrol", *command, os.environ[_JOB]], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return done.stdout, done.stderr.strip() if done.returncode else ""
