"""The sbatch script of a training."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vibench.config.load import Config
from vibench.training.launch.ways import gres_of, srun_line, tasks_of_node
from vibench.training.requeue import REQUEUE

_SCRIPT = """\
#!/bin/bash
{directives}

# The signal must not reach Python before it listens: `env` holds it back (coreutils 8.31 and newer).
hold=$(env --block-signal={signal} echo env --block-signal={signal} 2>/dev/null)
exec {line}
"""


class Request(NamedTuple):
    """What a job asks SLURM for; empty or 0: nothing. `more`: further options of sbatch, as they are.

    `signal_before`: seconds before the end at which the training stops with a checkpoint and queues again; 0: never.
    """

    partition: str = ""
    time: str = ""
    account: str = ""
    gres: str = ""
    cpus_per_task: int = 0
    output: str = ""
    signal_before: int = 90
    more: tuple[str, ...] = ()


def script_of(config: Config, words: Sequence[str], request: Request) -> str:
    """The script; raises ValueError where the number of tasks cannot be told."""
    nodes = config.experiment.trainer.args.num_nodes
    gres = request.gres or gres_of(config)
    each = tasks_of_node(config, gres)
    options = {
        "job-name": config.name,
        "nodes": nodes,
        "ntasks-per-node": each,
        "cpus-per-task": request.cpus_per_task,
        "gres": gres,
        "partition": request.partition,
        "time": request.time,
        "account": request.account,
        "output": request.output or output_of(config),
        "open-mode": "append",
        "signal": f"{REQUEUE}@{request.signal_before}" if request.signal_before else "",
    }
    lines = [f"--{name}={shlex.quote(str(value))}" for name, value in options.items() if value]
    lines += ["--requeue", *request.more]
    return _SCRIPT.format(
        directives="\n".join(f"#SBATCH {line}" for line in lines),
        signal=REQUEUE.removeprefix("SIG"),
        line=_line(nodes, each, words),
    )


def output_of(config: Config) -> str:
    """Where a job writes what it says: beside its runs."""
    return str(Path(config.experiment.environment.output_dir) / config.name / "slurm-%j.out")


def _line(nodes: int, each: int, words: Sequence[str]) -> str:
    marked = srun_line(nodes, each, words, before=("HOLD",))
    return " ".join("$hold" if word == "HOLD" else shlex.quote(word) for word in marked)
