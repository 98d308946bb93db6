"""Files that are made to take long or much: each is refused or read in about the time of a normal file."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from time import perf_counter

import pytest

from vibench.config.load import load

ALIASED = 'x-a: &a "' + "y" * 10_000 + '"\nmodel: {class_path: a.B, init_args: {l: [' + "*a," * 9_000 + "]}}"
LADDER = "a0: &a0 [1]\n" + "\n".join(f"a{i}: &a{i} {'[' * 90}*a{i - 1}{']' * 90}" for i in range(1, 30))
BOMB = "x-0: &a0 [x, x]\n" + "\n".join(f"x-{i}: &a{i} [{f'*a{i - 1}, ' * 10}]" for i in range(1, 12))
EVIL = {
    "brackets": ("[" * 900_000, "too-deep"),
    "braces": ("{a: " * 200_000, "too-deep"),
    "alias bomb": (BOMB, "alias-bomb"),
    "aliases of a long text": (ALIASED, "alias-bomb"),
    "aliases that nest": (LADDER, "too-deep"),
    "too large": ("#" * 1_100_000, "too-large"),
    "blanks": (" " * 900_000, "empty-file"),
    "one long number": (f"trainer: {{num_epochs: {'1' * 900_000}}}", "bad-number"),
    "unknown keys": ("trainer:\n" + "\n".join(f"  key{i}: 1" for i in range(2_000)), "unknown-key"),
    "unknown sections": ("\n".join(f"key{i}: 1" for i in range(2_000)), "unknown-key"),
    "duplicates": ("trainer:\n" + "  num_epochs: 1\n" * 2_000, "duplicate-key"),
}


@pytest.mark.parametrize("name", EVIL)
def test_it_takes_neither_long_nor_much(here: Path, name: str) -> None:
    text, code = EVIL[name]
    Path("c.yaml").write_text(text)
    load("c.yaml", (), {})  # imports and caches are nothing of the file's
    start = perf_counter()
    codes = {finding.code for finding in load("c.yaml", (), {}).report.diagnostics}
    assert perf_counter() - start < 1.5
    assert code in codes
    tracemalloc.start()
    load("c.yaml", (), {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000
