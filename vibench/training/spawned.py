"""A process that Python spawns for a training, in which it takes part as one that runs the same command does."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from multiprocessing.context import SpawnProcess

from vibench.diagnostics import ConfigError
from vibench.training.team import Dismissed

INTERRUPTED = 130


class Spawned(SpawnProcess):
    """Has the face of `subprocess.Popen`, as launchers and teams know it; it begins at once."""

    def __init__(self, train: Callable[[], object]) -> None:
        super().__init__(target=follow, args=(train,))
        self.start()

    def poll(self) -> int | None:
        """The exit status, None while it runs; that of a signal is negative."""
        return self.exitcode

    @property
    def returncode(self) -> int | None:
        """The same."""
        return self.exitcode

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended; raises TimeoutExpired after so many seconds."""
        self.join(timeout)
        if self.exitcode is None:
            raise subprocess.TimeoutExpired(self.name, timeout or 0)

    def send_signal(self, number: int) -> None:
        """Send a signal to it, unless it has ended."""
        if self.exitcode is None and self.pid is not None:
            os.kill(self.pid, number)


def follow(train: Callable[[], object]) -> None:
    """Train in a process of its own, and end it with the status that the command has; the first one tells the rest."""
    try:
        train()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (Dismissed, ConfigError):
        sys.exit(1)
    except Exception as error:
        print(f"rank {os.environ['LOCAL_RANK']}: {error}\n", file=sys.stderr)
        traceback.print_exception(error.__cause__ or error, file=sys.stderr)
        sys.exit(1)
