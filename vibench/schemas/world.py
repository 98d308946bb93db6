"""How a process stands among those of its job."""

from __future__ import annotations

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
