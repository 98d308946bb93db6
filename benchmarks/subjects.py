"""What is trained in the benchmarks: a tiny network, where all that is around a step counts, and the quick start's."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

BATCH, WIDTH, CLASSES = 32, 32, 4
STEPS, CHECKS = 300, 20  # batches of an epoch, and of its validation


class TinyData(pl.LightningDataModule):
    """Random vectors in memory."""

    def __init__(self, steps: int = STEPS, checks: int = CHECKS) -> None:
        super().__init__()
        self.sets = {"train": _random(steps), "val": _random(checks)}

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
        self.net = nn.Sequential(nn.Linear(WIDTH, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, CLASSES))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Cross-entropy of a batch."""
        loss = functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, batch_size=BATCH)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """What checkpoints are judged by."""
        self.log("val_loss", functional.cross_entropy(self.net(batch[0]), batch[1]), batch_size=BATCH)

    def configure_optimizers(self) -> Any:
        """Adam, its rate falling by epoch."""
        optimizer = torch.optim.Adam(self.parameters())
        return {"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 10)}
