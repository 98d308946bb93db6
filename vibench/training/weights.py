"""`model.safetensors`: the weights for inference."""

from __future__ import annotations

from pathlib import Path

import pytorch_lightning as pl
import torch
from safetensors.torch import save_model

from vibench.files import replacing


def export_weights(task: pl.LightningModule, path: Path) -> None:
    """Write the weights of the task's `model`, or of the whole module where it has none; shared ones once."""
    inner = getattr(task, "model", None)
    module = inner if isinstance(inner, torch.nn.Module) else task
    with replacing(path) as beside:
        save_model(module, str(beside), metadata={"format": "pt", "class": type(module).__qualname__})


def load_best(task: pl.LightningModule, checkpoint: str, *, trust: bool = False) -> None:
    """Put the weights of a checkpoint into the module; `trust`: it may hold objects whose loading runs code."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=not trust)
    task.load_state_dict(state["state_dict"])
