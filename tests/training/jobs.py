"""Trainings of several processes, in folders of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from vibench.config.process import BEGINNINGS

HERE = Path(__file__).parent
INTERRUPTED = 130  # exit status
ENV = {name: value for name, value in os.environ.items() if not name.startswith(("VIBENCH_", *BEGINNINGS))}
ENV["PYTHONPATH"] = os.pathsep.join([str(HERE.parents[1]), ENV.get("PYTHONPATH", "")])
VIBENCH = (sys.executable, "-m", "vibench", "train", "c.yaml")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", *VIBENCH[2:])
CONFIG = """\
environment: {name: run, seed: 3, tensorboard: true}
data: {class_path: ranked.Data}
task: {class_path: ranked.Task}
trainer: {args: {num_epochs: 3, accelerator: cpu, devices: 2, log_every_n_steps: 1, enable_progress_bar: false,
                 ddp_timeout: 20, save_top_k: 2}}
"""


class Job:
    """Trainings in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "results/run/run_000"
        folder.mkdir()
        shutil.copy(HERE / "ranked.py", folder)
        (folder / "c.yaml").write_text(CONFIG)

    def train(self, command: tuple[str, ...], *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        arguments = [*command, *words]
        return subprocess.run(
            arguments, cwd=self.folder, capture_output=True, text=True, env={**ENV, **more}, timeout=240
        )

    def status(self) -> Any:
        return json.loads((self.run / "status.json").read_text())

    def metrics(self) -> str:
        return (self.run / "logs/version_0/metrics.csv").read_text()

    def seen(self, rank: int) -> list[tuple[int, list[int], float]]:
        """Epoch, samples and noise of each step of a process."""
        lines = (self.folder / f"seen-{rank}.txt").read_text().splitlines()
        rows = (line.replace(", ", ",").split() for line in lines)
        return [(int(epoch), json.loads(samples), float(noise)) for epoch, _, samples, noise in rows]

    def weights(self) -> dict[str, bytes]:
        """Those that were exported, bit for bit; the order in the file's header is not the same each time."""
        from safetensors.torch import load_file

        return {name: one.numpy().tobytes() for name, one in load_file(self.run / "model.safetensors").items()}

    def results(self) -> Any:
        """Of each iteration."""
        return json.loads((self.run / "results.json").read_text())["iterations"]
