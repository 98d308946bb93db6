"""What is trained in the benchmarks: a tiny network, where all that is around a step counts, and the quick start's."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.pairs import ROOT
from vibench.config.load import Config, load_config
from vibench.training.parts import build_parts

BATCH, WIDTH, CLASSES = 32, 32, 4
STEPS, CHECKS = 300, 20  # batches of an epoch, and of its validation
# What the quick start chooses beside data, network and task gives way to the defaults; its epochs are three times as
# long, so that what happens once an epoch does not count as much as in a toy.
QUICK_START = (
    "~environment.tensorboard", "~trainer.args.log_every_n_steps", "~trainer.args.early_stopping",
    "~trainer.args.patience", "trainer.args.num_epochs=2", "data.args.recordings=15",
)  # fmt: skip


class Subject:
    """A config, its data made once, and its task new for each fit."""

    def __init__(self, name: str, file: str, overrides: tuple[str, ...], accelerator: str) -> None:
        self.name = name
        self.accelerator = accelerator
        self.config: Config = load_config(ROOT / file, [*overrides, f"trainer.args.accelerator={accelerator}"])
        self.data, self._task = build_parts(self.config)

    def task(self) -> pl.LightningModule:
        """The task as it was made."""
        return deepcopy(self._task)


def subjects(accelerator: str = "cpu") -> list[Subject]:
    """Both, trained on `cpu` or `gpu`."""
    return [
        Subject("tiny network", "benchmarks/tiny.yaml", (), accelerator),
        Subject("quick start's network", "examples/quickstart.yaml", QUICK_START, accelerator),
    ]


class TinyData(pl.LightningDataModule):
    """Random vectors in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sets = {"train": _random(STEPS), "val": _random(CHECKS)}

    def train_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        """Batches to train on."""
        return DataLoader(self.sets["train"], batch_size=BATCH)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, ...]]:
        """Batches to validate on."""
        return DataLoader(self.sets["val"], batch_size=BATCH)


def _random(batches: int) -> TensorDataset:
    generator = torch.Generator().manual_seed(0)
    count = batches * BATCH
    inputs = torch.randn(count, WIDTH, generator=generator)
    return TensorDataset(inputs, torch.randint(CLASSES, (count,), generator=generator))


class Tiny(pl.LightningModule):
    """A small perceptron with a schedule, which logs what a task usually logs."""

    def __init__(self) -> None:
        super().__init__()
        layers = nn.Linear(WIDTH, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES)
        self.model = nn.Sequential(*layers)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Cross-entropy of a batch."""
        loss = functional.cross_entropy(self.model(batch[0]), batch[1])
        self.log("train_loss", loss, batch_size=BATCH)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """What checkpoints are judged by."""
        self.log("val_loss", functional.cross_entropy(self.model(batch[0]), batch[1]), batch_size=BATCH)

    def configure_optimizers(self) -> Any:
        """Adam, its rate falling by epoch."""
        optimizer = torch.optim.Adam(self.parameters())
        return {"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 10)}
