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
    if not is_divided(trainer) or writes_shares(trainer):
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


def trust(trainer: pl.Trainer, trusted: bool) -> None:
    """Say whether the next checkpoint of a divided model may hold objects whose loading runs code.

    Lightning does not hand on what `fit` and `test` are told of it.
    """
    if is_divided(trainer):
        trainer.strategy.weights_only = not trusted  # type: ignore[attr-defined]


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
    """Load a checkpoint into each process's own shares."""
    from torch.distributed.fsdp import FSDPModule

    strategy: Any = trainer.strategy
    for module in strategy.model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()  # else it keeps the others' shares after a forward pass
    optimizers, strategy.optimizers = strategy.optimizers, []
    try:
        checkpoint = load(path, getattr(strategy, "weights_only", weights_only))
    finally:
        strategy.optimizers = optimizers
    if trainer.state.fn == "fit":
        for optimizer, state in zip(optimizers, checkpoint.get("optimizer_states", []), strict=False):
            _load_optimizer(strategy.model, optimizer, state)
    return checkpoint


def _load_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer, saved: State) -> None:
    """Load the state of an optimizer; parameters that it has made no step with have none, and get none."""
    from lightning_fabric.strategies.model_parallel import _rekey_optimizer_state_if_needed
    from torch.distributed.checkpoint.state_dict import StateDictOptions, set_optimizer_state_dict

    known: set[str] = set()
    if saved["state"]:
        state = _rekey_optimizer_state_if_needed(saved, model)
        known.update(state["state"])
        options = StateDictOptions(broadcast_from_rank0=True, full_state_dict=True, strict=False)
        set_optimizer_state_dict(model, optimizer, optim_state_dict=state, options=options)
    for name, parameter in model.named_parameters():
        if name not in known:
            optimizer.state.pop(parameter, None)
    for group, own in zip(optimizer.param_groups, saved["param_groups"], strict=True):
        group.update({key: value for key, value in own.items() if key != "params"})


def load_again(trainer: pl.Trainer) -> None:
    """Put weights and optimizers back to the checkpoint that a fit goes on from; called in all processes at once."""
    assert trainer.ckpt_path is not None
    trainer.strategy.load_checkpoint(trainer.ckpt_path)


def class_of(module: nn.Module) -> type:
    """The class that was written; torch's FSDP derives one of its own from it, or stands around it."""
    module = getattr(module, "_fsdp_wrapped_module", module)
    return next(one for one in type(module).__mro__ if not one.__module__.startswith("torch.distributed"))


def parameters(trainer: pl.Trainer) -> list[tuple[str, nn.Parameter]]:
    """All parameters by the names that they have where nothing is wrapped."""
    named = list(trainer.lightning_module.named_parameters())
    if not is_divided(trainer):
        return named
    from torch.distributed.fsdp._common_utils import clean_tensor_name

    return [(clean_tensor_name(name), one) for name, one in named]
