"""Rules about runs that only try something out: `fast_dev_run`, `overfit_batches`."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule, written
from vibench.schemas.rules.watches import of_validation, watches
from vibench.schemas.trainer import CheckpointArgs, TrainerArgs

_FOR_LATER = (*CheckpointArgs.model_fields, "checkpoint", "early_stopping", "resume_from_checkpoint", "auto_resume")


def _expected(args: TrainerArgs) -> list[str]:
    """The written settings that a run of a few batches does not act on."""
    return [name for name in written(args, _FOR_LATER) if getattr(args, name) not in (False, None)]


@rule("fast_dev_run")
def fast_dev_run(experiment: Experiment) -> Iterator[Finding]:
    """A run of a few batches keeps no checkpoint, stops by no metric and goes on from nowhere."""
    args = experiment.trainer.args
    names = _expected(args)
    if args.fast_dev_run and names:
        listed = ", ".join(f"`{name}`" for name in names)
        message = f"`fast_dev_run` ends after a few batches and keeps no checkpoint: nothing reads {listed}"
        hint = "write `limit_train_batches` and `num_epochs` for a short run that keeps them"
        also = tuple(f"{ARGS}.{name}" for name in names)
        yield Finding("fast-dev-run-keeps-nothing", f"{ARGS}.fast_dev_run", message, hint, also)


@rule("overfit_batches")
def overfit_batches(experiment: Experiment) -> Iterator[Finding]:
    """A validation of a few batches says little about which weights are the best."""
    args = experiment.trainer.args
    default = f"{ARGS}.monitor_metric" if "monitor_metric" not in args.model_fields_set else ""
    for watch in watches(args):
        asked = watch.kind == "early_stopping" or watch.monitor_path != default
        if args.overfit_batches and asked and of_validation(watch.monitor):
            share = f"`overfit_batches: {args.overfit_batches}`"
            message = f"`{watch.monitor}` is watched, and {share} cuts the validation down to as little"
            hint = "watch `train_loss`, for example"
            yield Finding("overfit-validation", f"{ARGS}.overfit_batches", message, hint, (watch.monitor_path,))
            return
