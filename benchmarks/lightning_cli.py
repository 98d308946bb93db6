"""The quick start for LightningCLI: `python -m benchmarks.lightning_cli --config FILE` parses the settings, no more.

Model and data are as small as they can be: what they would do does not count here.
"""

from __future__ import annotations

import pytorch_lightning as pl
from pytorch_lightning.cli import LightningArgumentParser, LightningCLI


class Bearing(pl.LightningDataModule):
    """Arguments of the quick start's data."""

    def __init__(
        self,
        snr_db: float,
        shaft_speeds: list[float],
        loads: list[float],
        recordings: int,
        window: int,
        batch_size: int,
    ) -> None:
        super().__init__()


class Classifier(pl.LightningModule):
    """Arguments of the quick start's task."""

    def __init__(self, lr: float) -> None:
        super().__init__()


class ParseOnly(LightningCLI):
    """Reads and checks the settings, and makes nothing of them."""

    def __init__(self) -> None:
        super().__init__(Classifier, Bearing, run=False)

    def instantiate_classes(self) -> None:
        """Called by LightningCLI when it has parsed."""


def parser() -> LightningArgumentParser:
    """LightningCLI's parser of these settings."""
    made = LightningArgumentParser()
    made.add_lightning_class_args(pl.Trainer, "trainer")
    made.add_lightning_class_args(Classifier, "model")
    made.add_lightning_class_args(Bearing, "data")
    made.add_argument("--seed_everything", type=int)
    return made


if __name__ == "__main__":
    ParseOnly()
