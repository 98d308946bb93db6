"""Time from the start of the process to the end of the first training step: `vibench train` against a script by hand.

Run as a script, this file is the one by hand: same data, network, task, loggers and callbacks as the quick start.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.pairs import Cost, costs, installed, python, ratio
from benchmarks.result import Result


def measure(rounds: int = 9) -> list[Result]:
    """`vibench train` against the script, and against a script of LightningCLI."""
    with TemporaryDirectory() as folder:
        callback = "trainer.args.callbacks=[{class_path: benchmarks.leave.LeaveAfterFirstStep}]"
        ours = [installed("vibench"), "train", "examples/quickstart.yaml", f"environment.output_dir={folder}", callback]
        by_hand, cli = (python("-m", f"benchmarks.{name}", folder) for name in ("first_step", "cli_fit"))
        found = costs({"vibench": ours, "by hand": by_hand, "cli": cli}, rounds)
    return [
        _row(found, "by hand", "the same Trainer by hand", 1.03),
        _row(found, "cli", "LightningCLI's `fit` with the same settings", 1.0),
    ]


def _row(found: Mapping[str, list[Cost]], other: str, against: str, limit: float) -> Result:
    ours, theirs = ([one.seconds for one in found[name]] for name in ("vibench", other))
    cpu = ratio((one.cpu for one in found["vibench"]), (one.cpu for one in found[other]))
    note = f"{median(ours):.2f} s against {median(theirs):.2f} s; {cpu:.3f} × the CPU time"
    return Result("To the first step", "`vibench train`", against, ratio(ours, theirs), limit, note=note)


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
