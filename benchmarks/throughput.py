"""Thousands of files of about 3 KB in one process: loading and validating them against others that only load them.

Each measurement is a process of its own, `python -m benchmarks.throughput WHAT FOLDER COUNT`, which prints seconds of
CPU a file and the peak of its memory in MiB; a hundred files are gone through first, so that what is made once is
made. Those who are compared are run in turns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from subprocess import run
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from benchmarks.files import text_of, write, wrong_text_of
from benchmarks.pairs import ROOT, costs, installed, peak, python, ratio
from benchmarks.result import Result

FILES = 10_000
FEW = 1_000  # of each kind for those that are compared with each other
SAMPLE = 100  # for those that are slow
GROUP = "Many files in one process"
SCHEMA = str(ROOT / "vibench/schemas/vibench.schema.json")


def csafe() -> Callable[[Path], Any]:
    """PyYAML's C loader."""
    import yaml

    def load(path: Path) -> Any:
        with path.open("rb") as file:
            return yaml.load(file, yaml.CSafeLoader)

    return load


def ours() -> Callable[[Path], Any]:
    """Loading and validating, with the process environment read once, as the command does for many files."""
    import os

    from vibench.config.load import load

    environ = dict(os.environ)
    return lambda path: load(path, environ=environ)


def jsonargparse() -> Callable[[Path], Any]:
    """LightningCLI's parser with the settings of the quick start; it has them in a file of its own."""
    from benchmarks.lightning_cli import parser

    own = str(ROOT / "benchmarks/lightning_cli.yaml")
    made = parser()
    return lambda _: made.parse_path(own)


READERS: dict[str, Callable[[], Callable[[Path], Any]]] = {"csafe": csafe, "ours": ours, "jsonargparse": jsonargparse}


def go_through(what: str, folder: Path, count: int) -> None:
    """Read files in this process, and print seconds of CPU a file and the peak of memory in MiB."""
    read, paths = READERS[what](), sorted(folder.rglob("*.yaml"))
    for path in paths[:100]:
        read(path)
    start = process_time()
    for path in paths[:count]:
        read(path)
    each = (process_time() - start) / count
    print(each, peak())


def measured(what: str, folder: Path, count: int = FEW) -> tuple[float, float]:
    """The same in a process of its own."""
    words = python("-m", "benchmarks.throughput", what, str(folder), str(count))
    each, peak = run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return float(each), float(peak)


def measure(rounds: int = 7) -> list[Result]:
    """One process against another, and the command over a folder."""
    with TemporaryDirectory() as folder:
        right, wrong, few = (Path(folder) / name for name in ("right", "wrong", "few"))
        write(right, FILES, text_of)
        write(wrong, FEW, wrong_text_of)
        write(few, SAMPLE, text_of)
        return [*in_one_process(right, wrong, rounds), *memory(right), *commands(right, few, max(3, rounds // 2))]


def in_one_process(right: Path, wrong: Path, rounds: int) -> list[Result]:
    """Right files and wrong ones against CSafeLoader, and LightningCLI's parser against right ones."""
    runs = {"csafe": right, "ours": right, "wrong": wrong}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, folder in runs.items():
            times[name].append(measured("csafe" if name == "csafe" else "ours", folder)[0])
    times["jsonargparse"] = [measured("jsonargparse", right, SAMPLE)[0] for _ in range(rounds)]
    whole, loader = "`vibench`, loading and validating", "CSafeLoader, loading alone"
    return [
        row(whole, loader, times["ours"], times["csafe"], 0.8),
        row("the same, five mistakes in each file", loader, times["wrong"], times["csafe"], 2.0),
        row("the same, five mistakes in each file", "right files", times["wrong"], times["ours"], None),
        row(whole, "LightningCLI's parser, a file like it", times["ours"], times["jsonargparse"], None),
    ]


def row(what: str, against: str, ours: list[float], theirs: list[float], limit: float | None) -> Result:
    """Seconds of CPU a file, round by round."""
    note = f"{median(ours) * 1e3:.2f} ms a file against {median(theirs) * 1e3:.2f} ms"
    return Result(GROUP, what, against, ratio(ours, theirs), limit, note=note)


def memory(right: Path) -> list[Result]:
    """Peak of memory after all files against that after a tenth of them."""
    early, late = measured("ours", right, FEW)[1], measured("ours", right, FILES)[1]
    what, against = f"memory after {FILES:,} files", f"after {FEW:,}"
    return [Result(GROUP, what, against, late / early, 1.05, note=f"{late:.0f} MiB against {early:.0f} MiB")]


def commands(right: Path, few: Path, rounds: int) -> list[Result]:
    """The command over a folder: several processes against one, and against check-jsonschema over fewer files."""
    vibench, group = installed("vibench"), "A folder of files"
    check = [installed("check-jsonschema"), "--schemafile", SCHEMA]
    found = costs(
        {
            "all": [vibench, "validate", str(right)],
            "alone": [vibench, "validate", str(right), "--jobs", "1"],
            "few": [vibench, "validate", str(few)],
            "check-jsonschema": [*check, *map(str, sorted(few.rglob("*.yaml")))],
        },
        rounds,
    )
    times = {name: [one.seconds for one in taken] for name, taken in found.items()}
    seconds = {name: median(taken) for name, taken in times.items()}
    return [
        Result(
            group,
            f"`vibench validate` of {FILES:,} files, a process for each core",
            "`--jobs 1`",
            ratio(times["all"], times["alone"]),
            0.75,
            note=f"{seconds['all']:.1f} s against {seconds['alone']:.1f} s",
        ),
        Result(
            group,
            f"`vibench validate` of {SAMPLE} files",
            "check-jsonschema with vibench's schema",
            ratio(times["few"], times["check-jsonschema"]),
            None,
            note=f"{seconds['few']:.2f} s against {seconds['check-jsonschema']:.2f} s",
        ),
    ]


if __name__ == "__main__":
    go_through(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
