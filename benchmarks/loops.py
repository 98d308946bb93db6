"""The same training without a Trainer: a loop on Lightning Fabric, and one in torch alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.fits import EPOCHS, Clock, Fit
from benchmarks.subjects import Subject

Batches = Iterable[list[Tensor]]


def fabric(subject: Subject, folder: str) -> Fit:
    """On Fabric, which puts things where they belong."""
    helper = Fabric(accelerator=subject.accelerator, devices=1)
    net, optimizer = helper.setup(*_parts(subject))
    train, val = helper.setup_dataloaders(*_loaders(subject))
    return _looped(net, optimizer, train, val, helper.backward)


def raw(subject: Subject, folder: str) -> Fit:
    """In torch alone."""
    device = torch.device("cuda" if subject.accelerator == "gpu" else "cpu")
    net, optimizer = _parts(subject, device)
    train, val = (_Moved(loader, device) for loader in _loaders(subject))
    return _looped(net, optimizer, train, val, Tensor.backward)


def _parts(subject: Subject, device: torch.device | None = None) -> tuple[nn.Module, torch.optim.Optimizer]:
    net: Any = subject.task().model
    net.to(device)
    return net, torch.optim.Adam(net.parameters())


def _loaders(subject: Subject) -> tuple[Any, Any]:
    subject.data.setup("fit")
    return subject.data.train_dataloader(), subject.data.val_dataloader()


class _Moved:
    """Batches of a loader on a device."""

    def __init__(self, loader: Batches, device: torch.device) -> None:
        self.loader, self.device = loader, device

    def __iter__(self) -> Any:
        return ([one.to(self.device, non_blocking=True) for one in batch] for batch in self.loader)


def _looped(
    net: nn.Module, optimizer: torch.optim.Optimizer, train: Batches, val: Batches, backward: Callable[[Tensor], Any]
) -> Fit:
    """Train and validate for as many epochs as the Trainers do."""
    clock, steps = Clock(), 0
    clock.start()
    for _ in range(EPOCHS):
        net.train()
        for inputs, labels in train:
            optimizer.zero_grad()
            backward(functional.cross_entropy(net(inputs), labels))
            optimizer.step()
            steps += 1
        net.eval()
        with torch.inference_mode():
            sum(functional.cross_entropy(net(inputs), labels) for inputs, labels in val)
    clock.stop()
    return clock.fit(steps)
