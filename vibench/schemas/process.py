"""The process environment: the variables that say who started this process, with which others, on which devices.

The field of a variable has its name in lower case.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from vibench.schemas.base import Before, Expects
from vibench.schemas.world import World


def _integer(value: Any) -> Any:
    """As Lightning and torch read a number: `3.0` is none."""
    if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d+\s*", value):
        raise ValueError("not an integer")
    return value


Rank = Annotated[int, Field(ge=0), Before(_integer), Expects("an integer ≥ 0")]
Count = Annotated[int, Field(ge=1), Before(_integer), Expects("an integer ≥ 1")]
Port = Annotated[int, Field(ge=1, le=65535), Before(_integer), Expects("a port from 1 to 65535")]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1), Before(_integer), Expects("an integer from 0 to 4294967295")]
Address = Annotated[
    str,
    StringConstraints(pattern=r"^([^\s/:\[\]]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*(%\w+)?)$"),
    Expects("a host's name or address, without scheme and port"),
]
Interface = Annotated[str, StringConstraints(pattern=r"^\S+$"), Expects("the name of a network interface")]
Visible = Annotated[
    str,
    StringConstraints(pattern=r"^\s*(-?\d+|(GPU|MIG)-\S+|NoDevFiles)?(\s*,\s*(-?\d+|(GPU|MIG)-[^\s,]+))*\s*$"),
    Expects("indices or ids of GPUs, separated by commas"),
]
WandbMode = Annotated[
    Literal["online", "offline", "disabled", "dryrun", "run", "shared", ""],
    Expects("one of online, offline, disabled"),
]
SwanlabMode = Annotated[
    Literal["cloud", "online", "local", "offline", "disabled", ""],
    Expects("one of cloud, local, offline, disabled"),
]


def variable(sentence: str) -> Any:
    """Declare a variable of the environment, and say what it holds."""
    return Field(None, description=sentence)


class ProcessVariables(BaseModel):
    """The variables that are read, each typed and ranged; what is not set is None."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    rank: Rank | None = variable("Number of this process among all.")
    local_rank: Rank | None = variable("Number of this process on its node.")
    world_size: Count | None = variable("Processes of the job.")
    local_world_size: Count | None = variable("Processes of the job on this node.")
    group_rank: Rank | None = variable("Number of this node, as torchrun has it.")
    node_rank: Rank | None = variable("Number of this node.")
    master_addr: Address | None = variable("Where the first process listens.")
    master_port: Port | None = variable("Port that the first process listens on.")
    torchelastic_run_id: str | None = variable("Id of the job of torchrun.")
    torchelastic_restart_count: Rank | None = variable("How often torchrun has started the processes anew.")
    torchelastic_max_restarts: Rank | None = variable("How often torchrun may start them anew.")
    slurm_job_id: Rank | None = variable("Number of the SLURM job.")
    slurm_job_name: str | None = variable("Name of the SLURM job; `bash` and `interactive` start no tasks.")
    slurm_job_nodelist: str | None = variable("Nodes of the SLURM job.")
    slurm_procid: Rank | None = variable("Number of this SLURM task among all.")
    slurm_localid: Rank | None = variable("Number of this SLURM task on its node.")
    slurm_nodeid: Rank | None = variable("Number of this node in the SLURM job.")
    slurm_ntasks: Count | None = variable("Tasks of the SLURM job.")
    slurm_ntasks_per_node: Count | None = variable("Tasks of the SLURM job on each node.")
    slurm_nnodes: Count | None = variable("Nodes of the SLURM job.")
    ompi_comm_world_size: Count | None = variable("Processes that Open MPI has started.")
    ompi_comm_world_rank: Rank | None = variable("Number of this process for Open MPI.")
    ompi_comm_world_local_size: Count | None = variable("Processes of Open MPI on this node.")
    ompi_comm_world_local_rank: Rank | None = variable("Number of this process on its node for Open MPI.")
    cuda_visible_devices: Visible | None = variable("GPUs that the process may use.")
    nccl_socket_ifname: Interface | None = variable("Network interface of NCCL.")
    gloo_socket_ifname: Interface | None = variable("Network interface of gloo.")
    wandb_mode: WandbMode | None = variable("How W&B keeps runs.")
    wandb_api_key: SecretStr | None = variable("Login of W&B.")
    wandb_project: str | None = variable("Project at W&B.")
    swanlab_mode: SwanlabMode | None = variable("How SwanLab keeps runs.")
    swanlab_api_key: SecretStr | None = variable("Login of SwanLab.")
    pl_global_seed: Seed | None = variable("Seed that Lightning was given.")


def named(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that are set, by field."""
    return {name: environ[name.upper()] for name in ProcessVariables.model_fields if name.upper() in environ}


def world_of(known: ProcessVariables) -> World:
    """What the variables come to, in the order in which Lightning looks for a launcher."""
    node = _first(known.node_rank, known.group_rank)
    if known.torchelastic_run_id is not None:
        local = known.local_world_size or known.world_size
        return World("torchrun", _first(known.rank), known.world_size or 1, _first(known.local_rank), local, node)
    if known.slurm_ntasks is not None and known.slurm_job_name not in ("bash", "interactive"):
        return _of_slurm(known, known.slurm_ntasks)
    if (known.ompi_comm_world_size or 1) > 1:
        rank, local = _first(known.ompi_comm_world_rank), _first(known.ompi_comm_world_local_rank)
        return World("mpi", rank, known.ompi_comm_world_size or 1, local, known.ompi_comm_world_local_size)
    if known.local_rank is not None:
        size, each = known.world_size or 1, known.local_world_size
        rank = known.rank if known.rank is not None else node * (each or 0) + known.local_rank
        return World("lightning", rank, size, known.local_rank, each, node)
    return World(node=node, rank=node)


def _of_slurm(known: ProcessVariables, tasks: int) -> World:
    nodes = known.slurm_nnodes or 1
    each = known.slurm_ntasks_per_node or max(tasks // nodes, 1)
    rank, local = _first(known.slurm_procid), _first(known.slurm_localid)
    return World("slurm", rank, tasks, local, each, _first(known.slurm_nodeid))


def _first(*values: int | None) -> int:
    return next((value for value in values if value is not None), 0)
