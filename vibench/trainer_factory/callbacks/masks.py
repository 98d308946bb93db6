"""Masks of torch's pruning, kept out of every state dict.

`torch.nn.utils.prune` splits a weight into `weight_orig` and `weight_mask`. Files with such keys load into nothing
but a module that is masked already. Here the state dict of a masked layer says `weight`, as if nothing were masked.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import prune

from vibench.trainer_factory.callbacks.pruning_targets import Target


def state(targets: list[Target]) -> dict[str, dict[str, Tensor]]:
    """The masks, and the trained values behind their zeros, which the norms of some optimizers see."""
    masked = [(target, target.mask) for target in targets if target.mask is not None]
    return {
        "masks": {target.key: mask.bool() for target, mask in masked},
        "dropped": {target.key: target.parameter.data[mask == 0] for target, mask in masked},
    }


def load(targets: list[Target], state: dict[str, Any]) -> None:
    """Put the masks of a checkpoint back on."""
    for target in targets:
        mask = state.get("masks", {}).get(target.key)
        if mask is not None:
            parameter = target.parameter
            prune.custom_from_mask(target.module, target.name, mask.to(parameter))  # type: ignore[no-untyped-call]
            parameter.data[mask.to(parameter.device).logical_not()] = state["dropped"][target.key].to(parameter)


def refresh(target: Target) -> None:
    """Recompute the masked weight, which is as old as the last forward pass, from what was trained since."""
    for hook in target.module._forward_pre_hooks.values():
        if isinstance(hook, prune.BasePruningMethod) and hook._tensor_name == target.name:
            hook(target.module, None)


def keep_state_dict_plain(target: Target) -> list[Any]:
    """Let a masked layer save and load its weight under the plain name; handles that end this."""
    module: Any = target.module
    return [
        module.register_state_dict_post_hook(partial(_plain, target.name)),
        module.register_load_state_dict_pre_hook(partial(_split, target.name)),
    ]


def _plain(name: str, module: nn.Module, state: dict[str, Any], prefix: str, metadata: Any) -> None:
    trained, mask = state.pop(f"{prefix}{name}_orig"), state.pop(f"{prefix}{name}_mask")
    state[f"{prefix}{name}"] = trained.masked_fill(mask == 0, 0.0)


def _split(name: str, module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    key = f"{prefix}{name}"
    if key in state:
        state[f"{key}_orig"] = state.pop(key)
        state[f"{key}_mask"] = module._buffers[f"{name}_mask"]


def remove_from(target: Target, handles: list[Any]) -> None:
    """Make the mask permanent: the weight is a plain parameter again, with zeros in it."""
    for handle in handles:
        handle.remove()
    if target.mask is not None:
        with torch.no_grad():
            prune.remove(target.module, target.name)  # type: ignore[no-untyped-call]
