"""The examples of the README, run as they stand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from vibench.config.load import load

TEXT = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
YAML = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_it_leads_with_the_two_commands() -> None:
    first = TEXT.index("```sh")
    assert TEXT[first:].startswith("```sh\nmake train")
    assert "make test " in TEXT[first : TEXT.index("```", first + 5)]
    assert first < 300


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_python(here: Path, number: int) -> None:
    (here / "config.yaml").write_text(YAML[0])
    exec(compile(PYTHON[number], f"README.md, example {number}", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("number", range(len(YAML)))
def test_yaml(here: Path, number: int) -> None:
    (here / "c.yaml").write_text(YAML[number])
    shutil.copy(Path(__file__).parent.parent / "examples/own_parts.py", here)  # the classes that they name
    assert load("c.yaml", [], {}).report.diagnostics == ()


def test_every_command_and_file_it_names_exists() -> None:
    root = Path(__file__).parent.parent
    for name in re.findall(r"\]\(([\w./]+)\)", TEXT):
        assert (root / name).exists(), name
