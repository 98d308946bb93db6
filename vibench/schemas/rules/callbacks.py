"""Rules about the callbacks of a file, beside those that vibench makes."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule


@rule
def callback_clashes(experiment: Experiment) -> Iterator[Finding]:
    """One progress bar; no checkpoint callback where checkpointing is off."""
    args = experiment.trainer.args
    bars = 0
    for index, component in enumerate(args.callbacks):
        name = (component.class_path or component.name or "").rpartition(".")[2]
        path = f"{ARGS}.callbacks.{index}"
        bars += name.endswith("ProgressBar")
        if name.endswith("ProgressBar") and bars > 1:
            yield Finding("duplicate-callback", path, "two progress bars cannot be shown at once")
        if name == "ModelCheckpoint" and not args.enable_checkpointing:
            message = "`enable_checkpointing: false` forbids a `ModelCheckpoint`"
            yield Finding("duplicate-callback", path, message, also=(f"{ARGS}.enable_checkpointing",))
        if name == "GradientAccumulationScheduler" and args.accumulate_grad_batches != 1:
            message = "`accumulate_grad_batches` and a `GradientAccumulationScheduler` cannot both be set"
            yield Finding("duplicate-callback", path, message, also=(f"{ARGS}.accumulate_grad_batches",))
