"""A block whose forward pass runs again when its gradients are asked for, and leaves no second trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Recomputing:
    """Runs a block under torch's checkpointing; random numbers and autocast of the first run hold for the second.

    `called`: told, at each forward pass that keeps something for a backward pass.
    """

    def __init__(self, called: Callable[[], None]) -> None:
        self.called = called

    def __call__(self, block: nn.Module, *args: Any, **kwargs: Any) -> Any:
        """The block's output."""
        if not torch.is_grad_enabled():
            return block(*args, **kwargs)
        self.called()
        return checkpoint(block, *args, use_reentrant=False, context_fn=Buffers(block).contexts, **kwargs)


class Buffers:
    """The buffers of a block around both runs: batch norm must count a batch once, not twice.

    The second run works on copies, which begin as the buffers stood at the first (a spectral norm goes on from there).
    """

    def __init__(self, block: nn.Module) -> None:
        self.block = block
        self.earlier: dict[tuple[nn.Module, str], Tensor] = {}

    def contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Around the first run, and around the second."""
        return self._first(), self._second()

    def _all(self) -> dict[tuple[nn.Module, str], Tensor]:
        owners = self.block.modules()
        return {(owner, name): b for owner in owners for name, b in owner._buffers.items() if b is not None}

    @contextmanager
    def _first(self) -> Iterator[None]:
        before = {key: (buffer, buffer._version, buffer.detach().clone()) for key, buffer in self._all().items()}
        yield
        now = self._all()
        for key, (buffer, version, copy) in before.items():
            if now.get(key) is not buffer or buffer._version != version:
                self.earlier[key] = copy  # kept until the backward pass: only what the block changes

    @contextmanager
    def _second(self) -> Iterator[None]:
        real = self._all()
        for (owner, name), buffer in real.items():
            owner._buffers[name] = self.earlier.get((owner, name), buffer).detach().clone()
        try:
            yield
        finally:  # torch leaves the second run by an exception as soon as it has what it needs
            for (owner, name), buffer in real.items():
                owner._buffers[name] = buffer
