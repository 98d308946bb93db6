"""Pictures of a run: the curves of what was logged, and the confusion matrix where the task keeps one."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from vibench.files import replacing

Series = dict[str, tuple[list[int], list[float]]]


def draw(run_dir: Path, metrics_csv: Path, task: Any, data: Any) -> None:
    """Write `figures/*.png` for one iteration."""
    folder = run_dir / "figures"
    for quantity, series in _by_quantity(read_metrics(metrics_csv)).items():
        _curves(folder / f"{quantity.replace('/', '_')}.png", quantity, series)
    matrix = getattr(task, "test_confusion", None)
    if matrix is not None:
        counts = matrix.compute() if hasattr(matrix, "compute") else matrix
        _confusion(folder / "confusion.png", counts.cpu().tolist(), getattr(data, "class_names", None))


def draw_lr_search(path: Path, rates: list[float], losses: list[float], chosen: float) -> None:
    """The loss at each learning rate tried, and the rate that was chosen."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(rates, losses)
    axes.axvline(chosen, color="C3", linestyle="--", label=f"chosen: {chosen:.3g}")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("smoothed training loss")
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def read_metrics(path: Path) -> Series:
    """The columns of `metrics.csv`: steps and values of each metric."""
    series: Series = defaultdict(lambda: ([], []))
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name, text in row.items():
                if name not in ("step", "epoch") and text:
                    series[name][0].append(int(row["step"]))
                    series[name][1].append(float(text))
    return dict(series)


def _by_quantity(series: Series) -> dict[str, Series]:
    """`train_loss` and `val_loss` in one picture, `sparsity/…` too; test metrics are single numbers and have none."""
    groups: dict[str, Series] = defaultdict(dict)
    for name, values in series.items():
        stage, separator, rest = name.replace("/", "_").partition("_")
        if stage == "test":
            continue
        groups[rest if separator and stage in ("train", "val") else name.partition("/")[0]][name] = values
    return groups


def _curves(path: Path, quantity: str, series: Series) -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, (steps, values) in series.items():
        axes.plot(steps, values, label=name, marker="o" if len(steps) < 40 else None, markersize=3)
    axes.set_xlabel("optimizer step")
    axes.set_ylabel(quantity)
    axes.grid(alpha=0.3)
    axes.legend()
    _save(figure, path)


def _confusion(path: Path, counts: list[list[int]], names: Any) -> None:
    labels = [str(name) for name in (names or range(len(counts)))]
    figure = Figure(figsize=(1.5 + 0.9 * len(counts), 1.2 + 0.9 * len(counts)), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(counts, cmap="Blues")
    most = max(max(row) for row in counts) or 1
    for row, line in enumerate(counts):
        for column, count in enumerate(line):
            colour = "white" if count > most / 2 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=120)
