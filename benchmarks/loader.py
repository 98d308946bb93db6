"""Reading YAML with places and YAML 1.2 scalars, against PyYAML's own C loader."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter

import yaml

from benchmarks.pairs import ROOT
from vibench.config.source import compose
from vibench.diagnostics import Source

FILES = sorted(Path(ROOT / "examples").glob("*.yaml"))


def measure(rounds: int = 200) -> dict[str, float]:
    """Ratio of our reader to `yaml.load(…, CSafeLoader)` over the examples."""
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
    return {"read YAML, against CSafeLoader": median(ours) / median(theirs)}
