"""A whole pruned run: what `vibench train` leaves is as sparse as was asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TINY = """\
environment: {seed: 3}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 64}}
model: {class_path: own_parts.SmallNet}
task: {class_path: own_parts.Classify, init_args: {lr: 5e-3}}
trainer:
  args: {num_epochs: 4, accelerator: cpu, log_every_n_steps: 2, pruning: 0.5, pruning_method: l1_unstructured}
"""


def train(folder: Path, *overrides: str) -> str:
    shutil.copy(ROOT / "examples" / "own_parts.py", folder)
    (folder / "tiny.yaml").write_text(TINY)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIBENCH_", "PL_"))}
    command = [sys.executable, "-m", "vibench", "train", "tiny.yaml", *overrides]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stderr


def share_of_zeros(state: dict[str, Any], prefix: str = "") -> float:
    weights = [state[f"{prefix}{layer}.weight"] for layer in (0, 4)]
    return sum(int((weight == 0).sum()) for weight in weights) / sum(weight.numel() for weight in weights)


def test_what_a_pruned_run_leaves(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    said = train(tmp_path)
    assert "pruning: 50.0% of the weights are zero from here on" in said
    run = tmp_path / "results" / "tiny" / "run_000"
    exported = load_file(run / "model.safetensors")
    assert exported.keys() == {"0.weight", "0.bias", "4.weight", "4.bias"}
    assert share_of_zeros(exported) == 0.5
    last = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    assert share_of_zeros(last["state_dict"], "model.") == 0.5
    assert (run / "figures" / "sparsity.png").exists()


def test_a_run_that_stops_before_the_pruning_says_so(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    said = train(tmp_path, "trainer.args.num_epochs=40", "trainer.args.early_stopping={stopping_threshold: 100.0}")
    assert "before the pruning to 0.5 after 20 of them: 0.0% of the weights are zero" in said
    assert share_of_zeros(load_file(tmp_path / "results" / "tiny" / "run_000" / "model.safetensors")) == 0
