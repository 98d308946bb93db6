"""Which command starts the processes that a config asks for, here or on its nodes."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vibench.config.load import Config
from vibench.schemas import resolve
from vibench.schemas.world import World

_INTERACTIVE = ("bash", "interactive")  # names of jobs whose shell starts no tasks, as Lightning has it


class Start(NamedTuple):
    """A command with the variables that are set for it; `here`: it can be run on this machine as it is."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = {}
    here: bool = True

    def __str__(self) -> str:
        """The line for a shell."""
        return " ".join([*(f"{name}={value}" for name, value in self.variables.items()), shlex.join(self.command)])


class Meeting(NamedTuple):
    """What torchrun is told besides: how often it starts processes again, and where several nodes meet.

    `endpoint`: HOST:PORT of the first node, the same on all nodes; `id`: a name of the job, the same on all.
    """

    max_restarts: int = 0
    endpoint: str = ""
    id: str = ""


def train_line(words: Sequence[str]) -> tuple[str, ...]:
    """The command of one process."""
    return (sys.executable, *module_line(words))


def module_line(words: Sequence[str]) -> tuple[str, ...]:
    """The same, to be put behind an interpreter or torchrun."""
    return ("-m", "vibench", "train", *words)


def start_here(config: Config, words: Sequence[str], meeting: Meeting, each: int) -> Start:
    """What to run on this node: a process, torchrun, or in an allocation of SLURM srun; `each`: processes a node."""
    nodes = config.experiment.trainer.args.num_nodes
    if in_allocation(os.environ):
        return Start(srun_line(nodes, each, words))
    if nodes > 1:
        return Start(_over_nodes(nodes, each, words, meeting), here=bool(meeting.endpoint))
    if each == 1 and not meeting.max_restarts:
        return Start(train_line(words))
    threads = str(max((os.cpu_count() or 1) // each, 1))
    variables = {} if "OMP_NUM_THREADS" in os.environ else {"OMP_NUM_THREADS": threads}  # torchrun would make it 1
    return Start(_torchrun("--standalone", f"--nproc-per-node={each}", meeting=meeting, words=words), variables)


def in_allocation(environ: Mapping[str, str]) -> bool:
    """Whether this is a shell of a SLURM job, where srun starts tasks; no task of one."""
    return (
        "SLURM_JOB_ID" in environ
        and "SLURM_STEP_ID" not in environ
        and environ.get("SLURM_JOB_NAME") not in _INTERACTIVE
    )


def started_by(world: World) -> str:
    """Who has started this process as one of several; empty where no one has."""
    return world.launcher if world.launcher in ("torchrun", "mpi") or world.size > 1 else ""


def tasks_of_node(config: Config, gres: str) -> int:
    """Processes on each node of a SLURM job: as the config says, else one for each GPU of `gres`.

    Raises ValueError where the config wants all GPUs of a node, and `gres` does not say how many that is.
    """
    args = config.experiment.trainer.args
    each = resolve.each_node(args, None)
    if each is not None:
        return each
    if gres:
        return gpus_of(gres)
    if resolve.accelerator(args) in resolve.GPU_KINDS:
        raise ValueError("the config asks for all GPUs of a node: say how many with `--gres=gpu:N`")
    return 1


def gres_of(config: Config) -> str:
    """The GPUs of each node that a config asks for by number, in SLURM's words; empty where it asks for none."""
    args = config.experiment.trainer.args
    wanted = resolve.devices(args)
    if resolve.accelerator(args) not in ("gpu", "cuda") or wanted in ("auto", -1, "-1"):
        return ""
    return f"gpu:{max(wanted) + 1 if isinstance(wanted, list) else wanted}"


def gpus_of(gres: str) -> int:
    """GPUs that `gres` asks for; one where it gives no number, or none at all."""
    found = re.search(r"\bgpu(?::[A-Za-z][^:,]*)?(?::(\d+))?(?=,|$)", gres)
    return int(found[1] or 1) if found else 1


def srun_line(nodes: int, each: int, words: Sequence[str], *, before: Sequence[str] = ()) -> tuple[str, ...]:
    """Tasks of a SLURM job; one that fails ends the others."""
    return (
        "srun",
        f"--nodes={nodes}",
        f"--ntasks-per-node={each}",
        "--kill-on-bad-exit=1",
        *before,
        *train_line(words),
    )


def _over_nodes(nodes: int, each: int, words: Sequence[str], meeting: Meeting) -> tuple[str, ...]:
    where = (f"--nnodes={nodes}", f"--nproc-per-node={each}", "--rdzv-backend=c10d")
    met = (f"--rdzv-endpoint={meeting.endpoint or 'FIRST_NODE:29400'}", f"--rdzv-id={meeting.id}")
    return _torchrun(*where, *met, meeting=meeting, words=words)


def _torchrun(*options: str, meeting: Meeting, words: Sequence[str]) -> tuple[str, ...]:
    restarts = (f"--max-restarts={meeting.max_restarts}",) if meeting.max_restarts else ()
    return (sys.executable, "-m", "torch.distributed.run", *options, *restarts, *module_line(words))
