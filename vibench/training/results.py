"""Test metrics of a run: per iteration, and their mean ± standard deviation."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass, field
from json import loads
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from vibench.files import write_json, write_text

ITERATION = "iteration.json"


@dataclass(frozen=True)
class IterationResult:
    """What one iteration came to."""

    iteration: int
    seed: int
    epochs: int
    steps: int
    fit_seconds: float
    metrics: dict[str, float] = field(default_factory=dict)
    checkpoint: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """A metric over the iterations. `std` is the sample standard deviation (n - 1); 0 for a single iteration."""

    mean: float | None
    std: float | None
    values: list[float | None] = field(default_factory=list)


@dataclass(frozen=True)
class RunResult:
    """What a run came to: its folder and its iterations."""

    run_dir: Path
    iterations: tuple[IterationResult, ...]

    @property
    def metrics(self) -> dict[str, Summary]:
        """Every test metric with mean and standard deviation."""
        names = dict.fromkeys(name for one in self.iterations for name in one.metrics)
        return {name: summary([one.metrics.get(name) for one in self.iterations]) for name in names}


def summary(values: list[float | None]) -> Summary:
    """Mean and sample standard deviation of the finite values; a value that is not finite is kept as null."""
    kept = [value if value is not None and math.isfinite(value) else None for value in values]
    finite = [value for value in kept if value is not None]
    if not finite or len(finite) < len(kept):
        return Summary(None, None, kept)
    return Summary(fmean(finite), stdev(finite) if len(finite) > 1 else 0.0, kept)


def write_iteration(folder: Path, one: IterationResult) -> None:
    """`iteration.json`: what a run that is gone on with need not do again."""
    write_json(folder / ITERATION, _iteration(one))


def read_iteration(folder: Path) -> IterationResult | None:
    """The result of an iteration that was finished."""
    path = folder / ITERATION
    if not path.exists():
        return None
    row = loads(path.read_text(encoding="utf-8"))
    metrics = {name: math.nan if value is None else value for name, value in row["metrics"].items()}
    return IterationResult(**{**row, "metrics": metrics, "notes": tuple(row["notes"])})


def write_results(result: RunResult) -> None:
    """`results.json` and `results.csv` in the run's folder."""
    document: dict[str, Any] = {
        "metrics": {name: asdict(one) for name, one in result.metrics.items()},
        "iterations": [_iteration(one) for one in result.iterations],
    }
    write_json(result.run_dir / "results.json", document)
    write_text(result.run_dir / "results.csv", _csv(result))


def _iteration(one: IterationResult) -> dict[str, Any]:
    row = asdict(one)
    row["metrics"] = {name: value if math.isfinite(value) else None for name, value in one.metrics.items()}
    row["notes"] = list(one.notes)
    return row


def _csv(result: RunResult) -> str:
    metrics = result.metrics
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["iteration", "seed", *metrics])
    for one in result.iterations:
        writer.writerow([one.iteration, one.seed, *(one.metrics.get(name, "") for name in metrics)])
    writer.writerow(["mean", "", *(_cell(one.mean) for one in metrics.values())])
    writer.writerow(["std", "", *(_cell(one.std) for one in metrics.values())])
    return text.getvalue()


def _cell(value: float | None) -> float | str:
    return "" if value is None else value


def table(result: RunResult) -> str:
    """The results as a short text table: one row a metric."""
    rows = [(name, _shown(one, len(result.iterations))) for name, one in result.metrics.items()]
    if not rows:
        return ""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _shown(one: Summary, iterations: int) -> str:
    if one.mean is None or one.std is None:
        return "not finite"
    return f"{one.mean:.4f}" if iterations == 1 else f"{one.mean:.4f} ± {one.std:.4f}"
