"""SLURM's wish to stop a job and start it again: SIGUSR1, as `sbatch --signal=SIGUSR1@90` sends it before the end.

No handler acts on it. The signal is held back from the first moment, where it would end a process that has no handler
yet, and is asked for between two batches; processes that this one starts (workers of a DataLoader) hold it back too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading

REQUEUE = "SIGUSR1"
_JOB = "SLURM_JOB_ID"
_noted = threading.Event()


def hold() -> None:
    """Hold the signal back in a job of SLURM; before anything starts a thread, which would not."""
    if _JOB not in os.environ or threading.current_thread() is not threading.main_thread():
        return
    signal.signal(signal.SIGUSR1, lambda *_: _noted.set())  # for a thread that was there before
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})


def is_wanted() -> bool:
    """Whether the signal has come to this process."""
    return _JOB in os.environ and (_noted.is_set() or signal.SIGUSR1 in signal.sigpending())


def requeue() -> str:
    """Queue the job of this process again, which ends it; what to say about it."""
    job = os.environ[_JOB]
    try:
        done = subprocess.run(["scontrol", "requeue", job], capture_output=True, text=True, timeout=60)
        failure = done.stderr.strip() if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        failure = str(error)
    if failure:
        return f"job {job} could not be queued again ({failure}): submit it anew with `--resume`"
    return f"job {job} is queued again, and goes on with this run"
