"""What pruning works on: the weights of layers, and how many of them are masked.

Vocabulary: a *target* is one parameter of one layer; a *unit* is what a method takes away: a single value, or with a
structured method one slice along `dim`.
"""

from __future__ import annotations

from typing import NamedTuple

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torchmetrics import Metric


class Target(NamedTuple):
    """One parameter of one layer; `key` is its name in the state dict."""

    layer: str
    module: nn.Module
    name: str

    @property
    def key(self) -> str:
        """Its name in the state dict of the whole module."""
        return f"{self.layer}.{self.name}"

    @property
    def parameter(self) -> nn.Parameter:
        """The trained values, masked or not."""
        owned = self.module._parameters
        found = owned.get(f"{self.name}_orig")
        return found if found is not None else owned[self.name]  # type: ignore[return-value]

    @property
    def mask(self) -> Tensor | None:
        """1 for what stays, 0 for what is pruned; None before the first pruning."""
        return self.module._buffers.get(f"{self.name}_mask")

    def units(self, dim: int | None) -> int:
        """Single values, or slices along `dim`."""
        return self.parameter.numel() if dim is None else self.parameter.shape[dim]

    def pruned(self, dim: int | None) -> int:
        """Units that are masked."""
        if self.mask is None:
            return 0
        if dim is None:
            return int((self.mask == 0).sum())
        return int((self.mask.transpose(0, dim).flatten(1) == 0).all(dim=1).sum())


def find_targets(module: pl.LightningModule, names: list[str]) -> list[Target]:
    """The named parameters of all layers that have weights of two dimensions or more and are being trained.

    Left out are norms, where a zero would silence a channel; what is frozen; networks inside of metrics; and the
    output of torch's attention, which reads the weight of that layer without calling it, past any mask.
    A parameter that several layers share is a target once, in the first of them.
    """
    closed = [outer for outer in module.modules() if isinstance(outer, Metric | nn.MultiheadAttention)]
    inside = {id(inner) for outer in closed for inner in outer.modules()}
    found, seen = [], set()
    for layer, inner in module.named_modules():
        if id(inner) in inside or not _is_layer(inner):
            continue
        for name in names:
            target = Target(layer, inner, name)
            if _trained(inner, name) and id(target.parameter) not in seen:
                seen.add(id(target.parameter))
                found.append(target)
    return found


def _is_layer(module: nn.Module) -> bool:
    owned = module._parameters
    weight = owned.get("weight_orig", owned.get("weight"))
    return weight is not None and not torch.nn.parameter.is_lazy(weight) and weight.ndim >= 2


def _trained(module: nn.Module, name: str) -> bool:
    owned = module._parameters
    parameter = owned.get(f"{name}_orig", owned.get(name))
    return parameter is not None and parameter.requires_grad


def sparsities(targets: list[Target]) -> dict[str, float]:
    """Share of pruned values: `sparsity` over all targets, `sparsity/<layer>` for each layer."""
    counts: dict[str, tuple[int, int]] = {}
    for target in targets:
        zeros, size = counts.get(target.layer, (0, 0))
        counts[target.layer] = zeros + target.pruned(None), size + target.units(None)
    whole = tuple(sum(column) for column in zip(*counts.values(), strict=True))
    shares = {f"sparsity/{layer}": zeros / size for layer, (zeros, size) in counts.items()}
    return {"sparsity": whole[0] / whole[1], **shares}
