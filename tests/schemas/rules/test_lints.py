"""Lints of schedules: for each a config that draws it, one that does not, and a comment that silences it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load
from vibench.diagnostics import CODES, brief

TASK = "task: {name: classification}\n"


def codes(text: str) -> list[tuple[str, str]]:
    """Code and path (below `trainer.args`) of each finding."""
    Path("c.yaml").write_text(text)
    found = load("c.yaml", [], {}).report.diagnostics
    return [(d.code, d.path.removeprefix("trainer.args.")) for d in found]


def of(args: str) -> list[tuple[str, str]]:
    return codes(f"trainer: {{args: {{{args}}}}}")


# code, settings that draw it, the blamed one, and settings next to them that are fine
LINTS = [
    (
        "patience-never",
        "early_stopping: true, num_epochs: 10",
        "early_stopping",
        "early_stopping: true, num_epochs: 11",
    ),
    (
        "patience-never",
        "early_stopping: {patience: 4}, num_epochs: 20, check_val_every_n_epoch: 5",
        "early_stopping.patience",
        "early_stopping: {patience: 4}, num_epochs: 25, check_val_every_n_epoch: 5",
    ),
    (
        "patience-never",
        "early_stopping: {patience: 9, check_on_train_epoch_end: true}, num_epochs: 9, check_val_every_n_epoch: 9",
        "early_stopping.patience",
        "early_stopping: {patience: 8, check_on_train_epoch_end: true}, num_epochs: 9, check_val_every_n_epoch: 9",
    ),
    (
        "patience-never",
        "early_stopping: true, num_epochs: 2, val_check_interval: 0.5, limit_train_batches: 20",
        "early_stopping",
        "early_stopping: true, num_epochs: 3, val_check_interval: 0.25, limit_train_batches: 20",
    ),
    (
        "patience-never",
        "early_stopping: true, num_epochs: 5, check_val_every_n_epoch: null, val_check_interval: 5, "
        "limit_train_batches: 10",
        "early_stopping",
        "early_stopping: true, num_epochs: 6, check_val_every_n_epoch: null, val_check_interval: 5, "
        "limit_train_batches: 10",
    ),
    (
        "patience-never",
        "num_epochs: 3, callbacks: [{name: EarlyStopping, args: {monitor: val_loss}}]",
        "callbacks.0",
        "num_epochs: 3, callbacks: [{name: EarlyStopping, args: {monitor: val_loss, patience: 2}}]",
    ),
    (
        "patience-never",
        "early_stopping: true, num_epochs: 5",
        "early_stopping",
        "early_stopping: {stopping_threshold: 0.1}, num_epochs: 5",
    ),
    ("patience-never", "early_stopping: true, num_epochs: 5", "early_stopping", "early_stopping: true, max_steps: 5"),
    (
        "validation-never",
        "check_val_every_n_epoch: 6, num_epochs: 5",
        "check_val_every_n_epoch",
        "check_val_every_n_epoch: 5, num_epochs: 5",
    ),
    (
        "validation-never",
        "check_val_every_n_epoch: 6, num_epochs: 5",
        "check_val_every_n_epoch",
        "check_val_every_n_epoch: 6, num_epochs: 5, monitor: train_loss",
    ),
    (
        "best-without-validation",
        "limit_val_batches: 0",
        "limit_val_batches",
        "limit_val_batches: 0, monitor: train_loss",
    ),
    ("best-without-validation", "limit_val_batches: 0.0", "limit_val_batches", "limit_val_batches: 0, save_top_k: 0"),
    (
        "best-without-validation",
        "limit_val_batches: 0, monitor: train_loss, callbacks: [{name: ModelCheckpoint, args: {monitor: val_f1, "
        "mode: max}}]",
        "callbacks.0",
        "limit_val_batches: 0, enable_checkpointing: false",
    ),
    (
        "early-stopping-never",
        "early_stopping: true, limit_val_batches: 0",
        "early_stopping",
        "early_stopping: true, monitor: train_loss, limit_val_batches: 0",
    ),
    (
        "early-stopping-never",
        "limit_val_batches: 0, callbacks: [{name: EarlyStopping, args: {monitor: val_loss}}]",
        "callbacks.0",
        "limit_val_batches: 0, overfit_batches: 2, callbacks: [{name: EarlyStopping, args: {monitor: x}}]",
    ),
    (
        "deterministic-benchmark",
        "deterministic: warn, benchmark: true",
        "benchmark",
        "deterministic: true, benchmark: false",
    ),
    (
        "fast-dev-run-keeps-nothing",
        "fast_dev_run: 3, save_top_k: 3, monitor: val_loss",
        "fast_dev_run",
        "fast_dev_run: 3, num_epochs: 3, early_stopping: false",
    ),
    ("fast-dev-run-keeps-nothing", "fast_dev_run: true, early_stopping: true", "fast_dev_run", "fast_dev_run: true"),
    ("overfit-validation", "overfit_batches: 4, early_stopping: true", "overfit_batches", "overfit_batches: 4"),
    (
        "overfit-validation",
        "overfit_batches: 0.1, monitor: val_f1",
        "overfit_batches",
        "overfit_batches: 0.1, monitor: train_loss, early_stopping: true",
    ),
    ("top-k-without-monitor", "save_top_k: 3", "save_top_k", "save_top_k: 3, monitor: val_loss"),
    ("top-k-without-monitor", "checkpoint: {save_top_k: 2}", "checkpoint.save_top_k", "save_top_k: -1"),
    (
        "accumulation-remainder",
        "accumulate_grad_batches: 4, limit_train_batches: 10",
        "accumulate_grad_batches",
        "accumulate_grad_batches: 5, limit_train_batches: 10",
    ),
    (
        "accumulation-remainder",
        "accumulate_grad_batches: {0: 1, 3: 4}, limit_train_batches: 10",
        "accumulate_grad_batches",
        "accumulate_grad_batches: {0: 1, 3: 2}, limit_train_batches: 10",
    ),
    (
        "accumulation-remainder",
        "accumulate_grad_batches: 4, overfit_batches: 10",
        "accumulate_grad_batches",
        "accumulate_grad_batches: 4, limit_train_batches: 0.3",
    ),
    ("no-training", "limit_train_batches: 0", "limit_train_batches", "limit_train_batches: 2"),
    ("checkpoint-never", "every_n_epochs: 6, num_epochs: 5", "every_n_epochs", "every_n_epochs: 5, num_epochs: 5"),
    (
        "callback-never",
        "num_epochs: 10, callbacks: [{name: BackboneFinetuning}]",
        "callbacks.0",
        "num_epochs: 11, callbacks: [{name: BackboneFinetuning}]",
    ),
    (
        "callback-never",
        "num_epochs: 5, callbacks: [{name: StochasticWeightAveraging, args: {swa_lrs: 1, swa_epoch_start: 6}}]",
        "callbacks.0.args.swa_epoch_start",
        "num_epochs: 5, callbacks: [{name: StochasticWeightAveraging, args: {swa_lrs: 1, swa_epoch_start: 5}}]",
    ),
    (
        "val-interval",
        "val_check_interval: 20, limit_train_batches: 10",
        "val_check_interval",
        "val_check_interval: 20, limit_train_batches: 10, check_val_every_n_epoch: null",
    ),
]


@pytest.mark.parametrize(("code", "wrong", "path", "right"), LINTS, ids=[f"{row[0]}: {row[1]}" for row in LINTS])
def test_a_lint(here: Path, code: str, wrong: str, path: str, right: str) -> None:
    assert of(wrong) == [(code, path)]
    assert of(right) == []


@pytest.mark.parametrize("code", sorted({row[0] for row in LINTS}))
def test_warnings_are_silenced_where_they_stand(here: Path, code: str) -> None:
    grave = code in ("early-stopping-never", "val-interval")  # Lightning stops there
    assert (CODES[code].severity, CODES[code].silenceable) == (("error", False) if grave else ("warning", True))
    wrong = next(row[1] for row in LINTS if row[0] == code)
    left = codes(f"trainer: {{args: {{{wrong}}}}}  # vibench: ignore[{code}]\n")
    assert [found for found, _ in left] == ([code, "unused-ignore"] if grave else [])


def test_early_stopping_without_validation_names_both_keys(here: Path) -> None:
    Path("c.yaml").write_text("trainer:\n  early_stopping: true\n  limit_val_batches: 0\n")
    (finding,) = load("c.yaml", [], {}).report.diagnostics
    assert finding.severity == "error"
    assert (str(finding.span), str(finding.related[0].span)) == ("c.yaml:2:3", "c.yaml:3:3")
    assert "limit_val_batches" in finding.message


def test_the_written_expectations_are_named(here: Path) -> None:
    text = "trainer: {args: {fast_dev_run: true, save_last: true, filename: a, early_stopping: {}}}"
    Path("c.yaml").write_text(text)
    (finding,) = load("c.yaml", [], {}).report.diagnostics
    assert [related.path.rpartition(".")[2] for related in finding.related] == [
        "save_last",
        "filename",
        "early_stopping",
    ]


@pytest.mark.parametrize(
    ("scheduler", "args", "found"),
    [
        ("ReduceLROnPlateau", "limit_val_batches: 0, save_top_k: 0", ["plateau-never"]),
        ("{name: ReduceLROnPlateau}", "limit_val_batches: 0, save_top_k: 0", ["plateau-never"]),
        ("ReduceLROnPlateau", "save_top_k: 0", []),
        ("CosineAnnealingLR", "limit_val_batches: 0, save_top_k: 0", []),
    ],
)
def test_a_schedule_that_watches_needs_validation(here: Path, scheduler: str, args: str, found: list[str]) -> None:
    text = f"task: {{name: classification, args: {{scheduler: {scheduler}}}}}\ntrainer: {{args: {{{args}}}}}"
    assert [code for code, _ in codes(text)] == found


def test_a_task_that_logs_it_makes_val_loss_a_choice(here: Path) -> None:
    assert codes(f"{TASK}trainer: {{args: {{save_top_k: 5}}}}") == []


def test_an_error_is_told_before_a_warning_of_the_same_place(here: Path) -> None:
    """Both rules blame the callback; the warning must not hide the error."""
    args = "num_epochs: 5, strategy: deepspeed, accelerator: gpu, callbacks: [{name: BackboneFinetuning}]"
    Path("c.yaml").write_text(f"trainer: {{args: {{{args}}}}}")
    found = load("c.yaml", [], {}).report.diagnostics
    codes = [d.code for d in found if d.path.startswith("trainer.args.callbacks")]
    assert sorted(codes) == ["callback-never", "callback-strategy"], [brief(d) for d in found]
