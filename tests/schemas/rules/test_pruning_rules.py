"""Pruning in every spelling, and the rules about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load
from vibench.schemas import resolve

LN = "pruning_method: ln_structured"


def found(here: Path, text: str, *overrides: str) -> list[tuple[str, str]]:
    (here / "c.yaml").write_text(f"trainer: {{args: {{{text}}}}}\n")
    return [(d.code, d.path.removeprefix("trainer.args.")) for d in load("c.yaml", overrides, {}).report.diagnostics]


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("pruning_amount: 0.2", "pruning-unread", "pruning_amount"),
        ("pruning: false, pruning_method: random_unstructured", "pruning-unread", "pruning_method"),
        ("pruning: {dim: 0}", "pruning-unread", "pruning.dim"),
        ("pruning: {norm: 2, dim: 0, method: random_structured}", "pruning-unread", "pruning.norm"),
        ("pruning: {resample_parameters: true, use_lottery_ticket_hypothesis: false}", "pruning-unread",
         "pruning.resample_parameters"),
        ("pruning: true, num_epochs: 1", "pruning-never", "pruning"),
        ("pruning: [0.1, 0.2, 0.3], num_epochs: 3", "pruning-never", "pruning"),
        ("pruning: true, max_time: 00:01:00:00", "pruning-never", "pruning"),
        (f"pruning: {{norm: 2}}, {LN}", "pruning-structured", "pruning.dim"),
        (f"pruning: {{dim: 0}}, {LN}", "pruning-structured", "pruning.norm"),
        ("pruning: true, pruning_method: random_structured", "pruning-structured", "pruning.dim"),
        (f"pruning: {{dim: 0, norm: 2, use_global_unstructured: true}}, {LN}", "pruning-structured",
         "pruning.use_global_unstructured"),
        (f"pruning: {{dim: 0, norm: 2, parameter_names: [bias]}}, {LN}", "pruning-structured",
         "pruning.parameter_names"),
        ("pruning: true, callbacks: [{name: ModelPruning, args: {pruning_fn: l1_unstructured}}]", "duplicate-callback",
         "callbacks.0"),
        ("pruning: true, callbacks: [{name: StochasticWeightAveraging, args: {swa_lrs: 1}}]", "duplicate-callback",
         "callbacks.0"),
        ("pruning: 1", "one-weight", "pruning"),
        ("pruning: true, barebones: true", "barebones-conflict", "pruning"),
        ("pruning: 0.3, pruning_amount: 0.2", "conflict", "pruning_amount"),
        ("pruning: {amount: 0.3}, pruning_amount: 0.2", "conflict", "pruning_amount"),
        ("pruning: {amount: 0}", "wrong-type", "pruning.amount"),
        ("pruning: [0.1, 0.2]", "wrong-type", "pruning"),
        ("pruning: {parameter_names: []}", "wrong-type", "pruning.parameter_names"),
        ("pruning: {n: 2}", "unknown-key", "pruning.n"),
        ("gradient_checkpointing: {modules: []}", "wrong-type", "gradient_checkpointing.modules"),
        ("gradient_checkpointing: {}", "missing-key", "gradient_checkpointing"),
    ],
)  # fmt: skip
def test_what_is_said(here: Path, text: str, code: str, path: str) -> None:
    assert found(here, text) == [(code, path)]


@pytest.mark.parametrize(
    "text",
    [
        "pruning: true, num_epochs: 2",
        "pruning: [0.1, 0.2, 0.3], num_epochs: 4",
        "pruning: {schedule: every_epoch}, num_epochs: 1",
        "pruning: true, max_steps: 10",
        "pruning: true, fast_dev_run: true",
        f"pruning: {{dim: 0, norm: 2}}, {LN}",
        "pruning: {method: random_structured, dim: 1, use_global_unstructured: false}",
        "gradient_checkpointing: true, barebones: true",
    ],
)
def test_what_is_right(here: Path, text: str) -> None:
    assert found(here, text) == []


@pytest.mark.parametrize(
    ("text", "overrides", "amount"),
    [
        ("pruning: 0.3", ("trainer.args.pruning_amount=0.4",), 0.4),
        ("pruning: true, pruning_amount: 0.3", ("trainer.args.pruning=0.4",), 0.4),
        ("pruning: true, pruning_amount: 0.3", ("trainer.args.pruning=true",), 0.3),
        ("pruning: {amount: 0.3}", ("trainer.args.pruning=[0.1,0.2,0.4]",), [0.1, 0.2, 0.4]),
        ("pruning: 3.0", (), 3),
        ("pruning: {}", ("trainer.args.pruning.amount=7",), 7),
    ],
)
def test_the_higher_layer_wins_in_any_spelling(
    here: Path, text: str, overrides: tuple[str, ...], amount: object
) -> None:
    assert found(here, text, *overrides) == []
    config = load("c.yaml", overrides, {}).config
    assert config is not None
    assert resolve.pruning_amount(config.experiment.trainer.args) == amount


@pytest.mark.parametrize(
    ("stages", "epochs", "begins"),
    [(1, 100, [50]), (1, 2, [1]), (1, 3, [2]), (1, 1, [None]), (1, None, [None]), (3, 100, [25, 50, 75]),
     (3, 4, [1, 2, 3]), (3, 6, [2, 3, 5]), (3, 3, [1, 2, None]), (3, 1, [None, None, None])],
)  # fmt: skip
def test_when_the_stages_begin(stages: int, epochs: int | None, begins: list[int | None]) -> None:
    assert resolve.pruning_epochs(stages, epochs) == begins
