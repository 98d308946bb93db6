"""From a loaded config to a `pl.Trainer`, against the same Trainer made by hand."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import pytorch_lightning as pl

from benchmarks.fits import silent
from benchmarks.pairs import ROOT, ratio
from benchmarks.result import Result
from vibench.config.load import load_config
from vibench.trainer_factory.callbacks.last import LastCheckpoint
from vibench.trainer_factory.callbacks.learning_rate import LearningRateMonitor
from vibench.trainer_factory.callbacks.monitor import ModelCheckpoint
from vibench.trainer_factory.callbacks.progress import progress_bar
from vibench.trainer_factory.callbacks.watch import Watch
from vibench.trainer_factory.checkpoint_io import AtomicCheckpointIO
from vibench.trainer_factory.factory import make_trainer
from vibench.trainer_factory.loggers.csv import CSVLogger

FILE = "examples/quickstart.yaml"


def measure(rounds: int = 101) -> list[Result]:
    """CPU time of both in one process, in turns."""
    config = load_config(ROOT / FILE)
    with TemporaryDirectory() as folder, silent():
        ways: dict[str, Callable[[], pl.Trainer]] = {
            "vibench": lambda: make_trainer(config, None, folder),
            "by hand": lambda: by_hand(folder),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, way in ways.items():
                times[name].append(_seconds(way))
    ours, theirs = times["vibench"][1:], times["by hand"][1:]
    note = f"{median(ours) * 1e3:.2f} ms against {median(theirs) * 1e3:.2f} ms"
    return [
        Result("Building the quick start's Trainer", "from a config", "by hand", ratio(ours, theirs), 1.1, note=note)
    ]


def _seconds(way: Callable[[], pl.Trainer]) -> float:
    gc.collect()
    gc.disable()
    start = process_time()
    way()
    taken = process_time() - start
    gc.enable()
    return taken


def by_hand(folder: str) -> pl.Trainer:
    """Callbacks, loggers and settings that vibench gives the quick start."""
    checkpoints = f"{folder}/checkpoints"
    return pl.Trainer(
        accelerator="cpu",
        max_epochs=30,
        log_every_n_steps=5,
        default_root_dir=folder,
        plugins=[AtomicCheckpointIO()],
        logger=[
            CSVLogger(save_dir=folder, name="logs"),
            pl.loggers.TensorBoardLogger(save_dir=folder, name="tensorboard", version=""),
        ],
        callbacks=[
            ModelCheckpoint(
                dirpath=checkpoints,
                filename="epoch{epoch:02d}-val_loss{val_loss:.4f}",
                monitor="val_loss",
                save_top_k=3,
                auto_insert_metric_name=False,
            ),
            LastCheckpoint(dirpath=checkpoints),
            pl.callbacks.EarlyStopping(monitor="val_loss", patience=8),
            Watch(),
            LearningRateMonitor(),
            pl.callbacks.ModelSummary(),
            progress_bar(),
        ],
    )
