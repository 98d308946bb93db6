"""A SLURM cluster of this machine's own, and trainings that are launched on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from jobs import ENV, HERE, Job

T = TypeVar("T")
LAUNCH = (sys.executable, "-m", "vibench", "launch", "c.yaml", "--slurm")


@contextmanager
def cluster_in(folder: Path) -> Iterator[dict[str, str]]:
    """The cluster, and the environment in which SLURM's commands find it; skips the test where there can be none."""
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    environment = {"SLURM_TEST_PORT": str(27817 + 100 * worker)}
    up = subprocess.run(
        [str(HERE / "slurm.sh"), "up", str(folder)], env={**ENV, **environment}, capture_output=True, text=True
    )
    try:
        if up.returncode == 77:
            pytest.skip(up.stderr.strip())
        assert up.returncode == 0, up.stderr
        yield {"SLURM_CONF": str(folder / "slurm.conf")}
    finally:
        subprocess.run([str(HERE / "slurm.sh"), "down", str(folder)], env=ENV, check=True)


class Launched:
    """A training that `vibench launch --slurm` has submitted and follows."""

    def __init__(self, job: Job, cluster: dict[str, str], *words: str) -> None:
        self.job = job
        self._environment = {**ENV, **cluster}
        self._said = job.folder / f"launch-{time.monotonic_ns()}.log"
        with self._said.open("w") as log:
            self.process = subprocess.Popen(
                [*LAUNCH, *words], cwd=job.folder, env=self._environment, stdout=log, stderr=log
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    @property
    def number(self) -> str:
        """SLURM's number of the job."""
        found = self.until(lambda: re.search(r"^job (\d+), what", self.said, re.MULTILINE))
        assert found is not None
        return found[1]

    def ask(self, *command: str) -> str:
        """One of SLURM's commands."""
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def state(self) -> str:
        return self.ask("squeue", "--noheader", f"--jobs={self.number}", "--states=all", "--format=%T").strip()

    def has_tasks(self) -> bool:
        """Whether SLURM has someone to send a signal to."""
        steps = self.ask("squeue", "--noheader", "--steps", f"--jobs={self.number}", "--format=%i")
        return self.state() == "RUNNING" and f"{self.number}.0" in steps.split()

    def restarts(self) -> int:
        found = re.search(r"Restarts=(\d+)", self.ask("scontrol", "show", "job", self.number))
        return int(found[1]) if found else 0

    def steps(self) -> int:
        """Steps that the first process has made, over all restarts."""
        seen = self.job.folder / "seen-0.txt"
        return seen.read_bytes().count(b"\n") if seen.exists() else 0

    def until(self, happens: Callable[[], T], seconds: float = 120) -> T:
        """Wait for something; fail if it does not come, with all that was said."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := happens():
                return found
            time.sleep(0.05)
        raise AssertionError(self.said)

    def end(self, seconds: float = 180) -> int:
        """The exit status of `vibench launch`."""
        return self.process.wait(seconds)
