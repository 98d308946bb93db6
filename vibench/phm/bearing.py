"""The data module of simulated bearings: recordings, split by recording, cut into windows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from vibench.phm.settings import SimulatedBearingArgs, checked
from vibench.phm.simulator import CLASS_NAMES, recording

SPLITS = ("train", "val", "test")
FLAT = 1e-8  # below this standard deviation a window is flat, and is not blown up


def shares_of(recordings: int, shares: tuple[float, float, float]) -> list[range]:
    """Which of `recordings` (≥ 3) each split gets: at least one each, else as near to `shares` as can be.

    The recordings of a cell are independent draws, so that taking them in order is as random as any choice.
    """
    counts = [1, 1, 1]
    for _ in range(recordings - 3):
        behind = [share * recordings - count for share, count in zip(shares, counts, strict=True)]
        counts[behind.index(max(behind))] += 1
    train, val = counts[0], counts[0] + counts[1]
    return [range(train), range(train, val), range(val, recordings)]


class Windows(Dataset[tuple[Tensor, int]]):
    """Windows of recordings, as views: nothing is copied until windows are asked for.

    `signals` is (recordings, channels, samples), `labels` one class index per recording. An item is a float32
    tensor (channels, window) and its label. The tail of a recording shorter than a window is left out.
    """

    def __init__(self, signals: Tensor, labels: list[int], window: int, stride: int, normalise: bool) -> None:
        self.labels = labels
        self.normalise = normalise
        self.views = signals.unfold(-1, window, stride)  # (recordings, channels, windows, window)

    def __len__(self) -> int:
        return len(self.labels) * self.views.shape[2]

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        record, place = self._at(index)
        window = self.views[record, :, place]
        return self._scaled(window) if self.normalise else window, self.labels[record]

    def __getitems__(self, indices: list[int]) -> list[tuple[Tensor, int]]:
        """The items of a batch, as a data loader asks for them; many are scaled at once as fast as a few."""
        if not self.normalise:
            return [self[index] for index in indices]
        places = [self._at(index) for index in indices]
        records = [record for record, _ in places]
        windows = self.views[records, :, [place for _, place in places]]  # (indices, channels, window)
        return [(window, self.labels[record]) for window, record in zip(self._scaled(windows), records, strict=True)]

    def _at(self, index: int) -> tuple[int, int]:
        """Recording and place of an item; raises IndexError where there is none, as a list does."""
        return divmod(range(len(self))[index], self.views.shape[2])

    @staticmethod
    def _scaled(windows: Tensor) -> Tensor:
        # Ten times as fast as torch's `std_mean`.
        centred = windows - windows.mean(dim=-1, keepdim=True)
        spread = torch.linalg.vector_norm(centred, dim=-1, keepdim=True) / windows.shape[-1] ** 0.5
        return centred.div_(spread.clamp_min(FLAT))


class SimulatedBearing(pl.LightningDataModule):
    """Simulated vibration of a bearing: healthy, or with a fault of the inner race, the outer race or a ball.

    Takes the settings of `SimulatedBearingArgs` as keyword arguments; raises `pydantic.ValidationError` where
    one is unknown or out of range. Batches are float32 (batch, 1, window) and int64 labels (batch,).

    Every split holds every class under every speed and load, and no recording is in two splits. The signals
    depend on the seed alone: not on batch order, stage order, number of workers or rank.
    """

    in_channels = 1
    class_names = CLASS_NAMES
    num_classes = len(CLASS_NAMES)

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.args = checked(SimulatedBearingArgs, settings)
        self.save_hyperparameters(self.args.model_dump(mode="json"))
        self.batch_size = self.args.batch_size  # Lightning's tuner changes it
        # Decided once: torch's seed changes when a tuner or the user seeds again.
        self.seed = torch.initial_seed() if self.args.seed is None else self.args.seed
        self._windows: dict[str, Windows] = {}

    def setup(self, stage: str | None = None) -> None:
        """Simulate what the stage ("fit", "validate", "test", "predict" or None for all) needs, once."""
        needed = {"fit": ("train", "val"), "validate": ("val",), "test": ("test",), "predict": ("test",)}
        for split in SPLITS if stage is None else needed[stage]:
            self.windows(split)

    def windows(self, split: str) -> Windows:
        """The windows of "train", "val" or "test" (else `KeyError`); simulated when first asked for."""
        if split not in self._windows:
            cells, args = self.cells(split), self.args
            signals = torch.from_numpy(np.stack([self._record(*cell) for cell in cells])[:, None, :])
            labels = [label for label, *_ in cells]
            self._windows[split] = Windows(signals, labels, args.window, args.stride, args.normalise)
        return self._windows[split]

    def cells(self, split: str) -> list[tuple[int, int, int, int]]:
        """The recordings of a split, each as the indices of its class, speed, load and repetition."""
        args = self.args
        repetitions = dict(zip(SPLITS, shares_of(args.recordings, args.split), strict=True))[split]
        conditions = range(len(args.shaft_speeds)), range(len(args.loads))
        return list(product(range(self.num_classes), *conditions, repetitions))

    def _record(self, label: int, speed: int, load: int, repetition: int) -> Any:
        # A generator of its own for each recording: none depends on which others were simulated before.
        cell = (label, speed, load, repetition)
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=cell))
        args = self.args
        return recording(args, CLASS_NAMES[label], args.shaft_speeds[speed], args.loads[load], rng)

    def train_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """Training windows, shuffled."""
        return self._loader("train", shuffle=True)

    def val_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """Validation windows, in order."""
        return self._loader("val")

    def test_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """Test windows, in order."""
        return self._loader("test")

    def predict_dataloader(self) -> DataLoader[tuple[Tensor, int]]:
        """The test windows, in order."""
        return self._loader("test")

    def _loader(self, split: str, shuffle: bool = False) -> DataLoader[tuple[Tensor, int]]:
        on_gpu = self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"
        return DataLoader(
            self.windows(split),
            batch_size=self.batch_size,
            shuffle=shuffle,
            num_workers=self.args.num_workers,
            persistent_workers=self.args.num_workers > 0,
            pin_memory=on_gpu,  # pinning helps only copies to a GPU
        )
