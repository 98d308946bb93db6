"""Imports run only downwards through the house."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "vibench"
FLOORS = ["diagnostics", "files", "schemas", "config", "editor", "trainer_factory", "training", "cli"]
# The built-in parts know the words that settings are declared with, and each other.
ASIDE = {"phm": {"vibench.schemas.base", "vibench.schemas.components", "vibench.schemas.choices"}}


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("vibench.")}


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_itself_and_what_is_below(floor: str) -> None:
    own = PACKAGE / floor
    files = sorted(own.rglob("*.py")) if own.is_dir() else [own.with_suffix(".py")]
    assert files
    allowed = {*FLOORS[: FLOORS.index(floor) + 1], "version"}
    for path in files:
        used = {name.split(".")[1] for name in imports(path)}
        assert used <= allowed, f"{path.name}: {used - allowed}"


def test_the_built_in_parts_stand_aside() -> None:
    for path in (PACKAGE / "phm").glob("*.py"):
        beyond = {name for name in imports(path) if not name.startswith("vibench.phm.")} - ASIDE["phm"]
        assert not beyond, f"{path.name}: {beyond}"
