"""Every file of the corpus says exactly what stands beside it; together they show every finding a file can cause."""

from __future__ import annotations

import shlex
import shutil
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from tests.corpus_cases import CORPUS, cases, text_of, validated
from tests.later_cases import later_codes, lay_out, said_later
from tools.pages.diagnostics import diagnostics_page
from vibench import train
from vibench.cli.app import app_for
from vibench.cli.arguments import one
from vibench.config.load import load
from vibench.diagnostics import CODES

INVALID, VALID = cases("invalid"), cases("valid")
# What the reference shows beside a wrong example, by code: a file, or lines of a shell.
RIGHT, LINES = (sorted((CORPUS / "right").glob(f"*.{kind}")) for kind in ("yaml", "sh"))
LATER = later_codes()  # what no file shows by itself, or not on every machine


def name_of(case: Path) -> str:
    return str(case.relative_to(CORPUS))


@pytest.mark.parametrize("case", INVALID, ids=name_of)
def test_what_is_said_of_a_wrong_file(case: Path) -> None:
    assert text_of(validated(case)) == case.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", VALID, ids=name_of)
def test_a_right_file_is_accepted_without_a_word(case: Path) -> None:
    assert text_of(validated(case)) == f"{case.name}: valid\n"


@pytest.mark.slow
@pytest.mark.parametrize("code", LATER)
def test_what_is_said_later(code: str, tmp_path: Path) -> None:
    assert said_later(code, tmp_path) == (CORPUS / "later" / f"{code}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", RIGHT, ids=name_of)
def test_what_is_shown_as_right_is(case: Path, here: Path) -> None:
    lay_out(here)
    shutil.copy(case, here)
    assert case.stem in CODES
    assert text_of(load(case.name, (), {}).report) == f"{case.name}: valid\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "case", [case for case in RIGHT if case.stem in LATER and "data:" in case.read_text()], ids=name_of
)
def test_what_is_shown_as_right_trains(case: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(here)
    shutil.copy(case, here)
    monkeypatch.syspath_prepend(str(here))
    assert train(case.name, ("trainer.args.num_epochs=1", "trainer.args.accelerator=cpu")).iterations


@pytest.mark.parametrize("case", LINES, ids=name_of)
def test_the_lines_shown_as_right_are(case: Path, here: Path) -> None:
    lay_out(here)
    assert case.stem in CODES
    for line in case.read_text(encoding="utf-8").splitlines():
        words = shlex.split(line, comments=True)
        variables = dict(word.split("=", 1) for word in takewhile(lambda word: "=" in word, words))
        if words[:2] == ["pip", "install"]:
            assert find_spec(words[2])
        elif words:
            _parsed(words[words.index("vibench") + 1 :], variables)


def _parsed(words: list[str], variables: dict[str, str]) -> None:
    """The command takes these options, and the config, its overrides and variables are right."""
    group = get_command(app_for(words))
    assert isinstance(group, TyperGroup)
    given = group.commands[words[0]].make_context(words[0], words[1:]).params["words"]
    file, overrides = one(given)
    assert not load(file[0], overrides, variables).report.diagnostics


def test_the_corpus_is_large_and_whole() -> None:
    assert len(INVALID) >= 150
    assert len(VALID) >= 40
    outputs = {path.with_suffix(".yaml") for path in (CORPUS / "invalid").glob("*/*.txt")}
    assert outputs == set(INVALID)


def test_every_code_appears() -> None:
    seen = {finding.code for case in INVALID for finding in validated(case).diagnostics}
    assert set(CODES) - seen == set(LATER)


def test_every_code_has_a_wrong_and_a_right_example() -> None:
    page = diagnostics_page().split("\n## ")[1:]
    lacking = [part.split("\n")[0] for part in page if "\nWrong:" not in part or "\nRight:" not in part]
    assert lacking == []
