"""Fails a run that made no optimizer step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibench.diagnostics import ConfigError, Diagnostic, diagnostic
from vibench.schemas.trainer import TrainerArgs

if TYPE_CHECKING:
    import pytorch_lightning as pl

ARGS = "trainer.args"


def check_trained(trainer: pl.Trainer, args: TrainerArgs, *, began_at: int) -> str:
    """Check after a fit that it made an optimizer step; returns a note if the task has no optimizer, else "".

    `began_at`: the step that the fit resumed from. Above 0 nothing is checked, since all steps may have been made.

    Raises ConfigError (`nothing-trained`) if no batch arrived, every loss was None, or the time was up.
    """
    from pytorch_lightning.core.optimizer import _MockOptimizer

    if began_at > 0 or trainer.fast_dev_run:  # type: ignore[attr-defined]
        return ""
    if trainer.optimizers and all(isinstance(one, _MockOptimizer) for one in trainer.optimizers):
        return "nothing was optimized: `configure_optimizers` returned None"
    if trainer.global_step == 0 or _only_skipped(trainer):
        raise ConfigError((_nothing_trained(trainer, args),))
    return ""


def _only_skipped(trainer: pl.Trainer) -> bool:
    """Whether `training_step` returned None for every batch; Lightning counts these as steps."""
    from vibench.trainer_factory.callbacks.watch import Watch

    watches = [one for one in trainer.callbacks if isinstance(one, Watch)]  # type: ignore[attr-defined]
    return trainer.lightning_module.automatic_optimization and bool(watches) and not watches[0].learned


def _nothing_trained(trainer: pl.Trainer, args: TrainerArgs) -> Diagnostic:
    """The reason why no step was made, located at the setting to change."""
    batches = trainer.fit_loop.epoch_loop.batch_progress.total.completed
    if batches:
        why = f"`training_step` returned None for all {batches} batches"
        if not trainer.lightning_module.automatic_optimization:
            why = f"`training_step` never called `optimizer.step()` in {batches} batches"
            return _finding("task", why, "call `step()` of the optimizers, or use automatic optimization")
        return _finding("task", why, "return the loss from `training_step`")
    if args.limit_train_batches == 0:
        return _finding(f"{ARGS}.limit_train_batches", "`limit_train_batches` is 0", "remove it")
    if args.max_time is not None and trainer.num_training_batches != 0:
        return _finding(f"{ARGS}.max_time", "`max_time` was over before the first batch", "raise `max_time`")
    hint = "check that the training set is not empty and that `drop_last` does not drop its only batch"
    return _finding("data", "the training dataloader yielded no batch", hint)


def _finding(path: str, why: str, hint: str) -> Diagnostic:
    return diagnostic("nothing-trained", path, f"nothing was trained: {why}", hint=hint)
