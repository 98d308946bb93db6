"""`model.safetensors`: the weights for inference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from safetensors.torch import save_model

from vibench.files import replacing
from vibench.trainer_factory.divided import class_of

Weights = Mapping[str, torch.Tensor]


class _Holder:
    """Weights without the layers that they belong to, with the one method that is asked of a module."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        self._weights = weights

    def state_dict(self) -> dict[str, torch.Tensor]:
        """The weights by their names."""
        return self._weights


def export_weights(task: pl.LightningModule, path: Path, whole: Weights | None = None) -> None:
    """Write the weights of the task's `model`, or of the whole module where it has none; shared ones once.

    `whole`: all weights of the task, where the module holds a share of them.
    """
    inner = getattr(task, "model", None)
    module = inner if isinstance(inner, torch.nn.Module) else task
    holder: Any = module
    if whole is not None:
        prefix = _prefix(task, module)
        own = {name.removeprefix(prefix): one for name, one in whole.items() if name.startswith(prefix)}
        holder = _Holder(_compact(own))
    with replacing(path) as beside:
        save_model(holder, str(beside), metadata={"format": "pt", "class": class_of(module).__qualname__})


def _prefix(task: pl.LightningModule, module: torch.nn.Module) -> str:
    """How the names of a module's weights begin among those of the task."""
    names = [name for name, one in task.named_modules(remove_duplicate=False) if one is module and name]
    return f"{names[0]}.".replace("_fsdp_wrapped_module.", "") if names else ""


def _compact(weights: Weights) -> dict[str, torch.Tensor]:
    """Copies without the padding that was gathered with the shares; what was shared is shared still."""
    places = {name: (one.data_ptr(), one.shape, one.stride()) for name, one in weights.items()}
    copies = {place: weights[name].clone() for name, place in places.items()}
    return {name: copies[place] for name, place in places.items()}


def weights_in(checkpoint: str, *, trust: bool = False) -> Weights:
    """The weights of a checkpoint; `trust`: it may hold objects whose loading runs code."""
    weights: Weights = torch.load(checkpoint, map_location="cpu", weights_only=not trust)["state_dict"]
    return weights
