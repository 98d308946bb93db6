"""Windows per second of the built-in data, against the same windows in memory as finished tensors."""

from __future__ import annotations

from statistics import median
from time import process_time
from typing import Any

import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.pairs import ROOT, ratio
from benchmarks.result import Result
from vibench.config.load import load_config
from vibench.phm.bearing import SPLITS
from vibench.training.parts import build_parts


def measure(rounds: int = 31) -> list[Result]:
    """CPU time of an epoch of the quick start's training data, without a network."""
    data: Any = build_parts(load_config(ROOT / "examples/quickstart.yaml"))[0]
    windows = data.windows(SPLITS[0])
    items = [windows[index] for index in range(len(windows))]
    finished = TensorDataset(torch.stack([x for x, _ in items]), torch.tensor([label for _, label in items]))
    ours, theirs = [], []
    for _ in range(rounds + 1):
        ours.append(_epoch(data.train_dataloader()))
        theirs.append(_epoch(DataLoader(finished, batch_size=data.batch_size, shuffle=True)))
    speeds = [len(windows) / median(times[1:]) for times in (ours, theirs)]
    note = f"{speeds[0]:,.0f} against {speeds[1]:,.0f} windows/s"
    what, against = "cut from recordings and scaled", "finished in memory"
    return [Result("Windows of the quick start", what, against, ratio(ours[1:], theirs[1:]), 2.5, note=note)]


def _epoch(loader: DataLoader[Any]) -> float:
    start = process_time()
    for _ in loader:
        pass
    return process_time() - start
