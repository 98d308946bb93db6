"""`validate` of a file that names ten classes, against the same file without them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.pairs import ROOT, costs, installed, ratio
from benchmarks.result import Result

WITHOUT = """\
environment: {project: ten-classes}
trainer: {args: {num_epochs: 3, accelerator: cpu}}
"""
# Ten class paths, five of them the user's own, whose bases are Lightning's and torch's.
WITH = """\
environment:
  project: ten-classes
  loggers:
    - {class_path: pytorch_lightning.loggers.CSVLogger, init_args: {save_dir: logs}}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 64}}
model: {class_path: own_parts.SmallNet, init_args: {channels: 16}}
task: {class_path: own_parts.Classify, init_args: {lr: 5e-3}}
trainer:
  args:
    num_epochs: 3
    accelerator: cpu
    strategy: {class_path: pytorch_lightning.strategies.DDPStrategy, init_args: {find_unused_parameters: true}}
    profiler: {class_path: own_callbacks.Clock, init_args: {extended: false}}
    plugins: [{class_path: pytorch_lightning.plugins.TorchSyncBatchNorm}]
    callbacks:
      - {class_path: pytorch_lightning.callbacks.Timer, init_args: {interval: epoch}}
      - {class_path: own_callbacks.Loud, init_args: {word: done}}
      - {class_path: own_callbacks.Quiet}
"""
CALLBACKS = """\
import pytorch_lightning as pl


class Loud(pl.Callback):
    def __init__(self, word: str) -> None:
        self.word = word


class Clock(pl.profilers.SimpleProfiler):
    pass


class Quiet(Loud):
    def __init__(self, **kwargs) -> None:
        super().__init__(word="", **kwargs)
"""


def measure(rounds: int = 21) -> list[Result]:
    """The file with class paths against the one without."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "own_callbacks.py").write_text(CALLBACKS, encoding="utf-8")
        (here / "own_parts.py").write_text((ROOT / "examples/own_parts.py").read_text("utf-8"), encoding="utf-8")
        for name, text in (("with", WITH), ("without", WITHOUT)):
            (here / f"{name}.yaml").write_text(text, encoding="utf-8")
        commands = {
            name: [installed("vibench"), "validate", str(here / f"{name}.yaml")] for name in ("with", "without")
        }
        found = costs(commands, rounds)
    times = {name: [one.seconds for one in taken] for name, taken in found.items()}
    against = "the same file without them"
    slower = ratio(times["with"], times["without"])
    return [Result("Classes by name", "`validate` of ten class paths, five the user's own", against, slower, 1.5)]
