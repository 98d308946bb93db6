"""The classes of a config as real objects: what `--import` and `train` find that a source does not tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from vibench import ConfigError
from vibench.cli.app import app_for
from vibench.cli.loading import own_traceback
from vibench.config.load import load, load_config
from vibench.schemas.components import REGISTERED
from vibench.trainer_factory.factory import make_trainer
from vibench.training.imported import load_importing
from vibench.training.parts import build_parts
from vibench.training.run import prepare

# A function makes the classes: their source says nothing about how they are called.
MADE = """
from collections.abc import Callable
import pytorch_lightning as pl
import torch
from torch import nn

def made(base, name):
    def __init__(self, size: int, rate: float = 0.5, make: Callable = None) -> None:
        super(made_class, self).__init__()
        self.size = size
    made_class = type(name, (base,), {"__init__": __init__, "__module__": __name__})
    return made_class

Data = made(pl.LightningDataModule, "Data")
Net = made(nn.Module, "Net")
Alone = made(pl.LightningModule, "Alone")
"""


@pytest.fixture(autouse=True)
def _forget(here: Path) -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    parts = {table: dict(known) for table, known in REGISTERED.items()}
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("own_"):
            del sys.modules[name]
    for table, known in parts.items():
        REGISTERED[table].clear()
        REGISTERED[table].update(known)


def wrong(text: str) -> list[tuple[str, str]]:
    Path("c.yaml").write_text(text)
    return [(d.code, d.path) for d in load_importing("c.yaml", []).report.diagnostics]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data: {class_path: own_made.Data, init_args: {size: 3}}", []),
        ("data: {class_path: own_made.Data, init_args: {sise: 3}}", [("unknown-key", "data.init_args.sise")]),
        ("data: {class_path: own_made.Data, init_args: {size: a}}", [("wrong-type", "data.init_args.size")]),
        ("data: {class_path: own_made.Data}", [("missing-key", "data.init_args.size")]),
        ("data: {class_path: own_made.Net, init_args: {size: 3}}", [("wrong-class", "data.class_path")]),
        ("task: {class_path: own_made.Alone, init_args: {size: 1}}\nmodel: {class_path: own_made.Net, init_args: "
         "{size: 1}}", [("no-model-parameter", "model")]),
        ("model: {class_path: own_made.Net, init_args: {size: 3, make: {class_path: own_made.Net, init_args: "
         "{rate: x}}}}", [("wrong-type", "model.init_args.make.init_args.rate")]),
    ],
)  # fmt: skip
def test_import_checks_what_the_source_does_not_tell(here: Path, text: str, found: list[tuple[str, str]]) -> None:
    (here / "own_made.py").write_text(MADE)
    Path("c.yaml").write_text(text)
    read = load("c.yaml", [], {})
    assert {d.code for d in read.report.diagnostics} == {"not-checked"}
    assert "own_made" not in sys.modules
    assert wrong(text) == found


def test_import_keeps_what_the_source_tells(here: Path) -> None:
    (here / "own_made.py").write_text(f"{MADE}\nclass Old(pl.Callback):\n    def on_epoch_end(self): ...\n")
    text = "data: {class_path: own_made.Data}\ntrainer: {args: {callbacks: [{class_path: own_made.Old}]}}"
    assert wrong(text) == [
        ("missing-key", "data.init_args.size"),
        ("dead-hook", "trainer.args.callbacks.0.class_path"),
    ]


def test_import_goes_with_the_other_wishes_of_validate(here: Path) -> None:
    (here / "own_made.py").write_text(MADE)
    Path("c.yaml").write_text("data: {class_path: own_made.Data, init_args: {size: a}}\ntrainer: {gpus: -1}\n")
    words = ["validate", "c.yaml", "data.init_args.size=3", "--import", "--hardware", "--show-origin"]
    done = CliRunner().invoke(app_for(words), [*words, "--format", "json"])
    found = json.loads(done.stdout)
    asked = [] if torch.cuda.is_available() else ["not-on-this-machine"]
    assert [finding["code"] for finding in found["diagnostics"]] == asked
    assert found["provenance"]["c.yaml"]["data.init_args.size"] == {"override": "data.init_args.size=3"}
    done = CliRunner().invoke(app_for(words), [*words, "data.init_args.size=b", "--format", "json"])
    found = json.loads(done.stdout)
    assert [finding["code"] for finding in found["diagnostics"]] == ["wrong-type"]
    assert found["provenance"]["c.yaml"]["data.class_path"] == {"file": "c.yaml", "line": 1}


def test_a_module_that_ends_the_process_ends_nothing(here: Path) -> None:
    (here / "own_made.py").write_text("raise SystemExit(3)\ndef Data(): ...\n")
    assert wrong("data: {class_path: own_made.Data}") == [("cannot-import", "data.class_path")]


def test_where_the_source_has_errors_nothing_is_imported(here: Path) -> None:
    (here / "own_made.py").write_text(MADE)
    assert wrong("data: {class_path: own_made.Dat}") == [("cannot-import", "data.class_path")]
    assert "own_made" not in sys.modules


BREAKS = """
import pytorch_lightning as pl

def prepare_tables():
    return {}["bearing"]

TABLES = prepare_tables()

class Data(pl.LightningDataModule): ...
"""


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("data: {class_path: own_breaks.Data}\ntask: {name: classification}\nmodel: {name: wdcnn}", "data.class_path"),
        ("imports: [own_breaks]\ndata: {name: simulated_bearing}\nmodel: {name: wdcnn}\ntask: {name: classification}",
         "imports.0"),
    ],
)  # fmt: skip
def test_an_import_that_breaks_is_a_finding_with_the_users_frames(here: Path, text: str, path: str) -> None:
    (here / "own_breaks.py").write_text(BREAKS)
    text += "\ntrainer: {args: {accelerator: cpu}}"
    assert wrong(text) == [("cannot-import", path)]
    with pytest.raises(ConfigError) as caught:
        prepare(load_config("c.yaml"))
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.path, str(finding.span)[:7]) == ("cannot-import", path, "c.yaml:")
    assert "KeyError: 'bearing'" in finding.message
    cause = caught.value.__cause__
    assert cause is not None
    shown = own_traceback(cause)
    assert [line.split(", ")[-1] for line in shown.splitlines() if line.startswith("  File")] == [
        "in <module>",
        "in prepare_tables",
    ]
    assert shown.endswith("KeyError: 'bearing'")


def test_a_class_that_refuses_its_arguments_is_shown_at_them(here: Path) -> None:
    body = "class Cb(pl.Callback):\n    def __init__(self, path: str):\n        int(path)\n"
    (here / "own_refuses.py").write_text(f"import pytorch_lightning as pl\n{body}")
    Path("c.yaml").write_text(
        "trainer:\n  args:\n    accelerator: cpu\n    callbacks:\n"
        "      - {class_path: own_refuses.Cb, init_args: {path: x}}\n"
    )
    config = load_config("c.yaml")
    sys.path.insert(0, str(here))
    with pytest.raises(ConfigError) as caught:
        make_trainer(config, None, "run")
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.path) == ("bad-init-args", "trainer.args.callbacks.0.init_args")
    assert str(finding.span) == "c.yaml:5:38"


REGISTERS = """
import pytorch_lightning as pl
from pydantic import BaseModel
from torch import nn
from vibench import register_data, register_model, register_task

class Args(BaseModel):
    size: int = 4

@register_data("numbers", args=Args)
class Numbers(pl.LightningDataModule):
    def __init__(self, size):
        super().__init__()
        self.size = size

@register_model("line")
class Line(nn.Linear): ...

@register_task("fit")
class Fit(pl.LightningModule):
    def __init__(self, model: nn.Module, loss: nn.Module, lr: float = 1.0) -> None:
        super().__init__()
        self.model, self.loss, self.lr = model, loss, lr
"""
NAMES = """
imports: [own_registers]
data: {name: numbers}
model: {name: line, args: {in_features: 3, out_features: 2e0}}
task: {name: fit, args: {lr: 2, loss: {class_path: torch.nn.MSELoss, init_args: {reduction: sum}}}}
trainer: {args: {accelerator: cpu}}
"""


def test_registered_names_become_objects(here: Path) -> None:
    (here / "own_registers.py").write_text(REGISTERS)
    Path("c.yaml").write_text(NAMES)
    assert load("c.yaml", [], {}).report.diagnostics == ()
    data, task = build_parts(prepare(load_config("c.yaml")))
    assert (type(data).__name__, data.size) == ("Numbers", 4)  # type: ignore[attr-defined]
    assert (type(task.model).__name__, task.model.out_features) == ("Line", 2)  # type: ignore[union-attr]
    assert isinstance(task.loss, torch.nn.MSELoss)
    assert task.loss.reduction == "sum"


def test_a_lone_model_must_be_a_lightning_module_before_anything_is_imported(here: Path) -> None:
    (here / "own_registers.py").write_text(REGISTERS)
    Path("c.yaml").write_text("data: {name: simulated_bearing}\nmodel: {class_path: own_registers.Line, init_args: "
                              "{in_features: 1, out_features: 1}}\ntrainer: {args: {accelerator: cpu}}")  # fmt: skip
    with pytest.raises(ConfigError, match=r"wrong-class.*LightningModule"):
        prepare(load_config("c.yaml"))
    assert "own_registers" not in sys.modules
