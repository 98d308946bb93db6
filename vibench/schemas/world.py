"""How a process stands among those of its job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Launcher = Literal["none", "torchrun", "slurm", "mpi", "lightning"]


class World(NamedTuple):
    """Who started this process, and how it stands among the others.

    `lightning`: a process that Lightning has started beside the one that the user did (or a framework that sets
    LOCAL_RANK as Lightning does). `local_size`: processes on this node; None where no launcher says it.
    """

    launcher: Launcher = "none"
    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int | None = None
    node: int = 0


ALONE = World()
_RANKS = ("RANK", "SLURM_PROCID", "NODE_RANK", "LOCAL_RANK")


def is_first(environ: Mapping[str, str]) -> bool:
    """Whether this process speaks for its job: the first one, or one without others."""
    return all(environ.get(name, "0") in ("0", "") for name in _RANKS)
