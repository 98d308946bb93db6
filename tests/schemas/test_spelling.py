"""Edit distance, and what a misspelt word was meant to be."""

from __future__ import annotations

import pytest

from vibench.schemas.metrics import respelt
from vibench.schemas.spelling import distance, typo_of

KNOWN = ("num_epochs", "min_epochs", "mode", "model", "gpus", "lr", "accelerator")


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("abc", "abc", 0), ("abc", "ab", 1), ("abc", "abbc", 1), ("abc", "axc", 1), ("abc", "acb", 1), ("abc", "xyz", 3)],
)
def test_distance(one: str, other: str, far: int) -> None:
    assert distance(one, other, 5) == distance(other, one, 5) == far


def test_a_distance_above_the_limit_is_only_known_to_be_above() -> None:
    assert distance("abcdef", "uvwxyz", 2) == 3
    assert distance("a", "abcdef", 2) == 3


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("num_epoch", "num_epochs"),
        ("numEpochs", "num_epochs"),
        ("NUM-EPOCHS", "num_epochs"),
        ("mnum_epochs", "num_epochs"),
        ("mod", "mode"),
        ("gpsu", "gpus"),
        ("rl", "lr"),
        ("x", ""),
        ("acelerater", "accelerator"),
        ("something", ""),
    ],
)
def test_what_is_meant(word: str, meant: str) -> None:
    assert typo_of(word, KNOWN) == meant


@pytest.mark.parametrize(("metric", "right"), [("val_los", "val_loss"), ("val/acuracy", "val/accuracy"), ("xyz", "")])
def test_a_metric_is_respelt_by_one_letter(metric: str, right: str) -> None:
    assert respelt(metric) == right
