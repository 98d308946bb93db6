"""Misspelt keys of one file; `python -m benchmarks.typos` measures the whole corpus."""

from __future__ import annotations

from benchmarks.typos import CORPUS, LIMIT, measure


def test_a_misspelt_key_is_recognised() -> None:
    tried, right, missed = measure([CORPUS / "bearing" / "baseline.yaml", CORPUS / "callbacks" / "lightnings-own.yaml"])
    assert tried.total() > 500
    assert right.total() / tried.total() > LIMIT, missed
