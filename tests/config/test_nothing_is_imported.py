"""Modules beside a config, whatever they do when they are imported, stay unimported under the light commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from pathlib import Path
Path(__file__).with_suffix(".imported").touch()
import pytorch_lightning as pl
from pydantic import BaseModel
from torch import nn
from vibench import register_callback, register_data


class Args(BaseModel):
    size: int = 1


@register_data("mine", args=Args)
class Data(pl.LightningDataModule):
    def __init__(self, size: int) -> None: ...


class Net(nn.Module):
    def __init__(self, size: int, inner: nn.Module | None = None) -> None: ...


@register_callback("loud")
class Loud(pl.Callback):
    def __init__(self, word: str) -> None: ...
"""
CONFIG = """
imports: [house.parts]
environment: {loggers: [{class_path: pytorch_lightning.loggers.CSVLogger, init_args: {save_dir: x}}]}
data: {name: mine, args: {size: 3}}
model: {class_path: house.parts.Net, init_args: {size: 3, inner: {class_path: house.parts.Net, init_args: {size: 1}}}}
trainer:
  args:
    strategy: {class_path: pytorch_lightning.strategies.DDPStrategy}
    callbacks: [{class_path: house.parts.Loud, init_args: {word: a}}, {name: loud, args: {word: b}}]
"""
SCRIPT = """
import sys
sys.argv = ["vibench", *{words!r}]
from vibench.cli import main
status = main._run()
never = {{"house", "torch", "pytorch_lightning", "numpy"}}
heavy = sorted(name for name in sys.modules if name.partition(".")[0] in never)
print("HEAVY", heavy, "STATUS", int(status), file=sys.stderr)
"""
WORDS = {
    "validate": ["validate", "c.yaml"],
    "plan": ["plan", "c.yaml"],
    "schema": ["schema"],
    "schema of a section": ["schema", "--section", "data"],
    "list": ["list", "--for", "c.yaml"],
    "schema for a file": ["schema", "--for", "c.yaml"],
    "explain": ["explain", "trainer.args.callbacks"],
    "explain for a file": ["explain", "loud", "--for", "c.yaml"],
}


@pytest.mark.parametrize("name", WORDS)
def test_a_light_command_runs_nothing_of_the_users(here: Path, name: str) -> None:
    (here / "house").mkdir()
    (here / "house/__init__.py").write_text('from pathlib import Path\nPath("package.imported").touch()\n')
    (here / "house/parts.py").write_text(MODULE)
    (here / "c.yaml").write_text(CONFIG)
    script = SCRIPT.format(words=WORDS[name])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=here)
    assert "HEAVY [] STATUS 0" in done.stderr, done.stderr
    assert not list(here.rglob("*.imported"))
