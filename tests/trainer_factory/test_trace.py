"""Every setting has an effect, and `plan --trace` shows which."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from vibench.cli.main import _run
from vibench.config.load import load
from vibench.config.parts import inner_models
from vibench.schemas.base import DurationParts, setting_of
from vibench.schemas.components import Component
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import TrainerArgs
from vibench.trainer_factory.effects import READ_ELSEWHERE, changes, effects

ROOT = Path(__file__).parent.parent.parent
# What must be on for a setting to have something to act on.
SWITCHES = ("early_stopping", "pruning", "gradient_checkpointing", "auto_lr_find", "auto_scale_batch_size")
ON = (
    {},
    *({"trainer": {"args": {switch: True}}} for switch in SWITCHES),
    *({"environment": {service: True}} for service in ("tensorboard", "wandb", "swanlab")),
    {"trainer": {"args": {"strategy": "ddp"}}},
    {"trainer": {"args": {"train_time_interval": "00:01:00:00"}}},
)
# Accepted, and nothing reads it: a warning says so wherever it is written.
NOTHING_TO_CHOOSE = {"trainer.args.amp_backend"}


def settings(model: type[BaseModel], path: str) -> Iterator[str]:
    """Every setting of a model, those inside it too."""
    for name in model.model_fields:
        yield f"{path}.{name}"
        inner = inner_models(model).get(name)
        if inner not in (None, Component, DurationParts):
            yield from settings(inner, f"{path}.{name}")


ALL = [*settings(EnvironmentArgs, "environment"), *settings(TrainerArgs, "trainer.args")]


@pytest.mark.parametrize("path", ALL)
def test_every_setting_changes_the_plan_or_is_read_elsewhere(path: str) -> None:
    if path in NOTHING_TO_CHOOSE:
        assert setting_of(TrainerArgs, "amp_backend").deprecated
        return
    assert path in READ_ELSEWHERE or any(changed(path, on) for on in (*ON, around(path)))


def around(path: str) -> dict[str, object]:
    """The mapping that a setting stands in, written and empty."""
    section, *steps = path.split(".")
    inside: dict[str, object] = {}
    for step in reversed(steps[:-1]):
        inside = {step: inside}
    return {section: inside}


def changed(path: str, on: dict[str, object]) -> list[str]:
    return changes(Experiment.model_validate_json(json.dumps(on)), path)


def test_what_is_read_elsewhere_exists() -> None:
    known = {*ALL, *Experiment.model_fields} | {"trainer.name"}
    assert set(READ_ELSEWHERE) <= known


OWN = """
import pytorch_lightning as pl
from vibench import register_callback, register_task

class Data(pl.LightningDataModule):
    def __init__(self, size: int): ...

@register_task("still")
class Still(pl.LightningModule):
    def __init__(self, rate: float): ...

@register_callback("loud")
class Loud(pl.Callback):
    def __init__(self, word: str): ...
"""


def test_an_argument_is_named_by_its_class(here: Path) -> None:
    Path("my.py").write_text(OWN)
    Path("c.yaml").write_text(
        "imports: [my]\n"
        "environment: {seed: 1, OMP_NUM_THREADS: 2}\n"
        "task: {name: still, args: {rate: 0.1}}\n"
        "data: {class_path: my.Data, init_args: {size: 3}}\n"
        "trainer:\n  num_epochs: 3\n  early_stopping: {patience: 2}\n  monitor: val_acc\n"
        "  callbacks: [{name: Timer, args: {duration: 00:00:01:00}}, {name: loud, args: {word: a}}]\n"
    )
    config = load("c.yaml", [], {}).config
    assert config is not None
    assert {effect.path: effect.feeds for effect in effects(config)} == {
        "imports": (READ_ELSEWHERE["imports"],),
        "environment.seed": ("seed_everything",),
        "environment.OMP_NUM_THREADS": ("the process environment",),
        "data.class_path": ("Data",),
        "data.init_args.size": ("Data.size",),
        "task.name": ("Still",),
        "task.args.rate": ("Still.rate",),
        "trainer.args.num_epochs": ("Trainer.max_epochs",),
        "trainer.args.early_stopping": ("EarlyStopping",),
        "trainer.args.patience": ("EarlyStopping.patience",),
        "trainer.args.monitor_metric": (
            "ModelCheckpoint.filename",
            "ModelCheckpoint.monitor",
            "ModelCheckpoint.mode",
            "EarlyStopping.monitor",
            "EarlyStopping.mode",
        ),
        "trainer.args.callbacks.0.name": ("Timer",),
        "trainer.args.callbacks.0.args.duration": ("Timer.duration",),
        "trainer.args.callbacks.1.name": ("loud",),
        "trainer.args.callbacks.1.args.word": ("loud.word",),
    }


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


@pytest.mark.parametrize(
    ("args", "idle"),
    [
        ("{mixed_precision: true, precision: 16-mixed}", ["mixed_precision"]),
        ("{enable_progress_bar: false, progress_bar: rich}", ["progress_bar"]),
        ("{device: cuda, accelerator: cuda}", ["device"]),
        ("{filename: a, monitor: val_acc, checkpoint: {monitor: val_loss}}", ["monitor"]),
        ("{num_epochs: 5}", []),
        ("{patience: 5}", []),  # `early-stopping-off` says it already
    ],
)
def test_a_key_that_feeds_nothing_has_a_finding(call, args: str, idle: list[str]) -> None:
    Path("c.yaml").write_text(f"trainer:\n  args: {args}\n")
    status, out, err = call("plan", "c.yaml", "--trace")
    assert status == 0
    said = [line.split("`")[1].rpartition(".")[2] for line in err.splitlines() if line.startswith("warning[no-effect]")]
    assert said == idle
    assert out.count("-> nothing") == len(idle) + ("patience" in args)


def test_the_json_form(call) -> None:
    Path("c.yaml").write_text("trainer:\n  args:\n    num_epochs: 5\n")
    status, out, err = call("plan", "c.yaml", "trainer.args.gpus=0", "--trace", "--format", "json")
    assert (status, err) == (0, "")
    assert json.loads(out)["trace"] == {
        "trainer.args.gpus": {"override": "trainer.args.gpus=0", "feeds": ["Trainer.accelerator", "Trainer.devices"]},
        "trainer.args.num_epochs": {"file": "c.yaml", "line": 3, "feeds": ["Trainer.max_epochs"]},
    }


@pytest.mark.parametrize("name", ["quickstart", "low_snr", "own_code", "custom_trainer"])
def test_no_key_of_the_examples_is_idle(call, name: str) -> None:
    out = call("plan", str(ROOT / "examples" / f"{name}.yaml"), "--trace")[1]
    assert "-> nothing" not in out
