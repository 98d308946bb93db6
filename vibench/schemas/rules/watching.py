"""Rules about the metrics that checkpoints and early stopping watch."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.metrics import direction, respelt
from vibench.schemas.rules.registry import ARGS, Finding, rule, written
from vibench.schemas.rules.watches import WATCHERS, Watch, of_validation, watches


@rule("monitor_metric", "mode", "checkpoint", "early_stopping", *WATCHERS)
def metric_direction(experiment: Experiment) -> Iterator[Finding]:
    """The direction of a watched metric is known, and the one it goes by is the usual one."""
    seen = set()
    for watch in watches(experiment.trainer.args):
        usual = direction(watch.monitor)
        if watch.mode is not None and usual in (None, watch.mode):
            continue
        places = (watch.monitor_path, watch.mode_path)
        if places in seen:
            continue
        seen.add(places)
        if watch.mode is None:
            message = f"whether `{watch.monitor}` is to rise or to fall cannot be read off its name"
            right = respelt(watch.monitor)
            hint = f"did you mean `{right}`? Else write" if right else "write"
            hint += " `mode: min` or `mode: max`"
            yield Finding("unknown-direction", watch.monitor_path, message, hint, (watch.mode_path,))
        elif usual:
            yield _against_the_usual(watch, usual)


def _against_the_usual(watch: Watch, usual: str) -> Finding:
    mode = f"`mode: {watch.mode}`" if watch.stated else f"`mode` is not written, and Lightning's `{watch.mode}`"
    better = "lower" if usual == "min" else "higher"
    message = f"{mode} would keep the worst `{watch.monitor}`, which is better the {better} it is"
    blamed, other = (watch.mode_path, watch.monitor_path) if watch.stated else (watch.monitor_path, watch.mode_path)
    return Finding("monitor-direction", blamed, message, f"write `mode: {usual}`", (other,))


@rule("limit_val_batches")
def validation_metric_without_validation(experiment: Experiment) -> Iterator[Finding]:
    """A validation metric is never logged without validation: early stopping fails, and no checkpoint is the best."""
    args = experiment.trainer.args
    if resolve.validates(args):
        return
    also = (f"{ARGS}.limit_val_batches",)
    watching = [watch for watch in watches(args) if of_validation(watch.monitor)]
    stopping = [watch for watch in watching if watch.kind == "early_stopping"]
    for watch in stopping or watching:
        off = f"`{watch.monitor}`, and `limit_val_batches: 0` turns validation off"
        if stopping:
            yield Finding("early-stopping-never", watch.path, f"early stopping watches {off}", also=also)
        else:
            hint = "write `monitor_metric: train_loss`, for example, or `save_top_k: 0` to keep `last.ckpt` alone"
            path = also[0] if watch.path == f"{ARGS}.save_top_k" else watch.path
            yield Finding("best-without-validation", path, f"the best checkpoints are judged by {off}", hint, also)


@rule("save_top_k")
def top_k_without_monitor(experiment: Experiment) -> Iterator[Finding]:
    """Which checkpoints are the best is a choice; `val_loss` is only a guess at it, unless the task logs it."""
    args = experiment.trainer.args
    chosen = args.checkpoint.monitor or written(args, ("monitor_metric",))
    asked = args.enable_checkpointing and args.save_top_k > 1 and written(args, ("save_top_k",))
    if asked and not chosen and args.monitor_metric not in (resolve.logged(experiment.task) or ()):
        message = f"`save_top_k: {args.save_top_k}` keeps the best, and no metric is named to judge them by"
        hint = f"write `monitor_metric` (`{args.monitor_metric}` is taken where it is logged)"
        yield Finding("top-k-without-monitor", f"{ARGS}.save_top_k", message, hint)


@rule("patience", "min_delta")
def early_stopping_off(experiment: Experiment) -> Iterator[Finding]:
    """Settings of early stopping that nothing reads."""
    args = experiment.trainer.args
    if args.early_stopping is False:
        for name in written(args, ("patience", "min_delta")):
            message = f"nothing reads `{name}`: early stopping is off"
            hint = "write `early_stopping: true`"
            yield Finding("early-stopping-off", f"{ARGS}.{name}", message, hint, (f"{ARGS}.early_stopping",))
