"""Hooks of older Lightning versions: a method of such a name is never called."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from vibench.config.signatures.lineage import Lineage

_BOTH = {
    "on_epoch_start": "`on_train_epoch_start` (and `on_validation_epoch_start`, `on_test_epoch_start`)",
    "on_epoch_end": "`on_train_epoch_end` (and `on_validation_epoch_end`, `on_test_epoch_end`)",
    "on_batch_start": "`on_train_batch_start`",
    "on_batch_end": "`on_train_batch_end`",
    "on_pretrain_routine_start": "`on_fit_start`",
    "on_pretrain_routine_end": "`on_fit_start`",
}
_MODULE = {
    **_BOTH,
    "training_epoch_end": "`on_train_epoch_end`; keep what the steps return in an attribute",
    "validation_epoch_end": "`on_validation_epoch_end`; keep what the steps return in an attribute",
    "test_epoch_end": "`on_test_epoch_end`; keep what the steps return in an attribute",
    "predict_epoch_end": "`on_predict_epoch_end`",
    "training_step_end": "`training_step`, or `on_train_batch_end`",
    "validation_step_end": "`validation_step`, or `on_validation_batch_end`",
    "test_step_end": "`test_step`, or `on_test_batch_end`",
    "on_post_move_to_device": "`configure_model`",
    "on_hpc_save": "`on_save_checkpoint`",
    "on_hpc_load": "`on_load_checkpoint`",
    "get_progress_bar_dict": "`get_metrics` of the progress bar callback",
    "tbptt_split_batch": "a loop of one's own in `training_step`, with manual optimization",
}
_CALLBACK = {
    **_BOTH,
    "on_init_start": "`setup`",
    "on_init_end": "`setup`",
    "on_before_accelerator_backend_setup": "`setup`",
    "on_configure_sharded_model": "`setup`",
    "on_keyboard_interrupt": "`on_exception`",
}
_DATA = {
    "on_train_dataloader": "`train_dataloader`",
    "on_val_dataloader": "`val_dataloader`",
    "on_test_dataloader": "`test_dataloader`",
    "on_predict_dataloader": "`predict_dataloader`",
    "on_hpc_save": "`state_dict`",
    "on_hpc_load": "`load_state_dict`",
}
# Hooks that Lightning called once, by the place of a config that its class stands in, with the hook of today.
DEAD: dict[str, dict[str, str]] = {
    "task": {**_MODULE, **_DATA},
    "model": {**_MODULE, **_DATA},
    "callbacks": _CALLBACK,
    "data": _DATA,
}
_LIGHTNINGS = ("pytorch_lightning.", "lightning_fabric.", "torch.")


class DeadHook(NamedTuple):
    """A method that nothing calls: its class, its name, what to write instead, and where it is."""

    owner: str
    name: str
    instead: str
    place: str


def dead_hooks(line: Lineage, kind: str) -> Iterator[DeadHook]:
    """Methods of the user's classes that Lightning would have called once and nothing in the classes calls."""
    own = [one for one in line.classes if not one.path.startswith(_LIGHTNINGS)]
    called = {name for one in own for name in _called(one.node)}
    for one in own:
        assert isinstance(one.node, ast.ClassDef)
        for method in one.node.body:
            name = getattr(method, "name", "")
            if name in DEAD.get(kind, {}) and name not in called:
                yield DeadHook(one.node.name, name, DEAD[kind][name], f"{one.module.path}:{method.lineno}")


def _called(tree: ast.AST) -> Iterator[str]:
    """Names of the methods that a class calls of itself."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            yield called.attr
