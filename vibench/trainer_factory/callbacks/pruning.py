"""Pruning on a schedule, whose amount is the final sparsity and not a share of what the last pruning left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from pytorch_lightning import callbacks
from pytorch_lightning.utilities import rank_zero_info, rank_zero_warn
from pytorch_lightning.utilities.seed import isolate_rng
from torch.nn.utils import prune

from vibench.schemas.resolve import pruning_epochs
from vibench.trainer_factory.callbacks import masks
from vibench.trainer_factory.callbacks.lottery import FirstWeights
from vibench.trainer_factory.callbacks.pruning_checks import Amount, asked, check_amounts, check_network
from vibench.trainer_factory.callbacks.pruning_targets import Target, find_targets, sparsities
from vibench.trainer_factory.callbacks.ranking import judge_anew


class ModelPruning(callbacks.ModelPruning):
    """Lightning's pruning with a schedule of its own; it keeps the name.

    `amount`: final share (or number) of the weights that are zero, or three shares, one for each stage.
    `schedule`: `once` prunes when an epoch begins, at half of the epochs; three shares at 1/4, 1/2 and 3/4 of them.
    `every_epoch` prunes that share of the rest when an epoch ends, as Lightning does.
    The other arguments are Lightning's.

    Pruning starts the ranking of checkpoints anew: one from before is of a denser network. Masks, the values behind
    them and the first weights are part of a checkpoint, whose own weights are plain, with zeros in them.
    Raises ConfigError when training starts if nothing can be pruned, or not by that amount.
    """

    def __init__(
        self,
        pruning_fn: str = "l1_unstructured",
        amount: Amount | list[float] = 0.2,
        schedule: Literal["once", "every_epoch"] = "once",
        parameter_names: list[str] | None = None,
        **options: Any,
    ) -> None:
        self.stages: list[Amount] = [*amount] if isinstance(amount, list) else [amount]
        super().__init__(pruning_fn, (), parameter_names or ["weight"], amount=self.stages[-1], **options)
        self.schedule = schedule
        self.dim: int | None = options.get("pruning_dim") if pruning_fn.endswith("_structured") else None
        self.targets: list[Target] = []
        self.first: FirstWeights | None = None
        self._epochs: list[int | None] = []  # when each stage begins; None: never
        self._rewind_due = False
        self._seed: int | None = None
        self._restored: dict[str, Any] = {}
        self._handles: dict[str, list[Any]] = {}

    # ---- start and end

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Nothing yet: the module may build its layers in hooks that come later."""

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Find what to prune; put masks of a checkpoint back on."""
        found = find_targets(pl_module, list(self._parameter_names))
        check_network(trainer, pl_module, found)
        check_amounts(found, self.stages, self.dim, self._use_global_unstructured)
        if not any(target.mask is not None for target in found):
            self.targets = found
            self._parameters_to_prune = [(target.module, target.name) for target in found]
            self.first = FirstWeights(found) if self._use_lottery_ticket_hypothesis else None
        self._put_back(self._restored)
        if self._seed is None:  # one for all processes, and for a run that goes on
            self._seed = int(trainer.strategy.broadcast(torch.initial_seed())) % 2**32

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Place the stages; say so if no epoch will see the final amount."""
        if self.schedule == "every_epoch":
            return
        epochs = _epochs_of(trainer)
        self._epochs = pruning_epochs(len(self.stages), epochs)
        if self._epochs[-1] is None and not getattr(trainer, "fast_dev_run", False):
            length = f"{epochs} epochs are" if epochs else "a training without a limit of epochs or steps is"
            rank_zero_warn(f"pruning will not reach its amount ({self.stages[-1]}): {length} no schedule for it")

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say so if training ended too early; the masks stay until the last checkpoint is written."""
        if self._epochs and self._epochs[-1] is not None and any(self._missing(self.stages[-1])):
            share = sparsities(self.targets)["sparsity"]
            rank_zero_warn(
                f"training ended after {trainer.current_epoch} epochs, before the pruning to {self.stages[-1]} after "
                f"{self._epochs[-1]} of them: {share:.1%} of the weights are zero"
            )

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Make the masks permanent."""
        if self._make_pruning_permanent:
            for target in self.targets:
                masks.remove_from(target, self._handles.pop(target.key, []))

    # ---- the schedule

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Prune to the amount of the stage that this epoch is in.

        The ticket of a pruning at the end of an epoch is drawn here: the last one is not trained any more, and
        rewinding it would throw the training away.
        """
        begun = [epoch is not None and epoch <= trainer.current_epoch for epoch in self._epochs]
        if any(begun):
            self._prune(trainer, self.stages[sum(begun) - 1])
        if self._rewind_due:
            self._rewind(trainer.current_epoch)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Prune, where that is asked for after every epoch; log the sparsity."""
        if self.schedule == "every_epoch":
            self._prune(trainer, self.stages[-1])
        values = sparsities(self.targets)
        step = trainer.fit_loop.epoch_loop._batches_that_stepped - 1  # that of the epoch's other metrics
        for logger in trainer.loggers:
            logger.log_metrics(values, step=max(step, 0))

    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        """Let weights that are read without a call of their layer have today's values, and gradients."""
        self._refresh()

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Likewise: torch's transformer validates so."""
        self._refresh()

    def _refresh(self) -> None:
        for target in self.targets:
            masks.refresh(target)

    def _missing(self, amount: Amount) -> list[int]:
        """Units still to go: in each target, or over all of them where pruning is global."""
        counts = [(target.pruned(self.dim), target.units(self.dim)) for target in self.targets]
        if self._use_global_unstructured:
            counts = [(sum(gone for gone, _ in counts), sum(units for _, units in counts))]
        if self.schedule == "every_epoch":
            return [min(asked(amount, units - gone), units - gone - 1) for gone, units in counts]
        return [max(asked(amount, units) - gone, 0) for gone, units in counts]

    # ---- pruning

    @torch.no_grad()
    def _prune(self, trainer: pl.Trainer, amount: Amount) -> None:
        missing = self._missing(amount)
        if not any(missing):
            return
        self._refresh()
        with self._seeded(trainer.current_epoch):
            self._take_away(missing)
        self._keep_state_dicts_plain()
        judge_anew(trainer, patience=self.schedule != "every_epoch")
        self._rewind_due = self.first is not None
        rank_zero_info(f"pruning: {sparsities(self.targets)['sparsity']:.1%} of the weights are zero from here on")

    def _take_away(self, missing: list[int]) -> None:
        if self._use_global_unstructured:
            prune.global_unstructured(self._parameters_to_prune, self.pruning_fn, amount=missing[0])
            return
        method: Any = self.pruning_fn
        for target, units in zip(self.targets, missing, strict=True):
            if units:
                method(target.module, name=target.name, amount=units)

    def _keep_state_dicts_plain(self) -> None:
        for target in self.targets:
            if target.mask is not None and target.key not in self._handles:
                self._handles[target.key] = masks.keep_state_dict_plain(target)

    def _rewind(self, epoch: int) -> None:
        if self.first is not None:
            with self._seeded(epoch):
                self.first.rewind(resample=self._resample_parameters)
        self._rewind_due = False
        self._forget_what_is_not_needed()

    def _forget_what_is_not_needed(self) -> None:
        """After the last pruning nothing is rewound: checkpoints get smaller."""
        if self.schedule == "once" and not self._rewind_due and not any(self._missing(self.stages[-1])):
            self.first = None

    @contextmanager
    def _seeded(self, epoch: int) -> Iterator[None]:
        """Random numbers that are the same on every process; those of the training are left alone."""
        with isolate_rng():
            torch.manual_seed((self._seed or 0) + epoch)
            yield

    # ---- checkpoints

    def on_save_checkpoint(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Nothing to do: the weights are plain already, also in checkpoints without the callbacks."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values, so that the file loads with `weights_only`."""
        state: dict[str, Any] = {"rewind_due": self._rewind_due, "seed": self._seed, **masks.state(self.targets)}
        if self.first is not None:
            state["first"] = self.first.state()
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep it until the module is complete."""
        self._restored = state_dict

    def _put_back(self, state: dict[str, Any]) -> None:
        masks.load(self.targets, state)
        self._keep_state_dicts_plain()
        if self.first is not None and state:
            self.first.load(state.get("first", {}))
        self._rewind_due = state.get("rewind_due", False)
        self._seed = state.get("seed", self._seed)
        self._restored = {}
        self._forget_what_is_not_needed()


def _epochs_of(trainer: pl.Trainer) -> int | None:
    """Epochs that the training has if nothing stops it; None if neither epochs nor steps limit it."""
    limits = [trainer.max_epochs] if trainer.max_epochs not in (None, -1) else []
    if trainer.max_steps != -1 and math.isfinite(trainer.num_training_batches):
        each = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
        limits.append(math.ceil(trainer.max_steps / max(each, 1)))
    return min((limit for limit in limits if limit is not None), default=None)
