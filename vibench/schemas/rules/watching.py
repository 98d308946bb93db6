"""Rules about the metrics that checkpoints and early stopping watch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.metrics import direction
from vibench.schemas.rules.registry import ARGS, Finding, rule, written
from vibench.schemas.trainer import TrainerArgs


def _watchers(args: TrainerArgs) -> Iterator[tuple[resolve.Watcher, str, str]]:
    """Who watches a metric: the watcher, the path of the monitor and of the mode it goes by."""
    for watcher, active in (
        ("checkpoint", args.enable_checkpointing and args.save_top_k != 0),
        ("early_stopping", resolve.early_stopping(args) is not None),
    ):
        own: Any = args.checkpoint if watcher == "checkpoint" else resolve.early_stopping(args)
        if active and not args.barebones:
            monitor = f"{ARGS}.{watcher}.monitor" if own.monitor else f"{ARGS}.monitor_metric"
            mode = f"{ARGS}.{watcher}.mode" if own.mode else f"{ARGS}.mode"
            yield watcher, monitor, mode  # type: ignore[misc]


@rule
def metric_direction(experiment: Experiment) -> Iterator[Finding]:
    """The direction of a watched metric is known, and a stated one is the usual one."""
    args = experiment.trainer.args
    seen = set()
    for watcher, monitor_path, mode_path in _watchers(args):
        monitor, mode = resolve.watched(args, watcher)
        if (monitor, mode) in seen:
            continue
        seen.add((monitor, mode))
        usual = direction(monitor)
        if mode is None:
            message = f"whether `{monitor}` is to rise or to fall cannot be read off its name"
            hint = "write `mode: min` or `mode: max`"
            yield Finding("unknown-direction", monitor_path, message, hint, (mode_path,))
        elif usual and mode != usual:
            message = f"`mode: {mode}` would keep the worst `{monitor}`, which is better the {_better(usual)} it is"
            hint = f"write `mode: {usual}`"
            yield Finding("monitor-direction", mode_path, message, hint, (monitor_path,))


def _better(mode: str) -> str:
    return "lower" if mode == "min" else "higher"


@rule
def validation_metric_without_validation(experiment: Experiment) -> Iterator[Finding]:
    """Early stopping on a validation metric needs validation."""
    args = experiment.trainer.args
    if resolve.early_stopping(args) is None or args.limit_val_batches != 0:
        return
    monitor, _ = resolve.watched(args, "early_stopping")
    if monitor.startswith("val"):
        message = f"early stopping watches `{monitor}`, and `limit_val_batches: 0` turns validation off"
        yield Finding("early-stopping-never", f"{ARGS}.early_stopping", message, also=(f"{ARGS}.limit_val_batches",))


@rule
def early_stopping_off(experiment: Experiment) -> Iterator[Finding]:
    """Settings of early stopping that nothing reads."""
    args = experiment.trainer.args
    if args.early_stopping is False:
        for name in written(args, ("patience", "min_delta")):
            message = f"nothing reads `{name}`: early stopping is off"
            hint = "write `early_stopping: true`"
            yield Finding("early-stopping-off", f"{ARGS}.{name}", message, hint, (f"{ARGS}.early_stopping",))
