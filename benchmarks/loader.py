"""Reading YAML with places and YAML 1.2 scalars, against PyYAML's own C loader."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import yaml

from benchmarks.pairs import ROOT, ratio
from benchmarks.result import Result
from vibench.config.source import compose
from vibench.diagnostics import Source

FILES = sorted(Path(ROOT / "examples").glob("*.yaml"))


def measure(rounds: int = 200) -> list[Result]:
    """Our reader against `yaml.load(…, CSafeLoader)` over the examples."""
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    ours, theirs = [], []
    for _ in range(rounds):
        start = perf_counter()
        for text in texts:
            compose(Source("x.yaml", text))
        ours.append(perf_counter() - start)
        start = perf_counter()
        for text in texts:
            yaml.load(text, yaml.CSafeLoader)
        theirs.append(perf_counter() - start)
    what, against = "a tree with places, YAML 1.2, duplicate keys seen", "`yaml.load(…, CSafeLoader)`"
    return [Result("Reading YAML", what, against, ratio(ours, theirs), 1.0)]
