"""Whole processes in turns, so that a slow minute of the machine falls on every side."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SPEND = Path(__file__).parent / "spend.py"
Command = Sequence[str]


class Cost(NamedTuple):
    """What a process took."""

    seconds: float  # on the wall
    cpu: float  # seconds of CPU, with those of its own processes
    peak: float  # MiB of memory


def cost(command: Command, status: int = 0) -> Cost:
    """What one process takes; raises RuntimeError where it does not end with `status`."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    words = [sys.executable, "-I", "-S", str(SPEND), *command]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode != status:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}, not {status}:\n{done.stderr[-2000:]}")
    seconds, cpu, kib = map(float, done.stdout.split())
    return Cost(seconds, cpu, kib / 1024)


def costs(commands: Mapping[str, Command], rounds: int, failing: Collection[str] = ()) -> dict[str, list[Cost]]:
    """Costs of each command over interleaved rounds, after one round that fills the caches.

    `failing`: names of the commands that are to end with 1.
    """
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            found[name].append(cost(command, int(name in failing)))
    return {name: taken[1:] for name, taken in found.items()}


def medians(commands: Mapping[str, Command], rounds: int) -> dict[str, float]:
    """Median wall time of each command over interleaved rounds."""
    return {name: median(one.seconds for one in taken) for name, taken in costs(commands, rounds).items()}


def ratio(ours: Iterable[float], theirs: Iterable[float]) -> float:
    """Median of the ratios of each round."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def peak() -> float:
    """Peak of this process's memory in MiB, on Linux; that of `getrusage` begins at what its parent had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) / 1024 if found else 0.0


def python(*words: str) -> list[str]:
    """A command of this interpreter."""
    return [sys.executable, *words]


def installed(name: str) -> str:
    """A command that was installed beside this interpreter."""
    return str(Path(sys.executable).parent / name)
