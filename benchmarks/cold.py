"""Cold start of the light commands, against a process that imports yaml and defines one Pydantic class."""

from __future__ import annotations

from benchmarks.pairs import installed, medians, python

BASE = "import yaml\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    x: int\n"
FILE = "examples/quickstart.yaml"
COMMANDS = {
    "validate": ("validate", FILE),
    "plan": ("plan", FILE),
    "schema": ("schema",),
    "--help": ("--help",),
    "--version": ("--version",),
}


def measure(rounds: int = 15) -> dict[str, float]:
    """Ratio of each command to the base process."""
    found = medians(
        {"base": python("-c", BASE), **{name: [installed("vibench"), *words] for name, words in COMMANDS.items()}},
        rounds,
    )
    return {name: found[name] / found["base"] for name in COMMANDS}
