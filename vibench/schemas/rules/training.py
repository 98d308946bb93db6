"""Rules about how long, how often and on how much is trained."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.trainer import TrainerArgs


@rule("num_epochs")
def endless_training(experiment: Experiment) -> Iterator[Finding]:
    """Something must end the training."""
    args = experiment.trainer.args
    if resolve.epochs(args) == -1 and args.max_steps == -1 and args.max_time is None and not args.fast_dev_run:
        message = "training would never end: epochs, steps and time are all without a limit"
        also = (f"{ARGS}.max_steps", f"{ARGS}.max_time")
        yield Finding("endless-training", f"{ARGS}.num_epochs", message, "limit one of them", also)


@rule("min_epochs", "min_steps")
def minimum_above_maximum(experiment: Experiment) -> Iterator[Finding]:
    """`min_epochs` ≤ `num_epochs`, `min_steps` ≤ `max_steps`."""
    args = experiment.trainer.args
    pairs = (("min_epochs", "num_epochs", resolve.epochs(args)), ("min_steps", "max_steps", args.max_steps))
    for low, high, most in pairs:
        least = getattr(args, low)
        if least is not None and most != -1 and least > most:
            message = f"`{low}` ({least}) is above `{high}` ({most})"
            yield Finding("min-above-max", f"{ARGS}.{low}", message, also=(f"{ARGS}.{high}",))


@rule("check_val_every_n_epoch")
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


@rule("gradient_clip_algorithm")
def clip_algorithm_alone(experiment: Experiment) -> Iterator[Finding]:
    """The way to clip needs a limit to clip at."""
    args = experiment.trainer.args
    if args.gradient_clip_algorithm and args.gradient_clip_val is None:
        message = "nothing is clipped: `gradient_clip_val` is not written"
        also = (f"{ARGS}.gradient_clip_val",)
        yield Finding("clip-algorithm-alone", f"{ARGS}.gradient_clip_algorithm", message, also=also)


_LIMITS = ("limit_train_batches", "limit_val_batches", "limit_test_batches", "limit_predict_batches")


@rule(*_LIMITS)
def one_batch(experiment: Experiment) -> Iterator[Finding]:
    """`limit_train_batches: 1` is one batch."""
    args = experiment.trainer.args
    for name in _LIMITS:
        value = getattr(args, name)
        if value == 1 and isinstance(value, int):
            message = f"`{name}: 1` is one batch, not all of them"
            yield Finding("one-batch", f"{ARGS}.{name}", message, "write 1.0 for all of them")


@rule("val_check_interval")
def interval_above_limit(experiment: Experiment) -> Iterator[Finding]:
    """A validation after more batches than an epoch has never comes; Lightning refuses it when training starts."""
    args = experiment.trainer.args
    interval, batches = args.val_check_interval, resolve.training_batches(args)
    if args.check_val_every_n_epoch is None or args.fast_dev_run or not resolve.validates(args):
        return
    if isinstance(interval, int) and batches and interval > batches:
        message = f"`val_check_interval: {interval}` is more than the {batches} training batches of an epoch"
        hint = "write `check_val_every_n_epoch: null` to count batches across epochs"
        yield Finding("val-interval", f"{ARGS}.val_check_interval", message, hint, (_limit(args),))


def _limit(args: TrainerArgs) -> str:
    return f"{ARGS}.{'overfit_batches' if args.overfit_batches else 'limit_train_batches'}"


@rule("limit_train_batches", "overfit_batches")
def accumulation_remainder(experiment: Experiment) -> Iterator[Finding]:
    """The last step of an epoch takes what is left over: fewer batches than the others."""
    args = experiment.trainer.args
    batches, given = resolve.training_batches(args), args.accumulate_grad_batches
    factors = given.values() if isinstance(given, dict) else [given]
    rests = [(factor, batches % factor) for factor in factors if batches and batches % factor]
    if rests and not args.fast_dev_run:
        factor, rest = rests[0]
        message = f"{batches} batches are no multiple of {factor}: the last step of each epoch adds up {rest} only"
        yield Finding("accumulation-remainder", f"{ARGS}.accumulate_grad_batches", message, also=(_limit(args),))


@rule("limit_train_batches")
def nothing_to_train_on(experiment: Experiment) -> Iterator[Finding]:
    """Without a training batch nothing is learned."""
    args = experiment.trainer.args
    if args.limit_train_batches == 0 and not args.overfit_batches and not args.fast_dev_run:
        message = "`limit_train_batches: 0` trains on nothing: the weights stay as they are"
        yield Finding("no-training", f"{ARGS}.limit_train_batches", message)


@rule("benchmark")
def deterministic_and_benchmark(experiment: Experiment) -> Iterator[Finding]:
    """The fastest algorithm is another one each time that it is looked for."""
    args = experiment.trainer.args
    if args.deterministic and args.benchmark:
        message = "`benchmark` picks algorithms by their speed, and `deterministic` asks for the same ones each time"
        also = (f"{ARGS}.deterministic",)
        yield Finding("deterministic-benchmark", f"{ARGS}.benchmark", message, "remove one of them", also)


@rule("limit_val_batches")
def plateau_without_validation(experiment: Experiment) -> Iterator[Finding]:
    """A schedule that watches a validation metric needs validation; Lightning fails after the first epoch."""
    scheduler = resolve.arguments(experiment.task).get("scheduler")
    name = scheduler.get("name") if isinstance(scheduler, dict) else scheduler
    known = resolve.logged(experiment.task) is not None and name == "ReduceLROnPlateau"
    if known and not resolve.validates(experiment.trainer.args):
        message = "`ReduceLROnPlateau` watches a validation metric, and `limit_val_batches: 0` turns validation off"
        yield Finding("plateau-never", "task.args.scheduler", message, also=(f"{ARGS}.limit_val_batches",))
