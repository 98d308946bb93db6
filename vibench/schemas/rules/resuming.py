"""Rules about going on from a checkpoint, and about what is tuned before a training."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule


@rule("resume_from_checkpoint")
def one_origin(experiment: Experiment) -> Iterator[Finding]:
    """A training goes on from one place, and so does each of its iterations."""
    args, path = experiment.trainer.args, f"{ARGS}.resume_from_checkpoint"
    if args.resume_from_checkpoint is None:
        return
    if args.auto_resume:
        message = "`resume_from_checkpoint` and `auto_resume` name two places to go on from"
        yield Finding("resume-conflict", path, message, "keep one of them", (f"{ARGS}.auto_resume",))
    if experiment.environment.iterations > 1:
        message = f"from one checkpoint, {experiment.environment.iterations} iterations would all be the same training"
        yield Finding("resume-conflict", path, message, "write `iterations: 1`", ("environment.iterations",))


@rule("auto_resume")
def nothing_to_resume(experiment: Experiment) -> Iterator[Finding]:
    """`auto_resume` needs a checkpoint that holds the state of the training."""
    args = experiment.trainer.args
    if not args.auto_resume:
        return
    for name, value in (("enable_checkpointing", False), ("save_last", False), ("save_weights_only", True)):
        if getattr(args, name) is value:
            setting = f"{name}: {str(value).lower()}"
            message = f"`auto_resume` goes on from `last.ckpt`, and `{setting}` leaves none to go on from"
            yield Finding("resume-conflict", f"{ARGS}.auto_resume", message, f"remove `{name}`", (f"{ARGS}.{name}",))


@rule("fast_dev_run")
def tuning_a_trial(experiment: Experiment) -> Iterator[Finding]:
    """Lightning's tuner does nothing in a run of a few batches."""
    args = experiment.trainer.args
    for name in ("auto_lr_find", "auto_scale_batch_size"):
        if args.fast_dev_run and getattr(args, name):
            message = f"`{name}` finds nothing where `fast_dev_run` runs a few batches only"
            yield Finding("tuner-conflict", f"{ARGS}.{name}", message, "remove one of them", (f"{ARGS}.fast_dev_run",))
