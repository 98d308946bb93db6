"""Activations that are recomputed in the backward pass and not kept in memory."""

from __future__ import annotations

import inspect
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.utilities import rank_zero_info, rank_zero_warn
from torch import nn
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.callbacks.blocks import Blocks, named_blocks, repeated_blocks
from vibench.trainer_factory.callbacks.compiled import is_compiled
from vibench.trainer_factory.callbacks.recomputing import Recomputing

METHOD = "gradient_checkpointing_enable"
PATH = "trainer.args.gradient_checkpointing"


class ActivationCheckpointing(callbacks.Callback):
    """Lets the model do it its own way (`gradient_checkpointing_enable`), else wraps blocks of it while it trains.

    `modules`: class names, or names of modules, with `*`; without it, the blocks that the model repeats.
    Names in checkpoints stay as they are. Raises ConfigError when training starts if there is nothing to wrap.
    """

    def __init__(self, modules: list[str] | None = None) -> None:
        self.modules = modules
        self._own: Any = None  # the module that does it itself
        self._wrapped: dict[nn.Module, nn.Module] = {}
        self._idle: set[str] = set()  # blocks that no forward pass has called yet

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Wrap; say what."""
        if is_compiled(pl_module):
            message = "`torch.compile` decides itself what is recomputed: its blocks cannot be wrapped"
            raise _refused("not-with-compile", message, "do not compile the model, or remove this")
        self._own = _able(pl_module) if self.modules is None else None
        if self._own is not None:
            _enable(self._own)
            rank_zero_info(f"gradient checkpointing: {type(self._own).__name__} does it itself")
            return
        blocks = self._blocks(pl_module)
        self._idle = set(blocks)
        self._wrapped = {block: self._wrapper(name, block) for name, block in blocks.items()}
        replace(pl_module, self._wrapped)
        rank_zero_info(f"gradient checkpointing: {len(blocks)} blocks recompute: {', '.join(blocks)}")

    def _wrapper(self, name: str, block: nn.Module) -> nn.Module:
        return checkpoint_wrapper(block, checkpoint_fn=Recomputing(lambda: self._idle.discard(name)))

    def _blocks(self, module: pl.LightningModule) -> Blocks:
        if self.modules is None:
            blocks = repeated_blocks(module)
            if not blocks:
                message = f"`{type(module).__name__}` repeats no blocks that could recompute their activations"
                raise _refused(
                    "nothing-to-checkpoint", message, "name modules: `gradient_checkpointing: {modules: […]}`"
                )
            return blocks
        blocks, unmatched = named_blocks(module, self.modules)
        if unmatched:
            names = [f"`{name}`" for name, _ in module.named_children()]
            message = f"no module that can be called is named `{unmatched[0]}`, or is of such a class"
            raise _refused("nothing-to-checkpoint", message, f"the task holds {', '.join(names)}", ".modules")
        return blocks

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """After the first batch: a block whose weights are read without a call saves no memory.

        Raises ConfigError if no block was called.
        """
        idle = sorted(self._idle)
        self._idle = set()
        if idle and len(idle) == len(self._wrapped):
            message = f"the training step calls none of {', '.join(idle)}"
            raise _refused("nothing-to-checkpoint", message, "name other modules")
        if idle:
            rank_zero_warn(f"gradient checkpointing: the first training step did not call {', '.join(idle)}")

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Leave the model as it was."""
        self._undo(pl_module)

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Leave the model as it was."""
        self._undo(pl_module)

    def _undo(self, module: pl.LightningModule) -> None:
        if self._own is not None and hasattr(self._own, "gradient_checkpointing_disable"):
            self._own.gradient_checkpointing_disable()
        replace(module, {wrapper: block for block, wrapper in self._wrapped.items()})
        self._own, self._wrapped = None, {}


def replace(module: nn.Module, others: dict[nn.Module, nn.Module]) -> None:
    """Put other modules in the places of some, in every place that a module stands in."""
    for parent in list(module.modules()):
        for name, child in parent._modules.items():
            if child in others:
                parent._modules[name] = others[child]


def _able(module: nn.Module) -> Any:
    """The outermost module that does it itself."""
    able = (inner for inner in module.modules() if callable(getattr(inner, METHOD, None)))
    return next(able, None)


def _enable(own: Any) -> None:
    enable = getattr(own, METHOD)
    takes = "gradient_checkpointing_kwargs" in inspect.signature(enable).parameters
    try:
        # Torch's other implementation loses the gradients where no input of a block needs one.
        enable(**({"gradient_checkpointing_kwargs": {"use_reentrant": False}} if takes else {}))
    except (ValueError, NotImplementedError) as error:
        hint = "name modules: `gradient_checkpointing: {modules: […]}`"
        raise _refused("nothing-to-checkpoint", f"`{type(own).__name__}` refuses: {error}", hint) from error


def _refused(code: str, message: str, hint: str, below: str = "") -> ConfigError:
    return ConfigError((diagnostic(code, f"{PATH}{below}", message, hint=hint),))
