"""Arguments of the Trainer that several settings make together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from vibench.schemas import resolve
from vibench.schemas.components import Component
from vibench.schemas.trainer import TrainerArgs
from vibench.trainer_factory.planning.parts import OURS, PL, Part, part_of


def _strategy(args: TrainerArgs, path: str) -> str | Part:
    """A name of Lightning's registry, or DDP with its arguments written out."""
    if isinstance(args.strategy, Component):
        part = part_of(args.strategy, "strategies")
        whole = {"save_distributed_checkpoint": False} if resolve.strategy(args) == "model_parallel" else {}
        return replace(part, init_args={**whole, **part.init_args})
    if args.find_unused_parameters is None and args.ddp_timeout is None:
        return args.strategy
    unused = args.strategy.partition("_find_unused_parameters_")[2]
    arguments: dict[str, Any] = {"start_method": resolve.start_method(args)}
    if unused or args.find_unused_parameters is not None:
        arguments["find_unused_parameters"] = bool(args.find_unused_parameters or unused == "true")
    if args.ddp_timeout is not None:
        arguments["timeout"] = timedelta(seconds=args.ddp_timeout)
    return Part(f"{PL}.strategies.DDPStrategy", arguments)


_PROFILERS = {"simple": "SimpleProfiler", "advanced": "AdvancedProfiler", "pytorch": "PyTorchProfiler"}


def _profiler(args: TrainerArgs, path: str) -> str | Part | None:
    """The profiler, its report below the run."""
    if isinstance(args.profiler, Component):
        part = part_of(args.profiler, "profilers")
        if part.name not in _PROFILERS.values():
            return part
        return Part(part.class_path, {"dirpath": f"{path}/profiler", "filename": "report", **part.init_args})
    if args.profiler in _PROFILERS:
        report = {"dirpath": f"{path}/profiler", "filename": args.profiler}
        return Part(f"{PL}.profilers.{_PROFILERS[args.profiler]}", report)
    return args.profiler


def _accumulation(args: TrainerArgs, path: str) -> int:
    return args.accumulate_grad_batches if isinstance(args.accumulate_grad_batches, int) else 1


_THROUGH_PLUGIN = ("auto", "ddp", "single_device", "fsdp", "model_parallel")  # others write checkpoints in their ways


def _plugins(args: TrainerArgs, path: str) -> list[Part] | None:
    """The user's own, and checkpoints that appear whole, unless a plugin or strategy writes them itself."""
    users = [part_of(component, "plugins") for component in args.plugins]
    own = isinstance(args.strategy, Component) and "checkpoint_io" in args.strategy.init_args
    if (
        not own
        and resolve.strategy(args) in _THROUGH_PLUGIN
        and not any(part.name.endswith("CheckpointIO") for part in users)
    ):
        users.append(Part(f"{OURS}.checkpoint_io.AtomicCheckpointIO", {}))
    return users or None


Derivation = Callable[[TrainerArgs, str], Any]
DERIVED: dict[str, Derivation] = {
    "max_epochs": lambda args, path: resolve.epochs(args),
    "accelerator": lambda args, path: resolve.accelerator(args),
    "devices": lambda args, path: resolve.devices(args),
    "strategy": _strategy,
    "precision": lambda args, path: resolve.precision(args),
    "sync_batchnorm": lambda args, path: args.sync_batchnorm and resolve.accelerator(args) != "cpu",
    "accumulate_grad_batches": _accumulation,
    "profiler": _profiler,
    "plugins": _plugins,
    "enable_checkpointing": lambda args, path: args.enable_checkpointing,
    "enable_progress_bar": lambda args, path: args.enable_progress_bar,
}
# What `barebones` wants switched off; a rule has refused what was written against it.
BAREBONES: dict[str, Any] = {
    **dict.fromkeys(("enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False),
    **dict.fromkeys(("fast_dev_run", "detect_anomaly"), False),
    **dict.fromkeys(("log_every_n_steps", "num_sanity_val_steps"), 0),
    "profiler": None,
}
