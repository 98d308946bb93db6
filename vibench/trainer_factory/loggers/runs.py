"""What the loggers of W&B and SwanLab share: the run that one of them keeps, and how it ends.

The process that trains begins the run, rank 0 of it alone. Its id is decided before, when the logger is made: a
process that the strategy starts for `fit` and another for `test` go on in one run.
"""

from __future__ import annotations

import multiprocessing
import secrets
import sys
import traceback
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from vibench.trainer_factory.callbacks.last import Leave


class Ending(NamedTuple):
    """How a run ends: the exit code, its name for it, and what went wrong."""

    exit_code: int = 0
    state: Literal["success", "crashed", "aborted"] = "success"
    error: str | None = None


class TrackedRun(ABC):
    """A logger that keeps a run at a service."""

    service: str
    place: str = ""  # where the run can be seen: its address, or how to send what is kept offline
    owned: bool = False  # whether the logger began the run; one of the caller's is used, and is the caller's to end

    _open: ClassVar[dict[str, TrackedRun]] = {}

    def begin_alone(self) -> None:
        """End the run that an earlier logger of this process left open: each iteration of a framework is its own."""
        before = self._open.get(self.service)
        if before is not None and before is not self and before.owned and not in_worker():
            before.finish()
        self._open[self.service] = self

    @property
    @abstractmethod
    def run_id(self) -> str | None:
        """The id that the run can be gone on with."""

    @abstractmethod
    def finish(self, *, failed: bool = False) -> None:
        """End the run; done once. An exception on its way says how it ends."""


def new_id() -> str:
    """An id that no run has."""
    return secrets.token_hex(8)


def ending(*, failed: bool) -> Ending:
    """How a run ends now: by the exception on its way, or by what is known of it."""
    error = sys.exc_info()[1]
    if isinstance(error, (KeyboardInterrupt, Leave)):
        return Ending(130, "aborted", "stopped by the user")
    if error is not None:
        return Ending(1, "crashed", "".join(traceback.format_exception(error)))
    return Ending(1, "crashed", "unknown") if failed else Ending()


def in_worker() -> bool:
    """Whether this process was started for one `fit` or `test` (ddp_spawn, ddp_fork) and ends with it."""
    return multiprocessing.parent_process() is not None


def seen_from_here(path: Path) -> Path:
    """A path as it is written in the working directory."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def answers(url: str, seconds: float) -> bool:
    """Whether a server is there; proxies of the process environment are used. Any answer counts, an error too."""
    try:
        urlopen(url, timeout=seconds).close()
    except HTTPError:
        return True
    except URLError as error:
        return "CERTIFICATE" in str(error.reason)  # it is there; the service has certificates of its own
    except (OSError, ValueError):
        return False
    return True
