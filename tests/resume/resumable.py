"""A training that would show every state that resuming forgets; it kills itself where the environment says.

`KILL=hook:n` sends `SIGNAL` (SIGKILL) to the process at the n-th call of a hook of the task.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter, OrderedDict
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchmetrics.classification import MulticlassAccuracy

CALLS: Counter[str] = Counter()


def maybe_killed(hook: str) -> bool:
    """Count a call; at the one that is asked for, the end."""
    CALLS[hook] += 1
    if os.environ.get("KILL") != f"{hook}:{CALLS[hook]}":
        return False
    os.kill(os.getpid(), getattr(signal, os.environ.get("SIGNAL", "SIGKILL")))
    return True


class Bomb:
    """Kills the process in the middle of the writing of a checkpoint."""

    def __reduce__(self) -> Any:
        maybe_killed("write")
        return (OrderedDict, ())  # loads with `weights_only`


class Noisy(Dataset[Any]):
    """Augmented by every kind of random number."""

    def __len__(self) -> int:
        return 60

    def __getitem__(self, index: int) -> Any:
        x = torch.tensor(np.random.default_rng(index).normal(size=8), dtype=torch.float32)
        return x + 0.1 * torch.randn(8) + 0.1 * np.random.rand() + 0.1 * random.random(), index % 3


class Data(pl.LightningDataModule):
    def __init__(self, batch_size: int = 8, workers: int = 0, own_generator: bool = False, label_key: str = "") -> None:
        super().__init__()
        self.batch_size = batch_size
        self.workers = workers
        self.generator = torch.Generator().manual_seed(5) if own_generator else None

    def train_dataloader(self) -> Any:
        torch.rand(3)  # the order of the data hangs on it
        return DataLoader(Noisy(), self.batch_size, shuffle=True, num_workers=self.workers, generator=self.generator)

    def val_dataloader(self) -> Any:
        return DataLoader(Noisy(), 16)

    def test_dataloader(self) -> Any:
        return DataLoader(Noisy(), 16)


class Task(pl.LightningModule):
    """Dropout, batch norm, a schedule by a metric, averages over the epoch, torchmetrics."""

    def __init__(self, lr: float = 1e-2, schedule: str = "plateau") -> None:
        super().__init__()
        self.lr = lr
        self.schedule = schedule
        self.net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 3))
        self.backbone = self.net[0]  # what BackboneFinetuning freezes
        self.register_buffer("epochs_seen", torch.zeros(()))
        self.train_acc, self.val_acc, self.test_acc = (MulticlassAccuracy(3) for _ in range(3))

    def _loss(self, batch: Any, accuracy: Any) -> torch.Tensor:
        scores = self.net(batch[0])
        accuracy.update(scores, batch[1])
        return nn.functional.cross_entropy(scores, batch[1])

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        loss = self._loss(batch, self.train_acc)
        self.log("train_loss", loss, on_step=True, on_epoch=True)
        self.log("train_most", loss, on_step=False, on_epoch=True, reduce_fx="max")
        self.log("train_acc", self.train_acc, on_step=False, on_epoch=True)
        maybe_killed("step")
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", self._loss(batch, self.val_acc))
        self.log("val_acc", self.val_acc)
        maybe_killed("validation")

    def test_step(self, batch: Any, batch_idx: int) -> None:
        self.log("test_loss", self._loss(batch, self.test_acc))
        maybe_killed("test")

    def on_train_epoch_start(self) -> None:
        self.epochs_seen += 1
        for group in self.trainer.optimizers[0].param_groups:
            group["weight_decay"] = group["weight_decay"] * 2 + 1e-4

    def on_train_epoch_end(self) -> None:
        maybe_killed("epoch_end")

    def on_train_end(self) -> None:
        maybe_killed("train_end")

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        maybe_killed("save")
        if os.environ.get("KILL", "").startswith("write"):
            checkpoint["bomb"] = Bomb()

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.Adam(self.parameters(), self.lr)
        if self.schedule == "cycle":
            cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=200)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": cycle, "interval": "step"}}
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, factor=0.5)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": plateau, "monitor": "val_loss"}}
