"""A data module, a network and a task, written as any Lightning user would write them. Nothing here knows vibench."""

import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class TonesData(pl.LightningDataModule):
    """Noisy tones of two frequencies; the class is the frequency."""

    def __init__(self, batch_size: int = 32, length: int = 256, noise: float = 0.5, seed: int = 0) -> None:
        super().__init__()
        self.batch_size = batch_size
        self.length = length
        self.noise = noise
        self.seed = seed

    def setup(self, stage: str) -> None:
        random = torch.Generator().manual_seed(self.seed)
        time = torch.arange(self.length) / self.length
        label = torch.arange(768) % 2
        phase = torch.rand(768, 1, generator=random)
        tones = torch.sin(2 * torch.pi * ((8 + 8 * label[:, None]) * time + phase))
        signal = tones + self.noise * torch.randn(tones.shape, generator=random)
        self.parts = torch.utils.data.random_split(TensorDataset(signal[:, None], label), [512, 128, 128], random)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[0], self.batch_size, shuffle=True)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[1], self.batch_size)

    def test_dataloader(self) -> DataLoader:
        return DataLoader(self.parts[2], self.batch_size)


class SmallNet(nn.Sequential):
    """Convolution, pooling, and a linear layer: (batch, 1, length) → (batch, classes)."""

    def __init__(self, channels: int = 8, classes: int = 2) -> None:
        super().__init__(
            nn.Conv1d(1, channels, 32, stride=4),
            nn.ReLU(),
            nn.AdaptiveMaxPool1d(4),
            nn.Flatten(),
            nn.Linear(4 * channels, classes),
        )


class Classify(pl.LightningModule):
    """Cross-entropy; logs `val_loss` and `val_acc`."""

    def __init__(self, model: nn.Module, lr: float = 1e-3) -> None:
        super().__init__()
        self.model = model
        self.lr = lr

    def _step(self, batch: tuple[torch.Tensor, torch.Tensor], stage: str) -> torch.Tensor:
        signal, label = batch
        logits = self.model(signal)
        loss = nn.functional.cross_entropy(logits, label)
        self.log(f"{stage}_loss", loss)
        self.log(f"{stage}_acc", (logits.argmax(1) == label).float().mean(), prog_bar=True)
        return loss

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self._step(batch, "val")

    def test_step(self, batch, batch_idx):
        self._step(batch, "test")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), self.lr)
