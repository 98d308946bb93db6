"""`python -m benchmarks.typos`: how often a misspelt key is reported where it stands, with the right suggestion.

Every key at any depth of every valid file of the corpus is misspelt at every letter, in three ways: the letter is
left out, doubled, or swapped with the next. Keys that a file chooses freely are left out: anchors, variables, epochs,
and arguments of classes that vibench has no model of.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from benchmarks.pairs import ROOT
from vibench.config.canonical import names_of
from vibench.config.load import load
from vibench.config.reading import read
from vibench.config.source import Map, compose, items
from vibench.diagnostics import Diagnostic
from vibench.schemas.trainer import TrainerArgs

CORPUS = ROOT / "tests" / "corpus" / "valid"
LIMIT = 0.95
_FREE = re.compile(r"x-.*|environment\.[A-Z][A-Z0-9_]*|.*(loggers\.\d+|strategy)\.init_args\..*|.*\.\d+")
_OWN_CLASS = re.compile(r"(?!pytorch_lightning\.)")


class Key(NamedTuple):
    """A key of a file: its dotted path, its own text, where it stands, how deep."""

    path: str
    name: str
    start: int
    depth: int


def keys(tree: Any, path: str = "", depth: int = 1) -> Iterator[Key]:
    """Every key of a document that has a known set of names."""
    for key, value in items(tree):
        here = f"{path}.{key}" if path else str(key)
        if isinstance(tree, Map) and not _FREE.fullmatch(here):
            yield Key(here, str(key), tree.marks[str(key)][1], depth)
        own = isinstance(tree, Map) and _OWN_CLASS.match(str(tree.get("class_path", "pytorch_lightning.")))
        if isinstance(value, Map | list) and not (key == "init_args" and own):
            yield from keys(value, here, depth + isinstance(tree, Map))


def misspelt(name: str) -> Iterator[tuple[str, str]]:
    """The ways to misspell a name: which way, and what comes of it."""
    for at in range(len(name)):
        yield "left out", name[:at] + name[at + 1 :]
        yield "doubled", name[: at + 1] + name[at:]
        if name[at : at + 2] != name[at : at + 2][::-1]:
            yield "swapped", name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def recognised(found: tuple[Diagnostic, ...], key: Key) -> bool:
    """Whether a finding stands at the key and suggests it."""
    aliases = names_of(TrainerArgs).aliases
    meant = {key.name, aliases.get(key.name, key.name)}
    return any(
        d.span and d.span.start == key.start and {d.suggestion, aliases.get(d.suggestion)} & meant for d in found
    )


def of_file(name: str) -> Iterator[tuple[str, Key, str, bool]]:
    """Every misspelling of a file in the working directory, and whether it was recognised."""
    path = Path(name)
    original = path.read_bytes()
    source, _ = read(path)
    tree, _ = compose(source)
    for key in dict.fromkeys(keys(tree)):
        start = source.text.index(key.name, key.start)
        for way, wrong in misspelt(key.name):
            text = source.text[:start] + wrong + source.text[start + len(key.name) :]
            path.write_bytes(text.encode())
            yield way, key, wrong, recognised(load(name, (), {}).report.diagnostics, key)
    path.write_bytes(original)


def measure(files: list[Path]) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]], list[str]]:
    """Misspellings by way and depth, those recognised, and the others by name."""
    tried: Counter[tuple[str, int]] = Counter()
    right: Counter[tuple[str, int]] = Counter()
    missed = []
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        shutil.copytree(CORPUS, folder, dirs_exist_ok=True)
        try:
            for file in files:
                os.chdir(Path(folder) / file.parent.relative_to(CORPUS))
                for way, key, wrong, good in of_file(file.name):
                    tried[way, key.depth] += 1
                    right[way, key.depth] += good
                    missed += [] if good else [f"{file.relative_to(CORPUS)}: {key.path} as `{wrong}`"]
        finally:
            os.chdir(before)
    return tried, right, missed


def main() -> int:
    """Print a row for each way and depth, and the share of all; 1 where that is below the limit."""
    tried, right, missed = measure(sorted(CORPUS.glob("*/*.yaml")))
    print("letter     depth   tried   recognised")
    for way, depth in sorted(tried):
        print(f"{way:9}  {depth:5}  {tried[way, depth]:6}   {right[way, depth] / tried[way, depth]:7.2%}")
    share = right.total() / tried.total()
    print(f"{'all':16}  {tried.total():6}   {share:7.2%}   at least {LIMIT:.0%} wanted")
    if "--missed" in sys.argv[1:]:
        print(*missed, sep="\n")
    return int(share < LIMIT)


if __name__ == "__main__":
    sys.exit(main())
