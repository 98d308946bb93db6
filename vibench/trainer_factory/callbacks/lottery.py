"""The lottery ticket: what survives a pruning starts again from its first value (Frankle & Carbin 2019)."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from vibench.trainer_factory.callbacks.pruning_targets import Target


class FirstWeights:
    """Copies, in main memory, of the layers as training found them."""

    def __init__(self, targets: list[Target]) -> None:
        self.targets = targets
        self.layers: dict[str, nn.Module] = {
            layer: deepcopy(module).cpu()
            for layer, module in {target.layer: target.module for target in targets}.items()
        }

    @torch.no_grad()
    def rewind(self, *, resample: bool) -> None:
        """Give every target its first values back, or new ones of the same distribution where the layer knows it.

        The values are copied: Lightning's own rewinding shares the memory, so that training changes what is kept.
        """
        layers = {name: _drawn_anew(layer) for name, layer in self.layers.items()} if resample else self.layers
        for target in self.targets:
            target.parameter.data.copy_(getattr(layers[target.layer], target.name))

    def state(self) -> dict[str, Tensor]:
        """The values, for a checkpoint."""
        return {target.key: getattr(self.layers[target.layer], target.name).data for target in self.targets}

    def load(self, state: dict[str, Tensor]) -> None:
        """Take the values of a checkpoint."""
        for target in self.targets:
            if target.key in state:
                getattr(self.layers[target.layer], target.name).data.copy_(state[target.key])


def _drawn_anew(layer: nn.Module) -> nn.Module:
    reset = getattr(layer, "reset_parameters", None)
    if not callable(reset):
        return layer
    drawn = deepcopy(layer)
    drawn.reset_parameters()  # type: ignore[operator]
    return drawn
