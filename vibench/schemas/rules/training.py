"""Rules about how long, how often and on how much is trained."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule


@rule
def endless_training(experiment: Experiment) -> Iterator[Finding]:
    """Something must end the training."""
    args = experiment.trainer.args
    if resolve.epochs(args) == -1 and args.max_steps == -1 and args.max_time is None and not args.fast_dev_run:
        message = "training would never end: epochs, steps and time are all without a limit"
        also = (f"{ARGS}.max_steps", f"{ARGS}.max_time")
        yield Finding("endless-training", f"{ARGS}.num_epochs", message, "limit one of them", also)


@rule
def minimum_above_maximum(experiment: Experiment) -> Iterator[Finding]:
    """`min_epochs` ≤ `num_epochs`, `min_steps` ≤ `max_steps`."""
    args = experiment.trainer.args
    pairs = (("min_epochs", "num_epochs", resolve.epochs(args)), ("min_steps", "max_steps", args.max_steps))
    for low, high, most in pairs:
        least = getattr(args, low)
        if least is not None and most != -1 and least > most:
            message = f"`{low}` ({least}) is above `{high}` ({most})"
            yield Finding("min-above-max", f"{ARGS}.{low}", message, also=(f"{ARGS}.{high}",))


@rule
def validation_interval(experiment: Experiment) -> Iterator[Finding]:
    """Without epochs to count, validation goes by batches or time."""
    args = experiment.trainer.args
    if args.check_val_every_n_epoch is None and (
        args.val_check_interval is None or isinstance(args.val_check_interval, float)
    ):
        message = "`check_val_every_n_epoch: null` needs `val_check_interval` as a number of batches or a time"
        hint = "write `val_check_interval: 500`, for example"
        path = f"{ARGS}.val_check_interval" if args.val_check_interval else f"{ARGS}.check_val_every_n_epoch"
        yield Finding("val-interval", path, message, hint, (f"{ARGS}.check_val_every_n_epoch",))


@rule
def clip_algorithm_alone(experiment: Experiment) -> Iterator[Finding]:
    """The way to clip needs a limit to clip at."""
    args = experiment.trainer.args
    if args.gradient_clip_algorithm and args.gradient_clip_val is None:
        message = "nothing is clipped: `gradient_clip_val` is not written"
        also = (f"{ARGS}.gradient_clip_val",)
        yield Finding("clip-algorithm-alone", f"{ARGS}.gradient_clip_algorithm", message, also=also)


@rule
def one_batch(experiment: Experiment) -> Iterator[Finding]:
    """`limit_train_batches: 1` is one batch."""
    args = experiment.trainer.args
    for name in ("limit_train_batches", "limit_val_batches", "limit_test_batches", "limit_predict_batches"):
        value = getattr(args, name)
        if value == 1 and isinstance(value, int):
            yield Finding("one-batch", f"{ARGS}.{name}", "1 is one batch", "write 1.0 for all of them")
