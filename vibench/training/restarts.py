"""Which job a run is of, and whether torchrun (after a failure) or SLURM (from its queue) has started it again."""

from __future__ import annotations

import os
import socket

_COUNTS = ("TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT")


def this_job() -> str:
    """A name of the job that a restart keeps and no other job has; empty where nobody starts processes again."""
    if "SLURM_JOB_ID" in os.environ:
        cluster, step = os.environ.get("SLURM_CLUSTER_NAME", ""), os.environ.get("SLURM_STEP_ID", "")
        return f"slurm {cluster} {os.environ['SLURM_JOB_ID']}.{step}"
    if "TORCHELASTIC_RUN_ID" in os.environ:
        agent = f"{socket.gethostname()} {os.getppid()}"  # torchrun's own id is `none` where none is given
        return f"torchrun {os.environ['TORCHELASTIC_RUN_ID']} {agent}"
    return ""


def is_restarted() -> bool:
    """Whether the processes of this job were started before."""
    return any(os.environ.get(name, "0") not in ("", "0") for name in _COUNTS)
