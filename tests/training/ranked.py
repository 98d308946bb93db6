"""A training that shows what several processes get wrong: samples counted twice, equal noise, a process that dies.

`KILL=rank:step` sends `SIGNAL` (SIGKILL) to the process of that rank when it begins that step, with `WHOM=launcher` to
the one that started it; `HANG=rank:step` stops it there for good, `QUIT=rank:step` ends it as a second
Ctrl-C does; `SIGNAL_TEST=1` is a Ctrl-C in the test; `SLOW_END` is how many seconds the first process takes to end,
`SLOW` how many each step takes longer.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import MeanMetric


def told(name: str, rank: int, step: int) -> bool:
    """Whether the environment asks for it here and now."""
    return os.environ.get(name) == f"{rank}:{step}"


class Data(pl.LightningDataModule):
    """57 samples to train with, 11 to validate and 9 to test with: no two processes can share them evenly."""

    def __init__(self, batch_size: int = 4) -> None:
        super().__init__()
        self.batch_size = batch_size

    def _loader(self, size: int, shuffle: bool = False) -> Any:
        x = torch.randn(size, 6, generator=torch.Generator().manual_seed(size))
        return DataLoader(TensorDataset(x, torch.arange(size)), self.batch_size, shuffle=shuffle)

    def train_dataloader(self) -> Any:
        return self._loader(57, shuffle=True)

    def val_dataloader(self) -> Any:
        return self._loader(11)

    def test_dataloader(self) -> Any:
        return self._loader(9)


class SlowEnd(pl.Callback):
    """The first process takes long to end, as one does that uploads its logs."""

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        time.sleep(float(os.environ.get("SLOW_END", "0")) if trainer.is_global_zero else 0)


class Task(pl.LightningModule):
    """Dropout makes the noise of a process visible; what each saw is written to `seen-RANK.txt`."""

    def __init__(self, lr: float = 0.05) -> None:
        super().__init__()
        self.lr = lr
        self.net = nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.tested = MeanMetric()
        self.count = 0

    def training_step(self, batch: Any, index: int) -> Any:
        rank, step = self.global_rank, self.global_step
        if told("KILL", rank, step) and not Path("killed").exists():
            Path("killed").touch()  # a restart comes by here again
            whom = os.getppid() if os.environ.get("WHOM") == "launcher" else os.getpid()
            os.kill(whom, getattr(signal, os.environ.get("SIGNAL", "SIGKILL")))
        if told("QUIT", rank, step):
            os._exit(130)
        while told("HANG", rank, step):
            time.sleep(1)
        time.sleep(float(os.environ.get("SLOW", "0")))
        x, index_of = batch
        loss = (self.net(x) - x.sum(1, keepdim=True)).square().mean()
        with Path(f"seen-{rank}.txt").open("a") as file:
            print(self.current_epoch, step, index_of.tolist(), torch.rand(1).item(), file=file)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        x, _ = batch
        loss = (self.net(x) - x.sum(1, keepdim=True)).square().mean()
        self.log("val_loss", loss, sync_dist=True, batch_size=len(x))

    def test_step(self, batch: Any, index: int) -> None:
        if index == self.global_rank == 0 and os.environ.get("SIGNAL_TEST"):
            os.killpg(os.getpgid(0), signal.SIGINT)  # as the terminal does
            time.sleep(3)
        x, _ = batch
        loss = (self.net(x) - x.sum(1, keepdim=True)).square()
        self.tested.update(loss)
        self.count += len(x)
        self.log("test_loss", loss.mean(), batch_size=len(x))
        self.log("test_mean", self.tested)

    def on_test_epoch_end(self) -> None:
        self.log("test_count", float(self.count), sync_dist=True, reduce_fx="sum")

    def configure_callbacks(self) -> list[pl.Callback]:
        return [SlowEnd()]

    def configure_optimizers(self) -> Any:
        return torch.optim.AdamW(self.parameters(), self.lr)
