"""The folder of a run: `<output_dir>/<name>/run_000`, the next one `run_001`; nothing is overwritten."""

from __future__ import annotations

import re
from pathlib import Path

_RUN = re.compile(r"run_(\d{3,})$")


def new_run_dir(output_dir: str, name: str) -> Path:
    """Make and return the next free run folder. Two runs started at once get two folders.

    Raises OSError if the place cannot be written to.
    """
    parent = Path(output_dir) / name
    parent.mkdir(parents=True, exist_ok=True)
    number = next_number(parent)
    while True:
        candidate = parent / f"run_{number:03d}"
        try:
            candidate.mkdir()
        except FileExistsError:
            number += 1
        else:
            return candidate


def next_number(parent: Path) -> int:
    """One more than the highest run so far."""
    taken = [int(match.group(1)) for path in parent.iterdir() if (match := _RUN.fullmatch(path.name))]
    return max(taken, default=-1) + 1


def runs_of(output_dir: str, name: str) -> list[Path]:
    """The runs of a name, oldest first."""
    parent = Path(output_dir) / name
    found = [path for path in parent.iterdir() if _RUN.fullmatch(path.name)] if parent.is_dir() else []
    return sorted(found, key=lambda path: int(path.name.removeprefix("run_")))


def iteration_dir(run_dir: Path, iteration: int, iterations: int) -> Path:
    """Where an iteration's files go: the run folder itself, or `iter_0` … below it when there are several."""
    return run_dir if iterations == 1 else run_dir / f"iter_{iteration}"
