"""A monitor that the built-in task does not log is found by `validate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load
from vibench.schemas.components import BUILTINS

TASK = "task: {name: classification}\n"


def found(text: str) -> list[tuple[str, str, str, str]]:
    Path("c.yaml").write_text(text)
    report = load("c.yaml", [], {}).report
    return [(d.code, d.severity, d.path.removeprefix("trainer.args."), d.suggestion) for d in report.diagnostics]


WRONG = [
    ("monitor_metric: val_accuracy", "monitor_metric", "val_acc"),
    ("monitor: val_los", "monitor", "val_loss"),
    ("monitor: loss", "monitor", "val_loss"),
    ("monitor: f1", "monitor", "val_f1"),
    ("checkpoint: {monitor: valid_loss}", "checkpoint.monitor", "val_loss"),
    ("early_stopping: {monitor: train_los}", "early_stopping.monitor", "train_loss"),
    ("filename: 'e{epoch}-{val_lss:.2f}'", "filename", "val_loss"),
    ("filename: 'e{epoch}-{test_acc:.2f}'", "filename", "val_acc"),
    ("monitor: test_loss", "monitor", "val_loss"),
    ("early_stopping: {monitor: test_f1}", "early_stopping.monitor", "val_f1"),
    ("early_stopping: {monitor: epoch, mode: max}", "early_stopping.monitor", ""),
    (
        "callbacks: [{name: EarlyStopping, args: {monitor: val_accuracy, mode: max}}]",
        "callbacks.0.args.monitor",
        "val_acc",
    ),
    (
        "callbacks: [{class_path: pytorch_lightning.callbacks.ModelCheckpoint, init_args: {monitor: val_los}}]",
        "callbacks.0.init_args.monitor",
        "val_loss",
    ),
    ("callbacks: [{name: ModelCheckpoint, args: {filename: '{epoch}-{vl}'}}]", "callbacks.0.args.filename", ""),
]


@pytest.mark.parametrize(("args", "path", "closest"), WRONG)
def test_a_metric_that_nobody_logs(here: Path, args: str, path: str, closest: str) -> None:
    assert found(f"{TASK}trainer: {{args: {{{args}}}}}") == [("unknown-metric", "error", path, closest)]


def test_the_list_and_the_place_are_told(here: Path) -> None:
    Path("c.yaml").write_text(f"{TASK}trainer:\n  monitor: val_accuracy\n")
    (finding,) = load("c.yaml", [], {}).report.diagnostics
    assert str(finding.span) == "c.yaml:3:3"
    assert "train_loss, val_loss, val_acc, val_f1" in finding.message
    assert finding.hint == "did you mean `val_acc`?"


@pytest.mark.parametrize(
    "args",
    [
        "monitor: val_f1, early_stopping: {monitor: train_loss}",
        "monitor: lr-Adam, mode: min",  # LearningRateMonitor logs it
        "filename: '{epoch}-{step}-{train_loss:.3f}-{lr-Adam:.1e}'",
        "callbacks: [{name: ModelCheckpoint, args: {monitor: step, mode: max}}]",
        "monitor: nothing, mode: min, enable_checkpointing: false",  # nobody watches it
        "fast_dev_run: true, monitor: nothing, mode: min",
        "barebones: true",
    ],
)
def test_what_is_logged_or_not_watched_is_fine(here: Path, args: str) -> None:
    assert found(f"{TASK}trainer: {{args: {{{args}}}}}") == []


def test_the_schedule_watches_a_metric_of_the_validation(here: Path) -> None:
    text = "task: {name: classification, args: {scheduler: {name: ReduceLROnPlateau, args: {monitor: val_los}}}}"
    assert found(text) == [("wrong-type", "error", "task.args.scheduler.args.monitor", "val_loss")]
    Path("c.yaml").write_text(text)
    assert "val_loss, val_acc, val_f1" in load("c.yaml", [], {}).report.diagnostics[0].message


@pytest.mark.parametrize(
    "text",
    [
        "trainer: {args: {monitor: my_acc, callbacks: [{class_path: my.Callback}]}}",
        "trainer: {name: 'my:trainer', args: {monitor: my_acc}}",
    ],
)
def test_code_of_the_users_own_may_log_more(here: Path, text: str) -> None:
    Path("my.py").write_text("def trainer(): ...")
    (first, *rest) = found(TASK + text)
    assert first == ("undeclared-metric", "warning", "monitor", "val_acc")
    assert not [code for code, *_ in rest if code.endswith("-metric")]


def test_other_tasks_are_not_judged(here: Path) -> None:
    for task in ("{class_path: my.Task}", "{name: classification, loss: CE}"):
        rest = found(f"task: {task}\ntrainer: {{args: {{monitor: my_acc}}}}")
        assert not [code for code, *_ in rest if code.endswith("-metric")]


def test_the_class_named_by_its_path_is_known_too(here: Path) -> None:
    path = BUILTINS["task"]["classification"].target.replace(":", ".")
    text = f"task: {{class_path: {path}}}\ntrainer: {{args: {{monitor: val_accuracy}}}}"
    assert [code for code, *_ in found(text)] == ["unknown-metric"]
