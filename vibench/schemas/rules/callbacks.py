"""Rules about the callbacks of a file, beside those that vibench makes and beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.rules.watches import Callback, lightnings_callbacks
from vibench.schemas.trainer import TrainerArgs

# Of these, one: a second would do the same again, or Lightning refuses it.
_ONE_OF_A_KIND: dict[str, str] = {
    "RichProgressBar": "progress bar",
    "TQDMProgressBar": "progress bar",
    "ModelSummary": "summary of the model",
    "RichModelSummary": "summary of the model",
    "WeightAveraging": "average of the weights",
    "EMAWeightAveraging": "average of the weights",
    "StochasticWeightAveraging": "stochastic average of the weights",
    "BackboneFinetuning": "plan for the backbone",
    "BatchSizeFinder": "search for a batch size",
    "LearningRateFinder": "search for a learning rate",
    "LearningRateMonitor": "monitor of the learning rate",
    "DeviceStatsMonitor": "monitor of the devices",
    "GradientAccumulationScheduler": "schedule of the accumulation",
    "SpikeDetection": "watch over jumps of the loss",
    "Timer": "timer",
}


def _triggers(given: dict[str, Any]) -> tuple[Any, ...]:
    """When a ModelCheckpoint saves; every epoch where nothing is written."""
    names = ("every_n_train_steps", "every_n_epochs", "train_time_interval")
    if all(given.get(name) is None for name in names):
        return 0, 1, ""
    steps, epochs, time = (given.get(name) for name in names)
    return steps or 0, epochs or 0, time or ""


def _kind(callback: Callback) -> tuple[Any, ...] | None:
    """What Lightning tells callbacks apart by; None for those that may stand several times."""
    given = callback.arguments
    if callback.name == "EarlyStopping":
        return "early stopping", given.get("monitor")
    if callback.name == "ModelCheckpoint":
        return "ModelCheckpoint", given.get("monitor"), given.get("mode") or "min", *_triggers(given)
    noun = _ONE_OF_A_KIND.get(callback.name)
    return (noun,) if noun else None


_AS_WE_MAKE = ("ModelCheckpoint", "EarlyStopping")


def _made(args: TrainerArgs) -> Iterator[tuple[tuple[Any, ...], str]]:
    """The checkpoints and the early stopping that vibench makes, and the settings behind them."""
    if args.barebones:
        return
    if args.enable_checkpointing:
        monitor, mode = resolve.watched(args, "checkpoint")
        ranked = monitor if args.save_top_k else None
        triggers = _triggers({"every_n_epochs": args.every_n_epochs})
        yield ("ModelCheckpoint", ranked, mode or "min", *triggers), f"{ARGS}.monitor_metric"
    if resolve.early_stopping(args) is not None:
        yield ("early stopping", resolve.watched(args, "early_stopping")[0]), f"{ARGS}.early_stopping"


@rule(*_AS_WE_MAKE, *_ONE_OF_A_KIND)
def twice_the_same(experiment: Experiment) -> Iterator[Finding]:
    """No callback does again what another one does already."""
    args = experiment.trainer.args
    callbacks = lightnings_callbacks(args)
    seen = list(_made(args)) if any(callback.name in _AS_WE_MAKE for callback in callbacks) else []
    for callback in callbacks:
        kind = _kind(callback)
        if kind is None:
            continue
        first = next((path for other, path in seen if other == kind), "")
        if first:
            hint = "remove one of them" if ".callbacks." in first else _instead(kind)
            yield Finding("duplicate-callback", callback.path, _twice(kind), hint, (first,))
        seen.append((kind, callback.path))


def _twice(kind: tuple[Any, ...]) -> str:
    if kind[0] == "early stopping":
        return f"there is early stopping on `{kind[1]}` already"
    if kind[0] == "ModelCheckpoint":
        watching = f"watches `{kind[1]}`" if kind[1] else "keeps the newest"
        return f"another `ModelCheckpoint` {watching} at the same times: Lightning cannot tell their states apart"
    return f"there is a {kind[0]} already"


def _instead(kind: tuple[Any, ...]) -> str:
    setting = "early_stopping" if kind[0] == "early stopping" else "checkpoint"
    return f"remove it, and write its arguments under `{setting}`"


Refuses = Callable[[TrainerArgs], bool]
# What a callback cannot stand beside: the setting, when, and why.
_AGAINST: dict[str, tuple[str, Refuses, str]] = {
    **dict.fromkeys(
        ("RichProgressBar", "TQDMProgressBar"),
        ("enable_progress_bar", lambda args: not args.enable_progress_bar, "is false"),
    ),
    **dict.fromkeys(
        ("ModelSummary", "RichModelSummary"),
        ("enable_model_summary", lambda args: not args.enable_model_summary, "is false"),
    ),
    **dict.fromkeys(
        ("ModelCheckpoint", "OnExceptionCheckpoint"),
        ("enable_checkpointing", lambda args: not args.enable_checkpointing, "is false"),
    ),
    "Timer": ("max_time", lambda args: args.max_time is not None, "would be ignored beside it"),
    "GradientAccumulationScheduler": (
        "accumulate_grad_batches",
        lambda args: args.accumulate_grad_batches != 1,
        "sets the same",
    ),
    "ModelPruning": ("pruning", lambda args: bool(args.pruning), "prunes already"),
    "BatchSizeFinder": ("auto_scale_batch_size", lambda args: bool(args.auto_scale_batch_size), "searches already"),
    "LearningRateFinder": ("auto_lr_find", lambda args: bool(args.auto_lr_find), "searches already"),
}


@rule(*_AGAINST)
def callbacks_against_settings(experiment: Experiment) -> Iterator[Finding]:
    """A callback and a setting that say opposite things, or the same."""
    args = experiment.trainer.args
    for callback in lightnings_callbacks(args):
        name, refuses, why = _AGAINST.get(callback.name, ("", None, ""))
        if refuses and refuses(args):
            message = f"`{callback.name}` does not go with `{name}`, which {why}"
            yield Finding("duplicate-callback", callback.path, message, "remove one of them", (f"{ARGS}.{name}",))


# They need a log, a checkpoint or a display, and `barebones` has none.
_NEED_MORE_THAN_THE_LOOP = (
    "EarlyStopping", "ModelCheckpoint", "OnExceptionCheckpoint", "LearningRateMonitor", "DeviceStatsMonitor",
    "RichProgressBar", "TQDMProgressBar", "ModelSummary", "RichModelSummary",
)  # fmt: skip


@rule("barebones")
def callbacks_of_barebones(experiment: Experiment) -> Iterator[Finding]:
    """`barebones` has no logs, checkpoints and displays."""
    args = experiment.trainer.args
    for callback in lightnings_callbacks(args):
        if args.barebones and callback.name in _NEED_MORE_THAN_THE_LOOP:
            message = f"`barebones: true` forbids `{callback.name}`"
            yield Finding("barebones-conflict", callback.path, message, "remove one of them", (f"{ARGS}.barebones",))


# Strategies that a callback refuses once training starts.
_NOT_WITH = {
    "BatchSizeFinder": ("ddp", "fsdp", "deepspeed"),
    "StochasticWeightAveraging": ("fsdp", "deepspeed"),
    "BackboneFinetuning": ("fsdp", "deepspeed"),
    "GradientAccumulationScheduler": ("deepspeed",),
}


@rule(*_NOT_WITH)
def callbacks_and_strategy(experiment: Experiment) -> Iterator[Finding]:
    """Some callbacks do not work over several processes, or with a model in pieces."""
    args = experiment.trainer.args
    strategy = "ddp" if resolve.is_ddp(args) else resolve.strategy(args)
    for callback in lightnings_callbacks(args):
        if strategy in _NOT_WITH.get(callback.name, ()):
            message = f"`{callback.name}` does not work with the strategy `{strategy}`"
            yield Finding("callback-strategy", callback.path, message, "remove it", (f"{ARGS}.strategy",))


@rule("OnExceptionCheckpoint")
def silent_resume(experiment: Experiment) -> Iterator[Finding]:
    """Lightning's fit goes on from what an OnExceptionCheckpoint left, unless it is told what to go on from."""
    args = experiment.trainer.args
    for callback in lightnings_callbacks(args):
        if callback.name == "OnExceptionCheckpoint" and not args.resume_from_checkpoint:
            message = (
                "with `OnExceptionCheckpoint`, training goes on from the file it left, also when none is asked for"
            )
            hint = (
                "write `checkpoint: {save_on_exception: true}`: it saves below the run and is resumed when you say so"
            )
            yield Finding("callback-resumes", callback.path, message, hint)
