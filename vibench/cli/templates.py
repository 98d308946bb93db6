"""The configs that `vibench init` starts from: YAML files of the package."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "templates"
# In the order of the help.
NAMES = ("quickstart", "single-gpu", "ddp", "multi-node", "own-code", "debug")
NAME_INSIDE = "config.yaml"  # what a template calls itself
SCHEMA_LINE = "$schema=./vibench.schema.json"
# Files that a template needs beside it: name, and the file of the package.
BESIDE = {"own-code": {"own_parts.py": "own_parts.py.txt"}}


class Template(NamedTuple):
    """One template, as it is in the package."""

    name: str
    text: str

    @property
    def summary(self) -> str:
        """The first sentence of its comment."""
        lines = [line.removeprefix("#").strip() for line in self.text.splitlines()[1:]]
        return next(line for line in lines if line)

    def named(self, file: str) -> str:
        """The text, for a file of that name."""
        return self.text.replace(NAME_INSIDE, file)


def template(name: str) -> Template:
    """The template of a name."""
    return Template(name, (FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def beside(name: str) -> dict[str, str]:
    """Other files of a template, by name."""
    return {file: (FOLDER / source).read_text(encoding="utf-8") for file, source in BESIDE.get(name, {}).items()}
