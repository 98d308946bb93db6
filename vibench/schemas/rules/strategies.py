"""Rules about strategies: how several processes train one model."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.components import Component
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.trainer import TrainerArgs

STRATEGY = f"{ARGS}.strategy"
NEED_CUDA = ("fsdp", "deepspeed")
DIVIDES = (*NEED_CUDA, "model_parallel")  # the weights, between processes
_NOT_ON = {
    **dict.fromkeys(NEED_CUDA, ("cpu", "mps", "tpu")),
    "model_parallel": ("mps", "tpu"),
    "ddp": ("mps",),
    **dict.fromkeys(("xla", "single_xla"), ("cpu", "gpu", "cuda", "mps")),
}


@rule("strategy")
def strategy_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """FSDP and DeepSpeed need CUDA; MPS trains in one process; XLA is for TPUs."""
    args = experiment.trainer.args
    kind = resolve.accelerator(args)
    if kind in _NOT_ON.get(resolve.strategy(args), ()):
        message = f"{written_strategy(args)} does not run on `{kind}`"
        yield Finding("strategy-device", STRATEGY, message, also=(f"{ARGS}.accelerator",))


@rule("strategy")
def untrained_strategy(experiment: Experiment) -> Iterator[Finding]:
    """`vibench train` has every process for the whole run, and checkpoints that are one file."""
    args = experiment.trainer.args
    kind, method = resolve.strategy(args), resolve.start_method(args)
    reason, instead = "", "strategy: ddp"
    if kind == "deepspeed":
        reason = "writes checkpoints in shares, which only a program of its own makes whole"
        instead = "strategy: fsdp"
    elif _writes_shares(args):
        reason = "writes checkpoints in shares, and `vibench train` tests, exports and resumes whole ones"
        instead = "state_dict_type: full" if kind == "fsdp" else "save_distributed_checkpoint: false"
    elif kind == "xla" and resolve.devices(args) != 1:
        reason = "trains in processes that end with the fit, and `vibench train` needs them for the whole run"
        instead = "devices: 1"
    elif method in ("fork", "forkserver"):
        reason = "copies a process without its threads, and torch's run by then: the copy can wait for them for ever"
        instead = "strategy: ddp_spawn"
    if reason and resolve.accelerator(args) not in _NOT_ON.get(kind, ()):
        hint = f"write `{instead}`; `trainer_factory` builds a Trainer with any strategy"
        yield Finding("untrained-strategy", STRATEGY, f"{written_strategy(args)} {reason}", hint)


def _writes_shares(args: TrainerArgs) -> bool:
    """Whether the arguments of FSDP or ModelParallelStrategy ask for a checkpoint of several files."""
    own = args.strategy.init_args if isinstance(args.strategy, Component) else {}
    return own.get("state_dict_type") == "sharded" or own.get("save_distributed_checkpoint") is True


# What Lightning's precision plugins for a strategy can do.
_PRECISIONS = {
    "fsdp": ("32-true", "16-mixed", "bf16-mixed", "16-true", "bf16-true"),
    "model_parallel": ("32-true", "bf16-mixed", "bf16-true", "16-true"),
}


@rule("strategy")
def strategy_and_precision(experiment: Experiment) -> Iterator[Finding]:
    """FSDP and ModelParallelStrategy compute in some of the precisions."""
    args = experiment.trainer.args
    able = _PRECISIONS.get(resolve.strategy(args))
    if able and resolve.precision(args) not in able:
        message = f"{written_strategy(args)} does not compute in {resolve.precision(args)}"
        key = f"{ARGS}.precision" if args.precision is not None else f"{ARGS}.mixed_precision"
        yield Finding("precision-conflict", key, message, f"write one of {', '.join(able)}", (STRATEGY,))


@rule("strategy")
def sizes_of_groups(experiment: Experiment) -> Iterator[Finding]:
    """The groups of ModelParallelStrategy must take all processes."""
    args = experiment.trainer.args
    each = resolve.each_node(args, None)
    if resolve.strategy(args) != "model_parallel" or each is None:
        return
    data, tensor = resolve.parallel_groups(args)
    if data is not None and tensor is not None and data * tensor != each * args.num_nodes:
        message = f"{data} data-parallel x {tensor} tensor-parallel devices are not {each * args.num_nodes}"
        yield Finding("device-conflict", STRATEGY, message, also=(f"{ARGS}.devices", f"{ARGS}.num_nodes"))


@rule("strategy")
def tuner_and_strategy(experiment: Experiment) -> Iterator[Finding]:
    """The tuner tries a task in one process, and one that is made for ModelParallelStrategy needs its groups."""
    args = experiment.trainer.args
    for name in ("auto_lr_find", "auto_scale_batch_size"):
        if getattr(args, name) and resolve.strategy(args) == "model_parallel":
            message = f"`{name}` trains in one process, without the groups that {written_strategy(args)} makes"
            yield Finding("tuner-conflict", f"{ARGS}.{name}", message, "remove it", (STRATEGY,))


def written_strategy(args: TrainerArgs) -> str:
    """The strategy as the file has it."""
    if isinstance(args.strategy, Component):
        return f"`{(args.strategy.class_path or '').rpartition('.')[2]}`"
    return f"`strategy: {args.strategy}`"


@rule("find_unused_parameters", "ddp_timeout")
def ddp_settings(experiment: Experiment) -> Iterator[Finding]:
    """`find_unused_parameters` and `ddp_timeout` are arguments of DDP."""
    args = experiment.trainer.args
    for name in ("find_unused_parameters", "ddp_timeout"):
        if getattr(args, name) is None or (name == "ddp_timeout" and _becomes_ddp(args)):
            continue
        if not resolve.is_ddp(args):
            message = f"`{name}` is a setting of DDP, and the strategy is not DDP"
            yield Finding("needs-ddp", f"{ARGS}.{name}", message, "write `strategy: ddp`", (STRATEGY,))
        elif isinstance(args.strategy, Component):
            message = f"`{name}` goes into the `init_args` of the strategy's class"
            yield Finding("needs-ddp", f"{ARGS}.{name}", message, also=(STRATEGY,))


def _becomes_ddp(args: TrainerArgs) -> bool:
    """The launcher, or the machine, decides how many processes there are: `ddp_timeout` makes it DDP for any number."""
    return args.strategy == "auto" and resolve.devices(args) in ("auto", -1)


@rule("find_unused_parameters")
def unused_parameters_twice(experiment: Experiment) -> Iterator[Finding]:
    """A strategy's name can say of unused parameters what a setting says."""
    args = experiment.trainer.args
    stated = str(args.strategy).partition("_find_unused_parameters_")[2]
    if stated and args.find_unused_parameters not in (None, stated == "true"):
        message = f"`find_unused_parameters` and `strategy: {args.strategy}` disagree"
        yield Finding("conflict", f"{ARGS}.find_unused_parameters", message, also=(STRATEGY,))


@rule("sync_batchnorm")
def synchronised_on_cpu(experiment: Experiment) -> Iterator[Finding]:
    """Batch norm is synchronised on GPUs alone."""
    args = experiment.trainer.args
    if args.sync_batchnorm and resolve.accelerator(args) == "cpu":
        message = "torch synchronises batch norm on GPUs alone: on a CPU each process keeps statistics of its own"
        yield Finding("sync-on-cpu", f"{ARGS}.sync_batchnorm", message, "remove it, or train on GPUs")
