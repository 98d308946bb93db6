"""Strategies that leave each process a share of the weights: FSDP, and Lightning's ModelParallelStrategy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.precision import FSDPPrecision
from pytorch_lightning.strategies import FSDPStrategy, ModelParallelStrategy
from torch import nn

State = dict[str, Any]


class WholeNorm(FSDPPrecision):
    """Clips by the norm of all gradients together, of which each process has a share; Lightning's own refuses to."""

    _root: Any = None

    def _clip_gradients(self, model: Any, *args: Any, **kwargs: Any) -> None:
        self._root = model.trainer.strategy.model
        super()._clip_gradients(model, *args, **kwargs)

    def clip_grad_by_norm(self, optimizer: Any, clip_val: int | float, *_: Any, **__: Any) -> None:
        """Scale the gradients of the whole model down to the norm `clip_val` (> 0), where theirs is larger."""
        if not hasattr(self._root, "clip_grad_norm_"):  # of a task that has wrapped its own parts
            super().clip_grad_by_norm(optimizer, clip_val)
        if clip_val > 0:
            self._root.clip_grad_norm_(clip_val)


def is_divided(trainer: pl.Trainer) -> bool:
    """Whether each process holds a share of the weights alone."""
    return isinstance(trainer.strategy, FSDPStrategy | ModelParallelStrategy)


def writes_shares(trainer: pl.Trainer) -> bool:
    """Whether each process writes its own share of a checkpoint, which is a folder then."""
    strategy: Any = trainer.strategy
    own = getattr(strategy, "_save_distributed_checkpoint", False)
    return bool(own or getattr(strategy, "_state_dict_type", "full") == "sharded")


def mend(trainer: pl.Trainer) -> None:
    """Make up for what Lightning and torch lack where a model is divided; nothing to do for another.

    FSDP clips by the norm, too. A checkpoint may hold no state of an optimizer: before its first step, or of plain SGD.
    For FSDP2 torch makes a step with gradients of zero to learn what state there is (Adam's would count it), and
    Lightning loads into what each process holds at the time.
    """
    strategy: Any = trainer.strategy
    if not is_divided(trainer):
        return
    gather, load = strategy.optimizer_state, strategy.load_checkpoint
    if isinstance(trainer.strategy, ModelParallelStrategy):
        strategy.optimizer_state = lambda optimizer: _untouched(optimizer, gather)
        strategy.load_checkpoint = lambda path, weights_only=None: _loaded(trainer, load, path, weights_only)
        return
    strategy.optimizer_state = lambda optimizer: _with_entries(gather(optimizer))
    if type(strategy.precision_plugin) is FSDPPrecision:
        precision: Any = strategy.precision_plugin.precision
        strategy.precision_plugin = WholeNorm(precision)


def _with_entries(state: State) -> State:
    """Lightning looks at the first entry of a state that it loads: an empty one gets some that say nothing."""
    if state.get("state") == {}:
        state["state"].update({name: {} for group in state["param_groups"] for name in group["params"]})
    return state


def _untouched(optimizer: Any, gather: Callable[[Any], State]) -> State:
    """The state of an optimizer, which has none afterwards if it had none before."""
    new = not optimizer.state
    state = gather(optimizer)
    if new:
        optimizer.state.clear()
        state = {**state, "state": {}} if state else state
    return state


def _loaded(trainer: pl.Trainer, load: Callable[..., State], path: Any, weights_only: bool | None) -> State:
    """Load a checkpoint into each process's own shares, and leave optimizers alone that it holds no state of."""
    from torch.distributed.fsdp import FSDPModule

    strategy: Any = trainer.strategy
    for module in strategy.model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()  # else it keeps the others' shares after a forward pass
    optimizers = strategy.optimizers
    saved = torch.load(path, map_location="cpu", weights_only=weights_only, mmap=True).get("optimizer_states", [])
    if trainer.state.fn != "fit" or not any(one["state"] for one in saved):
        strategy.optimizers = []
    try:
        return load(path, weights_only)
    finally:
        strategy.optimizers = optimizers


def load_again(trainer: pl.Trainer) -> None:
    """Put weights and optimizers back to the checkpoint that a fit goes on from; called in all processes at once."""
    assert trainer.ckpt_path is not None
    trainer.strategy.load_checkpoint(trainer.ckpt_path)


def parameters(trainer: pl.Trainer) -> list[tuple[str, nn.Parameter]]:
    """All parameters by the names that they have where nothing is wrapped."""
    named = list(trainer.lightning_module.named_parameters())
    if not is_divided(trainer):
        return named
    from torch.distributed.fsdp._common_utils import clean_tensor_name

    return [(clean_tensor_name(name), one) for name, one in named]
