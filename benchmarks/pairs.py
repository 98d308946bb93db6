"""Whole processes timed in turns, so that a slow minute of the machine falls on both sides."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).parent.parent
Command = Sequence[str]


def seconds(command: Command) -> float:
    """Wall time of one process; raises CalledProcessError if it fails."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return perf_counter() - start


def medians(commands: Mapping[str, Command], rounds: int) -> dict[str, float]:
    """Median wall time of each command over interleaved rounds, after one round that fills the caches."""
    for command in commands.values():
        seconds(command)
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command))
    return {name: median(found) for name, found in times.items()}


def python(*words: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *words]


def installed(name: str) -> str:
    """A command that was installed beside this interpreter."""
    return str(Path(sys.executable).parent / name)
