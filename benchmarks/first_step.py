"""Time from the start of the process to the end of the first training step: `vibench train` against a script by hand.

Run as a script, this file is the one by hand: same data, network, task, loggers and callbacks as the quick start.
"""

from __future__ import annotations

import os
import sys
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.pairs import costs, installed, python, ratio
from benchmarks.result import Result


def measure(rounds: int = 5) -> list[Result]:
    """`vibench train` against the script."""
    with TemporaryDirectory() as folder:
        callback = "trainer.args.callbacks=[{class_path: benchmarks.leave.LeaveAfterFirstStep}]"
        ours = [installed("vibench"), "train", "examples/quickstart.yaml", f"environment.output_dir={folder}", callback]
        commands = {"by hand": python("-m", "benchmarks.first_step", folder), "vibench": ours}
        found = {name: [one.seconds for one in taken] for name, taken in costs(commands, rounds).items()}
    note = f"{median(found['vibench']):.2f} s against {median(found['by hand']):.2f} s"
    slower = ratio(found["vibench"], found["by hand"])
    return [Result("To the first step", "`vibench train`", "the same Trainer by hand", slower, 1.1, note=note)]


def by_hand(folder: str) -> None:
    """The quick start as one would write it without vibench."""
    import pytorch_lightning as pl
    from pytorch_lightning import callbacks, loggers

    from benchmarks.leave import LeaveAfterFirstStep
    from vibench.phm.bearing import SimulatedBearing
    from vibench.phm.classification import Classification
    from vibench.phm.wdcnn import WDCNN

    pl.seed_everything(42, workers=True)
    data = SimulatedBearing(snr_db=5, recordings=5, window=2048, batch_size=64, seed=42)
    task = Classification(WDCNN(in_channels=data.in_channels, num_classes=data.num_classes), lr=0.001)
    used: list[Any] = [
        callbacks.ModelCheckpoint(f"{folder}/checkpoints", monitor="val_loss", save_top_k=3, save_last=True),
        callbacks.EarlyStopping("val_loss", patience=8),
        callbacks.LearningRateMonitor(),
        callbacks.ModelSummary(),
        LeaveAfterFirstStep(),
    ]
    logs: list[Any] = [loggers.CSVLogger(folder), loggers.TensorBoardLogger(folder)]
    trainer = pl.Trainer(max_epochs=30, accelerator="cpu", log_every_n_steps=5, callbacks=used, logger=logs)
    trainer.fit(task, data)


if __name__ == "__main__":
    by_hand(os.path.abspath(sys.argv[1]))  # noqa: PTH100
