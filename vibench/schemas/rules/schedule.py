"""Rules about what the length of the training leaves no room for."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.rules.watches import lightnings_callbacks, of_validation, watches
from vibench.schemas.trainer import TrainerArgs

EPOCHS = f"{ARGS}.num_epochs"


@rule("early_stopping", "EarlyStopping")
def patience(experiment: Experiment) -> Iterator[Finding]:
    """Early stopping needs more checks than it has patience."""
    args = experiment.trainer.args
    own = resolve.early_stopping(args)
    if args.fast_dev_run or args.barebones:
        return
    if own and own.stopping_threshold is None and own.divergence_threshold is None:
        path = f"{ARGS}.patience" if "patience" in args.model_fields_set else f"{ARGS}.early_stopping"
        yield from _never_runs_out(args, args.patience, own.check_on_train_epoch_end, path)
    for callback in lightnings_callbacks(args):
        given = callback.arguments
        if callback.name == "EarlyStopping" and not {"stopping_threshold", "divergence_threshold"} & set(given):
            path = f"{callback.arguments_path}.patience" if "patience" in given else callback.path
            yield from _never_runs_out(args, given.get("patience", 3), given.get("check_on_train_epoch_end"), path)


def _never_runs_out(args: TrainerArgs, patience: object, every_epoch: object, path: str) -> Iterator[Finding]:
    checks = resolve.epochs(args) if every_epoch else resolve.validations(args)
    if isinstance(patience, int) and checks is not None and -1 < checks <= patience:
        message = f"early stopping can never come: `patience` is {patience}, and the metric is checked {checks} times"
        yield Finding("patience-never", path, message, "write less patience, or more epochs", (EPOCHS,))


@rule("check_val_every_n_epoch", "num_epochs")
def validation_after_the_end(experiment: Experiment) -> Iterator[Finding]:
    """The first validation comes before the end, if something watches what it logs."""
    args = experiment.trainer.args
    every, total = args.check_val_every_n_epoch, resolve.epochs(args)
    if every is None or total == -1 or every <= total or args.fast_dev_run or not resolve.validates(args):
        return
    metrics = sorted({watch.monitor for watch in watches(args) if of_validation(watch.monitor)})
    if metrics:
        names = ", ".join(f"`{metric}`" for metric in metrics)
        message = f"there is no validation in {total} epochs, and {names} is watched"
        path = f"{ARGS}.check_val_every_n_epoch"
        yield Finding("validation-never", path, message, f"write at most {total}", (EPOCHS,))


@rule("every_n_epochs")
def checkpoint_after_the_end(experiment: Experiment) -> Iterator[Finding]:
    """The first checkpoint comes before the end."""
    args = experiment.trainer.args
    every, total = args.every_n_epochs, resolve.epochs(args)
    if args.enable_checkpointing and every and -1 < total < every:
        message = f"no best checkpoint is kept: `every_n_epochs` is {every}, and training ends after {total}"
        yield Finding("checkpoint-never", f"{ARGS}.every_n_epochs", message, f"write at most {total}", (EPOCHS,))


# Arguments of callbacks that hold the epoch of their first act: what they are by default, what they count from.
_FIRST_EPOCH: dict[str, tuple[str, int | None, int]] = {
    "BackboneFinetuning": ("unfreeze_backbone_at_epoch", 10, 0),
    "StochasticWeightAveraging": ("swa_epoch_start", None, 1),
    "EMAWeightAveraging": ("update_starting_at_epoch", None, 0),
}


@rule(*_FIRST_EPOCH)
def callback_after_the_end(experiment: Experiment) -> Iterator[Finding]:
    """A callback that waits for an epoch waits for one that comes."""
    args = experiment.trainer.args
    total = resolve.epochs(args)
    for callback in lightnings_callbacks(args):
        argument, default, first = _FIRST_EPOCH.get(callback.name, ("", None, 0))
        epoch = callback.arguments.get(argument, default)
        if isinstance(epoch, int) and -1 < total <= epoch - first:
            message = (
                f"`{callback.name}` waits for epoch {epoch}, counted from {first}, and training ends after {total}"
            )
            path = f"{callback.arguments_path}.{argument}" if argument in callback.arguments else callback.path
            yield Finding("callback-never", path, message, f"lower `{argument}`", (EPOCHS,))
