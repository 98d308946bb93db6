"""What `list` and `plan` show of the user's classes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema_rs import validator_for
from typer.testing import CliRunner

from vibench.cli.app import app_for

FILES = {
    "own.py": '''
from own_deep import Net as Network, register_callback
import pytorch_lightning as pl

@register_callback("loud")
class Loud(pl.Callback):
    """Says a word."""
    def __init__(self, word: str): ...
''',
    "own_deep.py": """
from torch import nn
from vibench import register_callback

class Net(nn.Module):
    def __init__(self, width: int): ...
""",
    "c.yaml": """
imports: [own]
data: {name: simulated_bearing, args: {batch_size: 8}}
model: {class_path: own.Network, init_args: {width: 3}}
trainer: {args: {callbacks: [{name: loud, args: {word: a}}]}}
""",
}


@pytest.fixture
def call(here: Path) -> Callable[..., str]:
    for name, text in FILES.items():
        (here / name).write_text(text)

    def run(*words: str) -> str:
        done = CliRunner().invoke(app_for(list(words)), list(words))
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def test_plan_shows_the_class_and_where_its_source_is(call: Callable[..., str]) -> None:
    text = call("plan", "c.yaml")
    assert "model\n  own.Network = own_deep.Net  own_deep.py:5\n    width  3  c.yaml:4\n" in text
    assert "data\n  vibench.phm.bearing.SimulatedBearing\n    batch_size  8  c.yaml:3\n" in text
    assert '  own.Loud  own.py:6\n    word  "a"\n' in text
    found = json.loads(call("plan", "c.yaml", "--format", "json"))
    assert found["model"] == {"class_path": "own.Network", "init_args": {"width": 3}}
    assert found["task"] is None
    assert found["callbacks"][-1] == {"class_path": "own.Loud", "init_args": {"word": "a"}}
    assert found["classes"] == {
        "own.Network": {"class": "own_deep.Net", "file": "own_deep.py", "line": 5},
        "own.Loud": {"class": "own.Loud", "file": "own.py", "line": 6},
    }


def test_list_shows_what_can_be_named(call: Callable[..., str]) -> None:
    everything = call("list", "--for", "c.yaml")
    for title in ("data", "models", "tasks", "callbacks", "trainers"):
        assert f"{title}\n" in everything
    callbacks = call("list", "callbacks", "--for", "c.yaml")
    assert "Says a word. [module own]" in callbacks
    assert "Stop when a metric no longer improves. [pytorch_lightning]" in callbacks
    assert "loud" not in call("list", "callback")
    assert call("list", "trainer").splitlines()[1].startswith("  Default_trainer")


def test_explain_shows_a_registered_part(call: Callable[..., str]) -> None:
    assert call("explain", "loud", "--for", "c.yaml").splitlines() == [
        "loud (written in `trainer.args.callbacks`, registered by module own)",
        "  Says a word.",
        "  own.Loud, own.py:6",
        "",
        "  word  a text (must be written)",
    ]


def test_the_schema_for_a_file_knows_its_parts(call: Callable[..., str], here: Path) -> None:
    (here / "own.py").write_text(FILES["own.py"] + "import vibench\nvibench.register_model('wide')(Network)\n")
    schema = validator_for(json.loads(call("schema", "--for", "c.yaml")))
    assert schema.is_valid({"model": {"name": "wide", "args": {"width": 3}}})
    assert not schema.is_valid({"model": {"name": "wide", "args": {"widht": 3}}})
    assert validator_for(json.loads(call("schema"))).is_valid({"model": {"name": "wide", "args": {"widht": 3}}})
