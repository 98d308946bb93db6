"""A training that made no optimizer step is no success, whatever its exit looked like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibench.diagnostics import ConfigError, Diagnostic, diagnostic
from vibench.schemas.trainer import TrainerArgs

if TYPE_CHECKING:
    import pytorch_lightning as pl

ARGS = "trainer.args"


def expect_steps(trainer: pl.Trainer, args: TrainerArgs, *, began_at: int) -> str:
    """After a fit: a note where there was nothing to optimize.

    `began_at`: the step that the fit continued from; one whose steps were all made before only tests.

    Raises ConfigError if the fit made no optimizer step: no batch arrived, every loss was None, or time was up.
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
    """Whether `training_step` returned None for every batch: Lightning counts steps all the same."""
    from vibench.trainer_factory.callbacks.watch import Watch

    watches = [one for one in trainer.callbacks if isinstance(one, Watch)]  # type: ignore[attr-defined]
    return trainer.lightning_module.automatic_optimization and bool(watches) and not watches[0].learned


def _nothing_trained(trainer: pl.Trainer, args: TrainerArgs) -> Diagnostic:
    """Why no step was made, at the setting that bears on it."""
    batches = trainer.fit_loop.epoch_loop.batch_progress.total.completed
    if batches:
        why = f"{batches} batches, and no optimizer step: `training_step` returned None for all of them"
        if not trainer.lightning_module.automatic_optimization:
            why = f"{batches} batches, and no optimizer step: `training_step` never called `step()` of an optimizer"
        return _finding("task", why, "return the loss from `training_step`")
    if args.limit_train_batches == 0:
        return _finding(f"{ARGS}.limit_train_batches", "`limit_train_batches: 0` leaves no batch", "remove it")
    if args.max_time is not None and trainer.num_training_batches != 0:
        return _finding(f"{ARGS}.max_time", "the time was up before the first batch", "raise `max_time`")
    hint = "see that the training set is not empty, and that `drop_last` does not drop its only batch"
    return _finding("data", "the training data gave no batch", hint)


def _finding(path: str, why: str, hint: str) -> Diagnostic:
    return diagnostic("nothing-trained", path, f"nothing was trained: {why}", hint=hint)
