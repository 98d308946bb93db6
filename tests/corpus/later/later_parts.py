"""Classes that the configs beside this file name; only training shows what is wrong with them."""

import own_parts
import pytorch_lightning as pl
import torch
from torch import nn


class Scale(nn.Module):
    """A network without a matrix."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, signal):
        return signal[:, 0, :2] * self.scale


class Compiled(own_parts.SmallNet):
    """Compiles itself."""

    def __init__(self):
        super().__init__()
        self.compile()


class Even(own_parts.SmallNet):
    """Takes what its signature does not tell."""

    def __init__(self, channels: int):
        if channels % 2:
            raise ValueError(f"an even number of channels is needed, got {channels}")
        super().__init__(channels)


class Fixed(own_parts.Classify):
    """Has no learning rate to change."""

    def __init__(self, model):
        super().__init__(model)
        del self.lr

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 1e-3)


class Dots(pl.callbacks.ProgressBar):
    """A progress bar of one's own."""

    def disable(self):
        pass
