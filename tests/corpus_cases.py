"""The corpus: config files by topic. Beside each invalid one stands the exact text output of `vibench validate`.

`NAME.args` holds overrides and `NAME.env` variables (`NAME=VALUE`), one a line. A file is validated inside its own
folder; base files stand in folders below.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vibench.cli.render import renderer
from vibench.config.load import load
from vibench.diagnostics import Report

CORPUS = Path(__file__).parent / "corpus"


def cases(kind: str) -> list[Path]:
    """The config files of one kind: `invalid`, `valid`."""
    return sorted((CORPUS / kind).glob("*/*.yaml"))


def validated(case: Path) -> Report:
    """The findings about a file of the corpus, with its overrides and variables."""
    variables = dict(line.split("=", 1) for line in _lines(case.with_suffix(".env")))
    with inside(case.parent):
        return load(case.name, _lines(case.with_suffix(".args")), variables).report


def text_of(report: Report) -> str:
    """What `vibench validate` prints of it."""
    return renderer("text")([report]) + "\n"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Have a folder as the working directory."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
