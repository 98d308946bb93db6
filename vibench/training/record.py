"""What a run says of itself: `config.yaml`, `run.yaml`, `environment.json`."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from vibench.config.load import Config
from vibench.config.origins import origins
from vibench.files import write_json, write_text
from vibench.training.changes import TUNED, is_secret, newest_record, recorded, times_resumed
from vibench.version import __version__

if TYPE_CHECKING:
    from vibench.training.tuning import Tuned

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "torchmetrics",
    "numpy",
    "pydantic",
    "tensorboard",
    "wandb",
    "swanlab",
)
_MATTER = re.compile(
    r"^(RANK|LOCAL_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE|NODE_RANK|MASTER_(ADDR|PORT)|CUDA_VISIBLE_DEVICES|OMP_NUM_THREADS"
    r"|SLURM_(JOB_ID|NTASKS|PROCID|NNODES|JOB_NODELIST)|(NCCL|GLOO)_SOCKET_IFNAME|PL_GLOBAL_SEED|VIBENCH_.*"
    r"|(WANDB|SWANLAB)_(MODE|PROJECT))$"
)


def write_record(config: Config, run_dir: Path, tuned: Sequence[Tuned] = ()) -> None:
    """Write what was asked for, what every value came to, and where it ran.

    Nothing is overwritten: of a run that is gone on with, the files of the n-th time are called `run_n.yaml`, ….
    """
    count = times_resumed(run_dir) + 1 if newest_record(run_dir) else 0
    end = f"_{count}" if count else ""
    write_text(run_dir / f"config{end}.yaml", config.source.text)
    write_json(run_dir / f"environment{end}.json", environment(config))
    write_text(run_dir / f"run{end}.yaml", run_yaml(config, tuned))


def run_yaml(config: Config, tuned: Sequence[Tuned] = ()) -> str:
    """Every value with where it came from; secrets are left out."""
    rows = {
        path: {"value": origin.value, "from": str(origin)}
        for path, origin in origins(config).items()
        if not is_secret(path.rpartition(".")[2], origin.value)
    }
    rows.update({one.path: {"value": one.value, "from": TUNED} for one in tuned})
    text: str = yaml.safe_dump(_plain(rows), sort_keys=False, allow_unicode=True, width=120)
    return f"# Every value of this run, and where it came from.\n{text}"


def tuned_before(run_dir: Path) -> list[Tuned]:
    """What a tuner found when the run was begun."""
    from vibench.training.tuning import Tuned

    rows = {path: row for path, row in recorded(run_dir).items() if row["from"] == TUNED}
    return [
        Tuned("data" if path.startswith("data.") else "task", path.rpartition(".")[2], path, row["value"])
        for path, row in rows.items()
    ]


def _plain(value: Any) -> Any:
    """Trees as the dumper knows them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def environment(config: Config) -> dict[str, Any]:
    """Versions, machine, devices, git commit, and the variables that matter."""
    import torch

    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "vibench": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in PACKAGES if (found := version_of(name))},
        "cpu_count": os.cpu_count(),
        "devices": [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())],
        "git": _git(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "notes": config.experiment.environment.notes,
        "tags": config.experiment.environment.tags,
        "variables": {name: value for name, value in sorted(os.environ.items()) if _MATTER.match(name)},
    }


def version_of(package: str) -> str | None:
    """The installed version of a package; nothing where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git() -> dict[str, Any] | None:
    """Commit of the working directory and whether it has changes; nothing outside a repository."""
    try:
        commit = _run_git("rev-parse", "HEAD")
        return {"commit": commit, "changed": bool(_run_git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.SubprocessError):
        return None


def _run_git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
