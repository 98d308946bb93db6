"""Where a constructor passes its `**kwargs` on to: a base class, by `super().__init__` or by name."""

from __future__ import annotations

import ast
from typing import NamedTuple

from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.world import Definition


class Passed(NamedTuple):
    """`to`: place in the lineage from which the base's constructor is looked for.

    `positional`: how many arguments are given by position; `given`: names that are given beside `**kwargs`.
    """

    to: int
    positional: int
    given: frozenset[str]


class Kept(NamedTuple):
    """Whose constructor takes `**kwargs` that are kept for later, and the names that are given beside them."""

    by: str
    given: frozenset[str]


_DDP = "torch.nn.parallel.distributed.DistributedDataParallel"
_FSDP = "torch.distributed.fsdp.fully_sharded_data_parallel.FullyShardedDataParallel"
_GIVEN_TO_FSDP = ("module", "cpu_offload", "mixed_precision", "sharding_strategy", "device_id")
# Classes that keep them to make another object with, once there is a model.
KEPT = {
    "pytorch_lightning.strategies.ddp.DDPStrategy": Kept(_DDP, frozenset(("module", "device_ids"))),
    "pytorch_lightning.strategies.fsdp.FSDPStrategy": Kept(_FSDP, frozenset(_GIVEN_TO_FSDP)),
}


def passed_on(line: Lineage, at: int, function: ast.FunctionDef | ast.AsyncFunctionDef, kwargs: str) -> Passed | None:
    """The one place that takes all of `**kwargs`; None where they go anywhere else, too."""
    uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == kwargs]
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _unpacks(node, kwargs)]
    if len(uses) != 1 or len(calls) != 1:
        return None
    call = calls[0]
    target = call.func
    if not isinstance(target, ast.Attribute) or target.attr not in ("__init__", "__new__"):
        return None
    given = frozenset(word.arg for word in call.keywords if word.arg)
    positional = sum(not isinstance(one, ast.Starred) for one in call.args)
    if isinstance(target.value, ast.Call) and getattr(target.value.func, "id", "") == "super":
        return Passed(at + 1, positional - (target.attr == "__new__"), given)
    owner = line.ancestors[at]
    assert isinstance(owner, Definition)
    base = line.world.resolve(owner.module, target.value)
    if base not in line.ancestors:
        return None
    return Passed(line.ancestors.index(base), positional - 1, given)


def _unpacks(call: ast.Call, kwargs: str) -> bool:
    unpacked = [word.value for word in call.keywords if word.arg is None]
    return any(isinstance(value, ast.Name) and value.id == kwargs for value in unpacked)
