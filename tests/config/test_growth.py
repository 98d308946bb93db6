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


def lines_run(path: Path) -> int:
    """Lines of Python that a validation goes through."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        validate(path)
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


def test_brackets_are_refused_at_once(here: Path) -> None:
    runs = []
    for size in (200, 200, 200_000):
        Path("c.yaml").write_text(SERIES["brackets"].text(size))
        runs.append(lines_run(Path("c.yaml")))
    assert runs[2] - runs[1] < 5  # two more reads
    (found,) = validate("c.yaml").diagnostics
    assert (found.code, found.span and found.span.start) == ("too-deep", len("data: ") + 99)
