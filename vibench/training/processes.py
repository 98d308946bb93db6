"""What keeps several processes from training: known from the config and the variables, before any is started."""

from __future__ import annotations

import os
from dataclasses import replace

from vibench.config.load import Config, located, place
from vibench.config.process import world_here
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas.rules.strategies import untrained_strategy

NODES = "trainer.args.num_nodes"


def unsupported(config: Config) -> list[Diagnostic]:
    """What would hang, or would train without a result."""
    nodes = config.experiment.trainer.args.num_nodes
    found = [replace(located(one, config.tree), severity="error") for one in untrained_strategy(config.experiment)]
    if nodes > 1 and world_here().launcher == "none" and "MASTER_ADDR" not in os.environ:
        message = f"{nodes} nodes find each other at `MASTER_ADDR`, which is not set"
        hint = "start the processes with torchrun on every node, or set MASTER_ADDR, MASTER_PORT and NODE_RANK"
        span = place(config.tree, NODES)[1]
        found.append(diagnostic("missing-variable", "env.MASTER_ADDR", message, hint=hint, span=span))
    return found
