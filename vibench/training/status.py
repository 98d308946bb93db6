"""How a run stands: `status.json`, and a lock that its process holds while it lives."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from vibench.diagnostics import ConfigError, diagnostic
from vibench.files import write_json
from vibench.training.restarts import this_job
from vibench.training.team import Team

STATUS = "status.json"
LOCK = ".lock"
RESULTS = "results.json"


def is_finished(run_dir: Path) -> bool:
    """A run is finished when it has its results."""
    return (run_dir / RESULTS).exists()


def is_running(run_dir: Path) -> bool:
    """Whether a living process is at work in this folder; a killed one holds no lock."""
    if not (run_dir / LOCK).exists():
        return False
    lock = FileLock(run_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


@contextmanager
def running(run_dir: Path) -> Iterator[None]:
    """Hold the run's lock, and write how it stands: running, then finished, interrupted or failed, and why.

    Raises ConfigError if another process is at work in the folder.
    """
    lock = FileLock(run_dir / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        message = f"another process is at work in {run_dir}"
        raise ConfigError((diagnostic("run-in-use", "", message, hint="wait for it, or start a new run"),)) from None
    try:
        write_status(run_dir, "running")
        yield
        write_status(run_dir, "finished")
    except KeyboardInterrupt:
        write_status(run_dir, "interrupted")
        raise
    except BaseException as error:
        write_status(run_dir, "failed", _what(error))
        raise
    finally:
        lock.release()


@contextmanager
def reporting(run_dir: Path, team: Team) -> Iterator[None]:
    """Another process than the first, which writes how the run stands only if the first one is gone."""
    try:
        yield
    except Exception as error:
        if 0 in team.gone:
            write_status(run_dir, "failed", _what(error))
        raise


def job_of(run_dir: Path) -> str:
    """The job that has begun a run, or gone on with it last; empty where it is of none."""
    try:
        return str(json.loads((run_dir / STATUS).read_text()).get("job", ""))
    except (OSError, ValueError):
        return ""


def write_status(run_dir: Path, state: str, error: dict[str, Any] | None = None) -> None:
    """Write `status.json`; a disk that is full must not hide why the run failed."""
    document = {
        "state": state,
        "job": this_job() if state == "running" else job_of(run_dir),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "error": error,
    }
    try:
        write_json(run_dir / STATUS, document)
    except OSError:
        if state != "failed":
            raise


def _what(error: BaseException) -> dict[str, Any]:
    cause = error.__cause__ if isinstance(error.__cause__, BaseException) else error
    return {"type": type(cause).__qualname__, "message": str(cause), "explanation": getattr(error, "explanation", "")}
