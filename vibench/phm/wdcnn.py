"""WDCNN: a deep convolutional network with a wide first kernel, for raw vibration signals.

Zhang, Peng, Li, Chen & Zhang 2017, "A New Deep Learning Model for Fault Diagnosis with Good Anti-Noise and
Domain Adaptation Ability on Raw Vibration Signals", Sensors 17(2):425.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vibench.phm.settings import WDCNNArgs, checked

SEGMENTS = 3  # positions that remain of a window of 2048 samples in the paper


def _block(inside: int, outside: int, kernel: int, stride: int = 1, padding: int = 0) -> nn.Sequential:
    convolution = nn.Conv1d(inside, outside, kernel, stride, padding)
    return nn.Sequential(convolution, nn.BatchNorm1d(outside), nn.ReLU(), nn.MaxPool1d(2))


class Segments(nn.Module):
    """Averages over `count` equal stretches: (batch, channels, length) to (batch, channels, count).

    The same values as `AdaptiveAvgPool1d`, whose backward pass refuses `deterministic: true` on a GPU.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        """Average each stretch; stretches overlap where `length` is no multiple of `count`."""
        length = x.shape[-1]
        ends = [(i * length // self.count, -(-(i + 1) * length // self.count)) for i in range(self.count)]
        return torch.stack([x[..., first:last].mean(-1) for first, last in ends], dim=-1)


class WDCNN(nn.Module):
    """Class scores (batch, num_classes) of signals (batch, in_channels, length).

    Takes the settings of `WDCNNArgs` as keyword arguments. Raises `ValueError` where `in_channels` or
    `num_classes` is missing, or for a signal of another shape or shorter than `min_length`. For 2048 samples
    it is the paper's network; for other lengths the last feature map is averaged to the same size.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self.args = checked(WDCNNArgs, settings)
        self.in_channels = _known("in_channels", self.args.in_channels)
        self.num_classes = _known("num_classes", self.args.num_classes)
        self.features = self._convolutions()
        self.segments = Segments(SEGMENTS)
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(SEGMENTS * self.args.channels[-1], self.args.hidden),
            nn.ReLU(),
            nn.Dropout(self.args.dropout),
            nn.Linear(self.args.hidden, self.num_classes),
        )

    @property
    def min_length(self) -> int:
        """The shortest signal, in samples, of which the last feature map keeps one position."""
        args = self.args
        length = args.kernel + 1  # into the last convolution: two positions come out, and pool to one
        length *= 2 ** (len(args.channels) - 1)  # each block before halves
        needed: int = (length - 1) * args.first_stride + args.first_kernel - 2 * self._first_padding
        return max(1, needed)

    @property
    def _first_padding(self) -> int:
        # As the paper's: the first map has exactly length / stride positions.
        return max(0, self.args.first_kernel - self.args.first_stride) // 2

    def _convolutions(self) -> nn.Sequential:
        args = self.args
        first = _block(self.in_channels, args.channels[0], args.first_kernel, args.first_stride, self._first_padding)
        pairs = list(zip(args.channels, args.channels[1:], strict=False))
        # All but the last keep their length, as in the paper.
        paddings = [args.kernel // 2] * (len(pairs) - 1) + [0]
        rest = [_block(*pair, args.kernel, 1, padding) for pair, padding in zip(pairs, paddings, strict=True)]
        return nn.Sequential(first, *rest)

    def forward(self, x: Tensor) -> Tensor:
        """Scores before softmax, (batch, num_classes), of `x` (batch, in_channels, length ≥ `min_length`)."""
        self._check(x)
        scores: Tensor = self.classifier(self.segments(self.features(x)))
        return scores

    def _check(self, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[1] != self.in_channels:
            raise ValueError(f"expected (batch, {self.in_channels} channels, length), got {tuple(x.shape)}")
        if x.shape[2] < self.min_length:
            raise ValueError(
                f"expected windows of {self.min_length} samples or more, got {x.shape[2]}: "
                "lengthen data.args.window or lessen model.args.first_stride"
            )


def _known(name: str, value: int | None) -> int:
    if value is None:
        raise ValueError(f"`{name}` is not known: write model.args.{name}, or use data that states it")
    return value
