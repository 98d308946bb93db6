"""A server of forked trainings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from resuming import HERE, Runs


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("VIBENCH_", "PL_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parents[1]), environment.get("PYTHONPATH", "")])
    command = [sys.executable, str(HERE / "forks.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Runs(process, tmp_path_factory.mktemp("resume"))
        assert process.stdin is not None
        process.stdin.close()
