"""The generated part of docs/performance.md: between `<!-- NAME -->` and `<!-- /NAME -->` the tables of one module.

What stands around the markers is written by hand.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from benchmarks.pairs import ROOT
from benchmarks.result import Result

PAGE = ROOT / "docs" / "performance.md"
PACKAGES = (
    "torch",
    "pytorch-lightning",
    "pydantic",
    "PyYAML",
    "typer",
    "jsonargparse",
    "check-jsonschema",
    "yamllint",
)


def write(found: Mapping[str, list[Result]]) -> None:
    """Put the tables of the modules that were measured into the page; those of others stay."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = {name: f"{tables(results)}\n\nMeasured on {date.today()}." for name, results in found.items()}
    for name, block in {"machine": machine(), **blocks}.items():
        text = filled(text, name, block)
    PAGE.write_text(text, encoding="utf-8")


def filled(text: str, name: str, block: str) -> str:
    """The page with a block between its markers; raises LookupError where the page has none of that name."""
    between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
    if not between.search(text):
        raise LookupError(f"{PAGE} has no <!-- {name} --> … <!-- /{name} -->")
    return between.sub(lambda found: f"{found[1]}\n{block}\n\n{found[2]}", text)


def tables(results: list[Result]) -> str:
    """A table for each group."""
    return "\n\n".join(table(group, list(rows)) for group, rows in groupby(results, lambda one: one.group))


def table(group: str, rows: list[Result]) -> str:
    """One table under its heading."""
    lines = [f"**{group}**", "", "| what | against | ratio | limit | | in numbers |", "|---|---|---:|---:|---|---|"]
    for row in rows:
        cells = (row.what, row.against, f"{row.ratio:.3g} ×", row.limit_shown, row.verdict.lower(), row.note)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def machine() -> str:
    """What it was measured on and with."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    processor = f"{os.cpu_count()} × {processor_name()}"
    return f"{processor}, {platform.system()}; Python {platform.python_version()}, {versions}."


def processor_name() -> str:
    """As Linux calls it; elsewhere what Python knows."""
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
