"""Each way in which a class path or its arguments can be wrong, with the exact text that `validate` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.cli.render.text import render
from vibench.config.load import load

CORPUS = Path(__file__).parent.parent / "corpus" / "invalid" / "class-paths"


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.yaml")))
def test_the_text_is_exact(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CORPUS)
    report = load(f"{name}.yaml", (), {}).report
    assert render([report]) + "\n" == (CORPUS / f"{name}.txt").read_text(encoding="utf-8")
