"""Trainings in folders of their own, and what two runs are compared by."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CONFIG = """\
environment: {name: run, seed: 3}
data: {class_path: resumable.Data}
task: {class_path: resumable.Task}
trainer:
  args: {num_epochs: 4, accelerator: cpu, log_every_n_steps: 2, deterministic: true, save_top_k: 2,
         monitor_metric: val_loss}
"""


class Runs:
    """Runs trainings below a folder, each with a folder of its own."""

    def __init__(self, process: subprocess.Popen[str], root: Path) -> None:
        self.process = process
        self.root = root

    def train(self, name: str, *words: str, **environment: str) -> int:
        """`vibench train c.yaml WORDS` in the folder `name`; its exit status."""
        folder = self.root / name
        if not folder.exists():
            folder.mkdir()
            shutil.copy(HERE / "resumable.py", folder)
            (folder / "c.yaml").write_text(CONFIG)
        job = {"folder": str(folder), "words": ["c.yaml", *words], "environment": environment}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(job), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def run(self, name: str, number: int = 0) -> Path:
        return self.root / name / "results" / "run" / f"run_{number:03d}"

    def said(self, name: str) -> str:
        return (self.root / name / "log.txt").read_text()


def outcome(run: Path) -> dict[str, Any]:
    """Everything about a finished run that must not depend on whether it was ever stopped."""
    import torch
    from safetensors.torch import load_file

    last = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    rows = list(csv.DictReader((run / "logs/version_0/metrics.csv").read_text().splitlines()))
    result = json.loads((run / "results.json").read_text())["iterations"][0]
    return {
        "weights": last["state_dict"],
        "optimizer": last["optimizer_states"][0]["state"],
        "schedule": last["lr_schedulers"],
        "rows": [{name: value for name, value in row.items() if value} for row in rows],
        "metrics": result["metrics"],
        "best": result["checkpoint"],
        "steps": (result["epochs"], result["steps"]),
        "checkpoints": sorted(path.name for path in (run / "checkpoints").iterdir()),
        "exported": load_file(run / "model.safetensors"),
    }


def assert_same(one: Any, other: Any, path: str = "") -> None:
    """Equal, bit for bit."""
    import torch

    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other), path
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            assert_same(value, other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{path}[{index}]")
    else:
        assert one == other, path
