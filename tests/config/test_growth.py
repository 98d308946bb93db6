"""Twice as much takes about twice as long: counted in lines that Python runs, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from benchmarks.growth import SERIES
from vibench.config.load import validate
from vibench.config.migration.migrate import migrate
from vibench.diagnostics import Source

TEXTS: dict[str, Callable[[int], str]] = {
    **{name: SERIES[name].text for name in ("keys", "mistakes", "arguments")},
    "callbacks": lambda count: (
        "trainer:\n  callbacks:\n"
        + "".join(f"    - {{name: Timer, args: {{duratio{number}: 1}}}}\n" for number in range(count))
    ),
    "ignores": lambda count: (
        "trainer:\n" + "".join(f"  num_epoch{number}: 1  # vibench: ignore[conflict]\n" for number in range(count))
    ),
    "aliases": lambda count: "x-a: &a {b: 1}\nx-c:\n" + "".join(f"  d{number}: *a\n" for number in range(count)),
}


OLD_TEXTS: dict[str, Callable[[int], str]] = {
    "duplicates": lambda count: "data:\n" + "".join(f"  key{number % 7}: {number}\n" for number in range(count)),
    "duplicates of many": lambda count: (
        "data:\n" + "".join(f"  key{number % (count // 2)}: {number}\n" for number in range(count))
    ),
    "old booleans": lambda count: "trainer:\n  callbacks:\n" + "    - {name: Timer, args: {verbose: yes}}\n" * count,
    "what is refused": lambda count: (
        "trainer:\n  callbacks:\n" + "    - {name: ModelCheckpoint, args: {period: 1, every_n_epochs: 2}}\n" * count
    ),
    "anchors that are used": lambda count: (
        "x-a:\n"
        + "".join(f"  k{number}: &a{number} 1\n  k{number}: 2\n  j{number}: *a{number}\n" for number in range(count))
    ),
    "quoted numbers": lambda count: (
        "trainer:\n  callbacks:\n" + '    - {name: EarlyStopping, args: {monitor: a, patience: "3"}}\n' * count
    ),
    "what cannot be helped": lambda count: "trainer:\n" + "".join(f"  zz{number}: 1\n" for number in range(count)),
}


def lines_run(path: Path, work: Callable[[Path], Any] = validate) -> int:
    """Lines of Python that a validation, or other work, goes through."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work(path)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("name", TEXTS)
def test_it_grows_in_proportion(here: Path, name: str) -> None:
    counts = []
    for size in (200, 200, 400, 800):  # the first one fills what is made once
        path = Path("c.yaml")
        path.write_text(TEXTS[name](size))
        counts.append(lines_run(path))
    _, *counts = counts
    assert counts[2] - counts[1] < 2.3 * (counts[1] - counts[0]), counts


@pytest.mark.parametrize(
    ("name", "below_args"), [*((name, False) for name in OLD_TEXTS), ("what cannot be helped", True)]
)
def test_migration_grows_in_proportion(here: Path, name: str, below_args: bool) -> None:
    counts = []
    for size in (50, 50, 100, 200):  # the first one fills what is made once
        path = Path("c.yaml")
        path.write_text(OLD_TEXTS[name](size))
        counts.append(lines_run(path, lambda path: migrate(Source(path.name, path.read_text()), below_args=below_args)))
    _, *counts = counts
    assert counts[2] - counts[1] < 2.4 * (counts[1] - counts[0]), counts


def test_brackets_are_refused_at_once(here: Path) -> None:
    runs = []
    for size in (200, 200, 200_000):
        Path("c.yaml").write_text(SERIES["brackets"].text(size))
        runs.append(lines_run(Path("c.yaml")))
    assert runs[2] - runs[1] < 5  # two more reads
    (found,) = validate("c.yaml").diagnostics
    assert (found.code, found.span and found.span.start) == ("too-deep", len("data: ") + 99)
