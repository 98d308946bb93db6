"""Rules about strategies: how several processes train one model."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.components import Component
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule
from vibench.schemas.trainer import TrainerArgs

STRATEGY = f"{ARGS}.strategy"
DIVIDES = ("fsdp", "deepspeed", "model_parallel")  # the weights, between processes
_NOT_ON = {
    **dict.fromkeys(DIVIDES, ("cpu", "mps", "tpu")),
    "ddp": ("mps",),
    **dict.fromkeys(("xla", "single_xla"), ("cpu", "gpu", "cuda", "mps")),
}


@rule("strategy")
def strategy_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """Strategies that divide a model need CUDA; MPS trains in one process; XLA is for TPUs."""
    args = experiment.trainer.args
    kind = resolve.accelerator(args)
    if kind in _NOT_ON.get(resolve.strategy(args), ()):
        message = f"{_written(args)} does not run on `{kind}`"
        yield Finding("strategy-device", STRATEGY, message, also=(f"{ARGS}.accelerator",))


@rule("strategy")
def untrained_strategy(experiment: Experiment) -> Iterator[Finding]:
    """`vibench train` has every process for the whole run, and the whole model in each."""
    args = experiment.trainer.args
    kind, method = resolve.strategy(args), resolve.start_method(args)
    reason, instead = "", "strategy: ddp"
    if kind in DIVIDES:
        reason = "leaves each process a share of the weights, and `vibench train` tests and exports all of them in one"
    elif kind == "xla" and resolve.devices(args) != 1:
        reason = "trains in processes that end with the fit, and `vibench train` needs them for the whole run"
        instead = "devices: 1"
    elif method in ("fork", "forkserver"):
        reason = "copies a process without its threads, and torch's run by then: the copy can wait for them for ever"
        instead = "strategy: ddp_spawn"
    if reason and resolve.accelerator(args) not in _NOT_ON.get(kind, ()):
        hint = f"write `{instead}`; `trainer_factory` builds a Trainer with any strategy"
        yield Finding("untrained-strategy", STRATEGY, f"{_written(args)} {reason}", hint)


def _written(args: TrainerArgs) -> str:
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
