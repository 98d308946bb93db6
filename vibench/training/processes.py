"""Which ways to start several processes `train` does without."""

from __future__ import annotations

import os
from collections.abc import Iterator

from vibench.config.load import Config, place
from vibench.config.process import world_here
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas import resolve
from vibench.schemas.components import Component
from vibench.schemas.trainer import TrainerArgs

ARGS = "trainer.args"
_WITHIN = ("ddp_spawn", "ddp_fork", "ddp_notebook")
_SHARDED = ("fsdp", "deepspeed", "xla", "FSDP", "DeepSpeed", "XLA", "ModelParallel")


def unsupported(config: Config) -> list[Diagnostic]:
    """What would hang, or would train without a result."""
    args, world = config.experiment.trainer.args, world_here()
    found = []
    if args.num_nodes > 1 and world.launcher == "none" and "MASTER_ADDR" not in os.environ:
        message = f"{args.num_nodes} nodes find each other at `MASTER_ADDR`, which is not set"
        hint = "start the processes with torchrun on every node, or set MASTER_ADDR, MASTER_PORT and NODE_RANK"
        span = place(config.tree, f"{ARGS}.num_nodes")[1]
        found.append(diagnostic("missing-variable", "env.MASTER_ADDR", message, hint=hint, span=span))
    several = max(resolve.processes(args), world.size) > 1
    for reason in _strategies(args) if several else ():
        path, span = place(config.tree, f"{ARGS}.strategy")
        found.append(diagnostic("not-yet-supported", path, reason, hint="write `strategy: ddp`", span=span))
    return found


def _strategies(args: TrainerArgs) -> Iterator[str]:
    strategy, written = args.strategy, {}
    if isinstance(strategy, Component):
        written, strategy = strategy.init_args, (strategy.class_path or "").rpartition(".")[2]
    method = str(written.get("start_method", "popen"))
    if strategy.startswith(_WITHIN) or method != "popen":
        yield f"`{strategy}` starts processes that end with the fit; `vibench train` needs them for the whole run"
    if strategy.startswith(_SHARDED):
        yield f"`{strategy}` divides a model between processes, and `vibench train` tests it in one"
