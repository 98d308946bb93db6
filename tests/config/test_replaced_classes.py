"""A class that a higher layer replaces: what of the lower layer's arguments stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load

PARTS = """\
import pytorch_lightning as pl


class Small(pl.LightningModule):
    def __init__(self, lr: float = 0.1, width: int = 3, depth: int = 2):
        super().__init__()


class Large(pl.LightningModule):
    def __init__(self, lr: float = 0.1, heads: int = 3):
        super().__init__()


class Open(pl.LightningModule):
    def __init__(self, **options):
        super().__init__()
"""
TASK = "task: {class_path: parts.Small, init_args: {lr: 0.2, width: 4, depth: 3}}\n"
BUILT_IN = "task: {name: classification, args: {optimizer: {name: SGD, args: {momentum: 0.9, weight_decay: 0.1}}}}\n"


def said(text: str, *overrides: str) -> tuple[dict[str, list[str]], object]:
    Path("parts.py").write_text(PARTS)
    Path("c.yaml").write_text(text)
    loaded = load("c.yaml", overrides, {})
    findings: dict[str, list[str]] = {}
    for one in loaded.report.diagnostics:
        findings.setdefault(one.code, []).append(f"{one.path}: {one.message}; {one.hint}")
    return findings, loaded.config.experiment.task if loaded.config else None


def test_what_the_new_class_does_not_take_is_dropped_with_a_note(here: Path) -> None:
    findings, task = said(TASK, "task.class_path=parts.Large")
    note = "`parts.Large` replaces `parts.Small` and does not accept `width`, `depth`: dropped"
    note += "; kept from the lower layer: `lr`"
    assert findings == {"dropped-arguments": [f"task.class_path: {note}"]}
    assert task == {"class_path": "parts.Large", "init_args": {"lr": 0.2}}


@pytest.mark.parametrize(
    "overrides",
    [
        ("task.class_path=parts.Large", "task.init_args.width=5"),  # above the new class
        ("task={class_path: parts.Large, init_args: {width: 5}}",),  # beside it
        ("task.init_args.haeds=2", "task.class_path=parts.Small"),  # the class stays
    ],
)
def test_what_was_written_for_the_new_class_is_held_to_it(here: Path, overrides: tuple[str, ...]) -> None:
    assert "unknown-key" in said(TASK, *overrides)[0]


def test_a_class_that_takes_anything_keeps_everything(here: Path) -> None:
    findings, task = said(TASK, "task.class_path=parts.Open")
    assert findings == {}
    assert task == {"class_path": "parts.Open", "init_args": {"lr": 0.2, "width": 4, "depth": 3}}


def test_a_base_file_is_a_layer_too(here: Path) -> None:
    Path("base.yaml").write_text(TASK)
    findings, task = said("base_configs: [base.yaml]\ntask: {class_path: parts.Large, init_args: {heads: 8}}\n")
    assert list(findings) == ["dropped-arguments"]
    assert task == {"class_path": "parts.Large", "init_args": {"lr": 0.2, "heads": 8}}


@pytest.mark.parametrize(
    ("text", "override", "expected"),
    [
        (  # a name of a built-in choice
            BUILT_IN,
            "task.args.optimizer.name=AdamW",
            {"name": "classification", "args": {"optimizer": {"name": "AdamW", "args": {"weight_decay": 0.1}}}},
        ),
        (TASK, "task={name: classification, args: {lr: 0.5}}", {"name": "classification", "args": {"lr": 0.5}}),
        (BUILT_IN, "task={class_path: parts.Large}", {"class_path": "parts.Large"}),
    ],
)
def test_names_and_classes_in_the_place_of_each_other(here: Path, text: str, override: str, expected: object) -> None:
    findings, task = said(text, override)
    assert list(findings) == ["dropped-arguments"]
    assert task == expected


def test_two_replacements_one_after_the_other(here: Path) -> None:
    findings, task = said(TASK, "task.class_path=parts.Large", "task.init_args.heads=2", "task.class_path=parts.Small")
    assert task == {"class_path": "parts.Small", "init_args": {"lr": 0.2, "width": 4, "depth": 3}}
    assert len(findings["dropped-arguments"]) == 1


def test_the_arguments_of_a_custom_trainer_go_with_it(here: Path) -> None:
    Path("mine.py").write_text(
        "from vibench.trainer_factory import register_trainer\n\n\n"
        "@register_trainer('Mine')\ndef make(args_e, args_t, args_d, path):\n    return None\n"
    )
    text = "imports: [mine]\ntrainer: {name: Mine, args: {num_epochs: 2, budget: 3}}\n"
    assert said(text)[0] == {}
    assert list(said(text, "trainer.name=Default_trainer")[0]) == ["dropped-arguments"]
