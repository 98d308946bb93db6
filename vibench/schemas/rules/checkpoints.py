"""Rules about checkpoints."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas.checkpoint_names import template_problem
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule, written
from vibench.schemas.trainer import CheckpointArgs


@rule("enable_checkpointing")
def checkpointing_off(experiment: Experiment) -> Iterator[Finding]:
    """Settings of checkpoints that nothing reads."""
    args = experiment.trainer.args
    if not args.enable_checkpointing:
        for name in written(args, (*CheckpointArgs.model_fields, "checkpoint")):
            message = f"nothing reads `{name}`: checkpointing is off"
            yield Finding("checkpointing-off", f"{ARGS}.{name}", message, also=(f"{ARGS}.enable_checkpointing",))


@rule("train_time_interval")
def checkpoint_triggers(experiment: Experiment) -> Iterator[Finding]:
    """`last.ckpt` is written by steps or by time."""
    args = experiment.trainer.args
    if args.every_n_train_steps is not None and args.train_time_interval is not None:
        message = "`every_n_train_steps` and `train_time_interval` cannot both be set"
        also = (f"{ARGS}.every_n_train_steps",)
        yield Finding("checkpoint-triggers", f"{ARGS}.train_time_interval", message, "keep one of them", also)


@rule("filename")
def filename_template(experiment: Experiment) -> Iterator[Finding]:
    """The file names can be filled in and are legal on every file system."""
    args = experiment.trainer.args
    if args.filename is None:
        return
    problem = template_problem(args.filename)
    if problem:
        hint = "for example `epoch{epoch:02d}-{val_loss:.3f}`"
        yield Finding("bad-filename", f"{ARGS}.filename", f"`{args.filename}`: {problem}", hint)
