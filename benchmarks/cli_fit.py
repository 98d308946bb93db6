"""The quick start as a LightningCLI script, up to the end of the first training step: the argument is its folder."""

from __future__ import annotations

import os
import sys

from pytorch_lightning.cli import LightningCLI

from benchmarks.leave import LeaveAfterFirstStep
from benchmarks.pairs import ROOT
from vibench.phm.bearing import SimulatedBearing
from vibench.phm.classification import Classification
from vibench.phm.wdcnn import WDCNN


class Bearing(SimulatedBearing):
    """The built-in data, its arguments spelt out: LightningCLI reads them from the signature."""

    def __init__(
        self,
        snr_db: float,
        shaft_speeds: list[float],
        loads: list[float],
        recordings: int,
        window: int,
        batch_size: int,
    ) -> None:
        super().__init__(
            snr_db=snr_db,
            shaft_speeds=tuple(shaft_speeds),
            loads=tuple(loads),
            recordings=recordings,
            window=window,
            batch_size=batch_size,
        )


class Classifier(Classification):
    """The built-in task with its network."""

    def __init__(self, lr: float) -> None:
        super().__init__(WDCNN(in_channels=Bearing.in_channels, num_classes=Bearing.num_classes), lr=lr)


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    LightningCLI(
        Classifier,
        Bearing,
        args=["fit", "--config", str(ROOT / "benchmarks/lightning_cli.yaml")],
        trainer_defaults={"callbacks": LeaveAfterFirstStep()},
    )
