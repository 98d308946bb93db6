"""Every file of the corpus says exactly what stands beside it; together they show every finding a file can cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus_cases import CORPUS, cases, text_of, validated
from vibench.diagnostics import CODES

INVALID, VALID = cases("invalid"), cases("valid")
RIGHT = sorted((CORPUS / "right").glob("*.yaml"))  # what the reference shows beside a wrong file, by code
# What no file shows by itself, or not on every machine.
NOT_OF_A_FILE = {
    "`validate` takes a part of an experiment": ("missing-section", "not-yet-supported"),
    "`validate` imports nothing, and calls nothing": ("bad-init-args",),
    "seen on the network itself": ("pruning-amount", "nothing-to-prune", "nothing-to-checkpoint", "not-with-compile"),
    "seen while training": ("metric-not-logged", "trainer-refuses", "nothing-to-tune", "tuning-failed"),
    "seen on the run to go on from": ("no-checkpoint", "unsafe-checkpoint", "changed-since", "run-in-use"),
    "hangs on the machine": ("no-login", "not-on-this-machine"),
    "said by `plan --trace`": ("no-effect",),
}


def name_of(case: Path) -> str:
    return str(case.relative_to(CORPUS))


@pytest.mark.parametrize("case", INVALID, ids=name_of)
def test_what_is_said_of_a_wrong_file(case: Path) -> None:
    assert text_of(validated(case)) == case.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", VALID, ids=name_of)
def test_a_right_file_is_accepted_without_a_word(case: Path) -> None:
    assert text_of(validated(case)) == f"{case.name}: valid\n"


@pytest.mark.parametrize("case", RIGHT, ids=name_of)
def test_what_is_shown_as_right_is(case: Path) -> None:
    assert case.stem in CODES
    assert text_of(validated(case)) == f"{case.name}: valid\n"


def test_the_corpus_is_large_and_whole() -> None:
    assert len(INVALID) >= 150
    assert len(VALID) >= 40
    outputs = {path.with_suffix(".yaml") for path in (CORPUS / "invalid").glob("*/*.txt")}
    assert outputs == set(INVALID)


def test_every_code_appears() -> None:
    seen = {finding.code for case in INVALID for finding in validated(case).diagnostics}
    assert set(CODES) - seen == {code for codes in NOT_OF_A_FILE.values() for code in codes}
