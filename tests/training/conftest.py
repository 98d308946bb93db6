"""What the tests of several processes share: a folder for a training, and a training that nothing stopped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jobs import Job


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A training that nothing stopped, its processes started by Lightning's launcher."""
    job = Job(tmp_path_factory.mktemp("ranks") / "whole")
    console_script = (str(Path(sys.executable).with_name("vibench")), "train", "c.yaml")
    done = job.train(console_script, "environment.wandb={mode: offline}", "environment.swanlab={mode: offline}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("test_count") == done.stderr.count("run folder:") == 1
    return job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A folder with a config and its parts."""
    return Job(tmp_path / "job")
