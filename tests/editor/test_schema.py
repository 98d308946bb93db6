"""The JSON Schema agrees with the validator about what a file may say."""

from __future__ import annotations

from pathlib import Path

import jsonschema_rs
import pytest

from vibench import json_schema
from vibench.config.load import load
from vibench.config.source import compose
from vibench.diagnostics import Source

VALIDATOR = jsonschema_rs.validator_for(json_schema())
ROOT = Path(__file__).parents[2]

GOOD = [
    "{}",
    "trainer: {num_epochs: 3, gpus: [0, 1]}",
    "trainer: {args: {max_epochs: 1e2, monitor: val_acc, limit_train_batches: 0.5, val_check_interval: 00:01:00:00}}",
    "trainer: {args: {early_stopping: {patience: 3, mode: min}, checkpoint: {save_top_k: -1}}}",
    "trainer: {args: {accumulate_grad_batches: {0: 2, 4: 8}, strategy: ddp, precision: bf16, profiler: null}}",
    "trainer: {args: {callbacks: [{class_path: my.Callback, init_args: {a: [1]}}, {name: Timer, args: {}}]}}",
    "environment: {seed: 0, MASTER_PORT: 29500, tags: [a], tensorboard: {log_graph: true}}",
    "{data: {name: simulated_bearing, args: {snr_db: -3}}, model: {name: wdcnn}}",
    "task: {name: classification, args: {optimizer: AdamW, scheduler: {name: StepLR, args: {step_size: 3}}}}",
    "task: {class_path: my.Task}",
    "task: {name: classification, args: {optimizer: {name: Adam, args: null}}}",
    "trainer: {args: {callbacks: [{name: LearningRateMonitor, args: null}]}}",
    "x-anchors: {a: 1}",
    "trainer: {name: my_module:make, args: {num_epochs: 3, own: 1}}",
]
BAD = [
    "trainr: {}",
    "trainer: {args: {num_epoch: 3}}",
    "trainer: {args: {num_epochs: 0}}",
    "trainer: {name: my_module:make, args: {num_epochs: 0, own: 1}}",
    "trainer: {name: Default_trainer, args: {own: 1}}",
    "trainer: {args: {num_epochs: '3'}}",
    "trainer: {args: {limit_train_batches: 1.5}}",
    "trainer: {args: {val_check_interval: 0}}",
    "trainer: {args: {gpus: [0, 0]}}",
    "trainer: {args: {strategy: dpp}}",
    "trainer: {args: {early_stopping: {patince: 3}}}",
    "trainer: {args: {accumulate_grad_batches: {-1: 2}}}",
    "trainer: {args: {callbacks: [{clas_path: a.B}]}}",
    "environment: {seed: -1}",
    "environment: {loggers: [{class_path: pytorch_lightning.loggers.CSVLogger, init_args: null}]}",
    "environment: {PHMBench: x}",
    "data: {name: simulated_bearing, args: {snr: 3}}",
    "task: {name: classification, args: {optimizer: {name: AdamW, args: {betas: [0.9]}}}}",
    "task: {name: classification, args: {scheduler: StepLR}}",
]


def document(text: str) -> object:
    tree, findings = compose(Source("c.yaml", text))
    assert not findings
    return tree


@pytest.mark.parametrize("text", GOOD)
def test_both_accept(here: Path, text: str) -> None:
    Path("my.py").write_text("def Callback(a): ...\ndef Task(): ...\n")
    Path("my_module.py").write_text("def make(*settings): ...\n")
    Path("c.yaml").write_text(text)
    assert not load("c.yaml", [], {}).report.errors
    assert VALIDATOR.is_valid(document(text)), [error.message for error in VALIDATOR.iter_errors(document(text))]


@pytest.mark.parametrize("text", BAD)
def test_both_refuse(here: Path, text: str) -> None:
    Path("c.yaml").write_text(text)
    assert load("c.yaml", [], {}).report.errors
    assert not VALIDATOR.is_valid(document(text))


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_fit(path: Path) -> None:
    tree = document(path.read_text(encoding="utf-8"))
    assert VALIDATOR.is_valid(tree), [error.message for error in VALIDATOR.iter_errors(tree)]


@pytest.mark.parametrize("section", ["environment", "data", "model", "task", "trainer"])
def test_a_section_of_its_own(section: str) -> None:
    jsonschema_rs.meta.validate(json_schema(section))
    assert not jsonschema_rs.is_valid(json_schema(section), 3)


def test_the_installed_file_is_the_models_schema() -> None:
    from vibench.cli.schema import GENERATED
    from vibench.editor.schema import text

    assert GENERATED.read_text(encoding="utf-8") == text(json_schema())


def test_the_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(json_schema())
