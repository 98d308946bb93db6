"""Rules about pruning."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.rules.strategies import DIVIDES, written_strategy
from vibench.schemas.trainer import PruningSettings, TrainerArgs

_AVERAGING = ("StochasticWeightAveraging", "WeightAveraging", "EMAWeightAveraging")


# Settings of pruning that depend on others: why nothing reads them, or nothing.
_UNREAD_WHERE: dict[str, Callable[[TrainerArgs, PruningSettings], str]] = {
    "dim": lambda args, _: "" if resolve.is_structured(args) else f"`{args.pruning_method}` takes single weights",
    "norm": lambda args, _: "" if args.pruning_method == "ln_structured" else f"`{args.pruning_method}` has no norm",
    "resample_parameters": lambda _, own: (
        "" if own.use_lottery_ticket_hypothesis else "`use_lottery_ticket_hypothesis` is false"
    ),
}


@rule("pruning", "pruning_amount", "pruning_method")
def pruning_unread(experiment: Experiment) -> Iterator[Finding]:
    """Settings of pruning that nothing reads."""
    args = experiment.trainer.args
    own = resolve.pruning(args)
    if own is None:
        for name in {"pruning_amount", "pruning_method"} & args.model_fields_set:
            message = f"nothing reads `{name}`: pruning is off"
            yield Finding("pruning-unread", f"{ARGS}.{name}", message, "write `pruning: true`", (f"{ARGS}.pruning",))
        return
    for name in own.model_fields_set & _UNREAD_WHERE.keys():
        why = _UNREAD_WHERE[name](args, own)
        if why and getattr(own, name) is not False:
            yield Finding("pruning-unread", f"{ARGS}.pruning.{name}", f"nothing reads `{name}`: {why}")


@rule("pruning")
def pruning_never(experiment: Experiment) -> Iterator[Finding]:
    """Too few epochs for the last stage of a schedule, or no epochs to count."""
    args = experiment.trainer.args
    own = resolve.pruning(args)
    epochs = resolve.epochs(args)
    if own is None or own.schedule == "every_epoch" or args.fast_dev_run or (epochs == -1 and args.max_steps != -1):
        return
    amount = resolve.pruning_amount(args)
    stages = amount if isinstance(amount, list) else [amount]
    if epochs <= len(stages):  # each stage has an epoch before it, and the last one after it
        place = "from 3/4" if len(stages) == 3 else "at half"
        length = f"{epochs} epochs" if epochs > 0 else "a training without a limit of epochs"
        message = f"the weights never get to a sparsity of {stages[-1]}: {length} has no epoch {place} of the way"
        hint = "train for 4 epochs or more" if len(stages) == 3 else "train for 2 epochs or more"
        also = (f"{ARGS}.num_epochs", f"{ARGS}.pruning_amount")
        yield Finding("pruning-never", f"{ARGS}.pruning", message, hint, also)


@rule("pruning_method")
def pruning_structured(experiment: Experiment) -> Iterator[Finding]:
    """Whole slices go along a dimension, by a norm, within each layer, and have weights."""
    args = experiment.trainer.args
    own = resolve.pruning(args)
    if own is None or not resolve.is_structured(args):
        return
    also = (f"{ARGS}.pruning_method",)
    method = args.pruning_method
    if own.dim is None:
        hint = "write `pruning: {dim: 0, …}` for the outputs of each layer"
        yield Finding("pruning-structured", f"{ARGS}.pruning.dim", f"`{method}` needs `dim`", hint, also)
    if own.norm is None and method == "ln_structured":
        hint = "write `pruning: {norm: 2, …}`, for example"
        yield Finding("pruning-structured", f"{ARGS}.pruning.norm", f"`{method}` needs `norm`", hint, also)
    if own.use_global_unstructured:
        message = f"`{method}` compares within each layer, and `use_global_unstructured: true` over all of them"
        yield Finding(
            "pruning-structured", f"{ARGS}.pruning.use_global_unstructured", message, "write false, or remove it", also
        )
    if "bias" in (own.parameter_names or ()):
        message = f"`{method}` takes slices of weights, and a bias has none"
        path = f"{ARGS}.pruning.parameter_names"
        yield Finding("pruning-structured", path, message, "write `parameter_names: [weight]`", also)


@rule("strategy")
def pruning_strategy(experiment: Experiment) -> Iterator[Finding]:
    """Sharded weights cannot be masked."""
    args = experiment.trainer.args
    if resolve.pruning(args) is not None and resolve.strategy(args) in DIVIDES:
        message = f"{written_strategy(args)} splits the weights over the devices, and pruning needs them whole"
        yield Finding("pruning-strategy", f"{ARGS}.pruning", message, "write `strategy: ddp`", (f"{ARGS}.strategy",))


@rule("ModelPruning", *_AVERAGING)
def pruning_beside_others(experiment: Experiment) -> Iterator[Finding]:
    """Prune once; averages would bring back what was pruned."""
    args = experiment.trainer.args
    if resolve.pruning(args) is None:
        return
    for index, component in enumerate(args.callbacks):
        name = (component.class_path or component.name or "").rpartition(".")[2]
        if name == "ModelPruning":
            message = "`pruning` makes a `ModelPruning` already"
        elif name in _AVERAGING:
            message = f"`{name}` averages over weights from before the pruning, which are not zero"
        else:
            continue
        path = f"{ARGS}.callbacks.{index}"
        yield Finding("duplicate-callback", path, message, "keep one of them", (f"{ARGS}.pruning",))


@rule("pruning", "pruning_amount")
def one_weight(experiment: Experiment) -> Iterator[Finding]:
    """`pruning: 1` is one weight."""
    args = experiment.trainer.args
    if resolve.pruning(args) is not None and resolve.pruning_amount(args) == 1:
        message = "1 is a number of weights, not a share, and not `true`"
        yield Finding("one-weight", f"{ARGS}.pruning_amount", message, "write a share below 1, like 0.2")
