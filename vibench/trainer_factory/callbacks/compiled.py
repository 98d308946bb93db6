"""Whether `torch.compile` has taken hold of a module."""

from __future__ import annotations

import pytorch_lightning as pl
from torch import nn


def is_compiled(module: pl.LightningModule) -> bool:
    """It, or a module inside of it, was compiled."""
    return getattr(module, "_compiler_ctx", None) is not None or any(map(_is_compiled, module.modules()))


def _is_compiled(module: nn.Module) -> bool:
    # By name: importing the class imports the compiler, which takes seconds.
    return type(module).__name__ == "OptimizedModule" or module._compiled_call_impl is not None
