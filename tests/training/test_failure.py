"""A training that fails ends in one paragraph: what happened, which settings bear on it, and what they are now."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.config.load import Config, load
from vibench.training.failure import explained

ROOT = Path(__file__).parent.parent.parent
CONFIG = """\
environment: {name: f, output_dir: results}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 64}}
model: {class_path: own_parts.SmallNet}
task: {class_path: failing.Task}
trainer: {args: {num_epochs: 2, accelerator: cpu, log_every_n_steps: 2}}
"""
FAILING = """\
import errno, os, own_parts, torch
KIND = os.environ["KIND"]

class Task(own_parts.Classify):
    def training_step(self, batch, i):
        if KIND == "memory":
            torch.empty(1 << 60)  # what torch itself says of a want of memory
        if KIND == "nan":
            return super().training_step(batch, i) * float("nan")
        if KIND == "own":
            raise ValueError("a fault of mine")
        return super().training_step(batch, i)
"""


@pytest.fixture
def folder(here: Path) -> Path:
    shutil.copy(ROOT / "examples/own_parts.py", here)
    (here / "failing.py").write_text(FAILING)
    (here / "c.yaml").write_text(CONFIG)
    return here


@pytest.fixture
def config(folder: Path) -> Config:
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None
    return loaded.config


def run(folder: Path, kind: str, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "vibench", "train", "c.yaml", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, "KIND": kind})
    return done.returncode, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "happened", "setting", "original"),
    [
        ("memory", "The memory was not enough for a batch.", "data.init_args.batch_size = 64", "allocate memory"),
        ("nan", "The training loss became NaN or infinite", "trainer.args.gradient_clip_val = ", "NotFinite"),
        ("own", "training failed: ValueError: a fault of mine", "", "failing.py"),
    ],
)
def test_a_failed_training_explains_itself(folder: Path, kind: str, happened: str, setting: str, original: str) -> None:
    status, said = run(folder, kind)
    assert status == 1
    paragraph, _, below = said[said.index(happened) :].partition("\n")
    assert setting in paragraph
    assert "What was written stays in results/f/run_000." in paragraph
    assert "Traceback" in below
    assert original in below
    recorded = json.loads((folder / "results/f/run_000/status.json").read_text())
    assert recorded["state"] == "failed"
    assert recorded["error"]["explanation"] == paragraph


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a small file system is mounted by root alone")
def test_a_full_disk_explains_itself(folder: Path) -> None:
    small = folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        status, said = run(folder, "full", "environment.output_dir=small", "environment.tensorboard=false")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert status == 1
    assert "The disk is full. Settings that bear on it: environment.output_dir = small" in said
    assert "No space left on device" in said


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_found_before_training(folder: Path) -> None:
    (folder / "results").write_text("a file where a folder is wanted")
    status, said = run(folder, "unwritable")
    assert status == 1
    assert "error[not-on-this-machine]: results cannot be written to `results`: results is no folder" in said
    assert "--> c.yaml:1:24 environment.output_dir" in said


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_any_more_explains_itself(folder: Path) -> None:
    (folder / "results/f/run_000").mkdir(parents=True)
    (folder / "results/f/run_001").mkdir()
    (folder / "results/f/run_001/checkpoints").write_text("in the way")
    status, said = run(folder, "unwritable", "--resume")
    assert status == 1
    assert "A file or folder cannot be written or read. Settings that bear on it: environment.output_dir" in said


@pytest.mark.parametrize(
    ("error", "happened", "setting"),
    [
        (
            RuntimeError("[Rank 1] Connection closed by peer [127.0.0.1]:45678"),
            "Another process",
            "ddp_timeout = (not",
        ),
        (RuntimeError("Timed out waiting 5000ms for recv operation to complete"), "Another process", "devices = auto"),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
            "The memory was not",
            "precision = (not",
        ),
        (RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed."), "A process that loads", "batch_size"),
        (PermissionError(13, "Permission denied", "results"), "cannot be written", "output_dir = results"),
    ],
)
def test_what_happened(config: Config, error: Exception, happened: str, setting: str) -> None:
    try:
        raise ValueError("around it") from error
    except ValueError as outer:
        text = str(explained(outer, config, Path("results/f/run_000")))
    assert happened in text
    assert setting in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(104, "Connection reset by peer"),
        ValueError("collective variables: shape error"),
        RuntimeError("Failed to process group of samples: error in row 3"),
    ],
)
def test_what_did_not_happen(config: Config, error: Exception) -> None:
    assert "Another process" not in str(explained(error, config, Path("results/f/run_000")))
