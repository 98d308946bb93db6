"""Rules about metrics that the built-in task does not log."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from string import Formatter
from typing import NamedTuple

from vibench.schemas import resolve
from vibench.schemas.experiment import DEFAULT_TRAINER, Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.rules.watches import WATCHERS, has_own_code, lightnings_callbacks, watches
from vibench.schemas.trainer import TrainerArgs

_COUNTERS = ("epoch", "step")  # a checkpoint knows them without anyone logging them
_RATES = "lr-"  # what Lightning's LearningRateMonitor logs


class _Use(NamedTuple):
    """A place that names a metric, and whether it may be a counter."""

    metric: str
    path: str
    counters: bool


def _uses(args: TrainerArgs, known: tuple[str, ...]) -> Iterator[_Use]:
    """The places that name a metric which is none of those known."""
    for watch in watches(args):
        if watch.monitor not in known:
            yield _Use(watch.monitor, watch.monitor_path, watch.kind == "checkpoint")
    for template, path in _templates(args):
        yield from (_Use(name, path, True) for name in _fields(template) if name not in known)


def _templates(args: TrainerArgs) -> Iterator[tuple[str, str]]:
    """The templates of file names, and where they stand."""
    if args.filename and args.enable_checkpointing and not args.barebones:
        yield args.filename, f"{ARGS}.filename"
    for callback in lightnings_callbacks(args):
        template = callback.arguments.get("filename") if callback.name == "ModelCheckpoint" else None
        if isinstance(template, str):
            yield template, f"{callback.arguments_path}.filename"


@lru_cache(64)
def _fields(template: str) -> tuple[str, ...]:
    """The names in braces; none of a template that cannot be read, which has a finding of its own."""
    try:
        return tuple(name for _, name, _, _ in Formatter().parse(template) if name)
    except ValueError:
        return ()


@rule("monitor_metric", "filename", "checkpoint", "early_stopping", *WATCHERS)
def metrics_that_nobody_logs(experiment: Experiment) -> Iterator[Finding]:
    """The built-in task declares what it logs; a callback or trainer of the user's own may log more."""
    args, declared = experiment.trainer.args, resolve.logged(experiment.task)
    if declared is None or args.fast_dev_run:
        return
    known = _in_training(declared)
    for use in dict.fromkeys(_uses(args, known)):
        counted = use.counters and use.metric in _COUNTERS
        if not counted and not use.metric.startswith(_RATES):
            unsure = has_own_code(args) or experiment.trainer.name != DEFAULT_TRAINER
            yield _unknown(use, known, declared, unsure)


@cache
def _in_training(declared: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(metric for metric in declared if not metric.startswith("test_"))


def _unknown(use: _Use, known: tuple[str, ...], declared: tuple[str, ...], unsure: bool) -> Finding:
    why = "only after the training" if use.metric in declared else "nowhere"
    who = "a callback or trainer of yours would have to" if unsure else f"it logs {', '.join(known)}"
    message = f"the task logs `{use.metric}` {why}: {who}"
    match = _closest(use.metric.removeprefix("test_"), known)
    hint = f"did you mean `{match}`?" if match else ""
    return Finding("undeclared-metric" if unsure else "unknown-metric", use.path, message, hint, suggestion=match)


def _closest(metric: str, known: tuple[str, ...]) -> str:
    """The metric that is meant: of the validation where a bare name is written, else the closest one."""
    from difflib import get_close_matches

    bare = f"val_{metric}"
    return bare if bare in known else next(iter(get_close_matches(metric, known, 1)), "")
