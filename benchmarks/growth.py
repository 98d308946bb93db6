"""What longer files, more mistakes and deeper brackets take: `python -m benchmarks.growth WHAT COUNT` measures one.

Each is a process of its own that prints seconds of CPU and the peak of its memory in MiB. The limit is on the cost of
one more: between the last two counts, against that between the two before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import run
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

from benchmarks.pairs import ROOT, peak, python
from benchmarks.result import Result

FIGURE = ROOT / "docs" / "figures" / "growth.svg"
GROUP = "Growth"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def keys(count: int) -> str:
    """Variables to export: short names, since a file holds a megabyte at most."""
    return "environment:\n" + "".join(f" {name_of(number)}: 1\n" for number in range(count))


def name_of(number: int) -> str:
    """A name of four capitals and digits."""
    letters = ""
    for _ in range(3):
        number, digit = divmod(number, len(DIGITS))
        letters = DIGITS[digit] + letters
    return "KLMNOPQ"[number] + letters


def mistakes(count: int) -> str:
    """Misspelt settings."""
    return "trainer:\n  args:\n" + "".join(f"    num_epoch{number}: 1\n" for number in range(count))


def arguments(count: int) -> str:
    """Arguments that a class does not take."""
    head = "model:\n  class_path: torch.nn.Linear\n  init_args:\n    in_features: 1\n    out_features: 1\n"
    return head + "".join(f"    out_feature{number}: 1\n" for number in range(count))


def brackets(count: int) -> str:
    """A list in a list in a list …"""
    return "data: " + "[" * count


class Series(NamedTuple):
    """What grows, and how far."""

    what: str
    text: Callable[[int], str]
    counts: tuple[int, ...]
    findings: Callable[[int], int]  # how many there have to be


SERIES = {
    "keys": Series("keys", keys, (1_000, 3_000, 10_000, 30_000, 100_000), lambda count: 0),
    "mistakes": Series("misspelt settings", mistakes, (1, 10, 100, 300, 1_000), lambda count: count),
    "arguments": Series("arguments a class does not take", arguments, (1, 10, 100, 300, 1_000), lambda count: count),
    "brackets": Series("nested brackets", brackets, (1_000, 10_000, 200_000), lambda count: 1),
}


class Cost(NamedTuple):
    """Seconds of CPU, and MiB of memory above what a small file takes."""

    seconds: float
    memory: float


def check(name: str, count: int) -> None:
    """Validate one file in this process and render what is found, after a small one; print what it took."""
    from vibench.cli.render.colour import paint_for
    from vibench.cli.render.text import render
    from vibench.config.load import validate

    validate(ROOT / "examples/quickstart.yaml")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        path.write_text(SERIES[name].text(count), encoding="utf-8")
        before, start = peak(), process_time()
        report = validate(path)
        render([report], paint_for(sys.stderr))
        seconds = process_time() - start
    if len(report.diagnostics) != SERIES[name].findings(count):
        raise RuntimeError(f"{name}, {count}: {len(report.diagnostics)} findings")
    print(seconds, peak() - before)


def measured(name: str, count: int, rounds: int) -> Cost:
    """The median of several processes."""
    words = python("-m", "benchmarks.growth", name, str(count))
    told = [run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split() for _ in range(rounds)]
    return Cost(*(median(map(float, column)) for column in zip(*told, strict=True)))


def measure(rounds: int = 5) -> list[Result]:
    """Every series; draws the figure, too."""
    found = {name: {count: measured(name, count, rounds) for count in series.counts} for name, series in SERIES.items()}
    draw(found)
    return [row for name, costs in found.items() for row in rows(SERIES[name], costs)]


def rows(series: Series, costs: dict[int, Cost]) -> list[Result]:
    """A row for each count; the last one has the limit."""
    first, *_, last = costs
    shown = [
        Result(
            GROUP,
            f"{count:,} {series.what}",
            f"{first:,}",
            cost.seconds / costs[first].seconds,
            None,
            note=f"{cost.seconds * 1e3:.1f} ms, {cost.memory:.1f} MiB",
        )
        for count, cost in costs.items()
        if count != first
    ]
    return [*shown, refused(costs, last) if series.what == "nested brackets" else each(series, costs)]


def each(series: Series, costs: dict[int, Cost]) -> Result:
    """What one more takes at the end of a series, against what it takes in its middle."""
    first, *_, middle, _, last = costs
    late = (costs[last].seconds - costs[middle].seconds) / (last - middle)
    early = (costs[middle].seconds - costs[first].seconds) / (middle - first)
    what, against = f"one more of {last:,} {series.what}", f"one more of {middle:,}"
    return Result(GROUP, what, against, late / early, 1.3, note=f"{late * 1e6:.1f} µs against {early * 1e6:.1f} µs")


def refused(costs: dict[int, Cost], last: int) -> Result:
    """Too deep is too deep at the first bracket too many: the rest of the file is only read."""
    quick = measured("mistakes", 1, 3)
    note = f"{costs[last].seconds * 1e3:.1f} ms against {quick.seconds * 1e3:.1f} ms"
    return Result(
        GROUP,
        f"{last:,} nested brackets, refused",
        "a misspelt setting",
        costs[last].seconds / quick.seconds,
        2,
        note=note,
    )


def draw(found: dict[str, dict[int, Cost]]) -> None:
    """Seconds and memory over counts, both axes logarithmic: what is linear is a straight line."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "vibench"  # the same numbers make the same file
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name in ("keys", "mistakes", "arguments"):
        counts = list(found[name])
        axes[0].loglog(counts, [cost.seconds for cost in found[name].values()], "o-", label=SERIES[name].what)
        axes[1].loglog(counts, [max(cost.memory, 0.1) for cost in found[name].values()], "o-", label=SERIES[name].what)
    for axis, title in zip(axes, ("seconds of CPU", "MiB of memory, above those of a small file"), strict=True):
        axis.set(title=title, xlabel="count")
        axis.grid(alpha=0.3)
    axes[0].legend()
    FIGURE.parent.mkdir(exist_ok=True)
    figure.savefig(FIGURE, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    check(sys.argv[1], int(sys.argv[2]))
