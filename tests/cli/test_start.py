"""What a light command imports: beside vibench, hardly more than a process that has PyYAML and one Pydantic class."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BASE = "import sys, yaml\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    x: int\n"
OURS = "import sys\nsys.argv = ['vibench', *{!r}]\nfrom vibench.cli import main\nmain._run()\n"
NAMES = "print('IMPORTED', *{name.partition('.')[0] for name in sys.modules})"
# Each with its reason: trees are validated as JSON, and the collector is off.
REASONS = {"json", "_json", "gc"}
RIGHT = "trainer: {args: {num_epochs: 3, early_stopping: true}}\n"
WRONG = "environment: {seed: '1'}\ntrainer: {args: {num_epoch: 3, monitor: val_acc, mode: min}}\n"


def imported(script: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", script + NAMES], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("text", [RIGHT, WRONG])
def test_validate_needs_hardly_more_than_pydantic_and_yaml(here: Path, text: str) -> None:
    Path("c.yaml").write_text(text)
    assert imported(OURS.format(["validate", "c.yaml"])) - imported(BASE) <= {"vibench", *REASONS}


@pytest.mark.parametrize("words", [["plan", "c.yaml"], ["schema"], ["explain", "unknown-key"], ["--help"]])
def test_no_light_command_imports_rich(here: Path, words: list[str]) -> None:
    Path("c.yaml").write_text(RIGHT)
    assert not imported(OURS.format(words)) & {"rich", "pydantic_settings", "multiprocessing", "numpy", "torch"}
