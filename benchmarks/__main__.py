"""`python -m benchmarks [NAME…] [--write]`: every ratio with its limit; fails where one is over it.

`--write` also puts the tables into docs/performance.md.
"""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.page import write
from benchmarks.result import Result

MODULES = ("cold", "classes", "loader", "throughput", "growth", "building", "first_step", "training", "data")


def main(words: list[str]) -> int:
    """Measure, print, and write where that is asked for."""
    names = [word for word in words if word != "--write"] or list(MODULES)
    if unknown := [name for name in names if name not in MODULES]:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    found = {name: measured(name) for name in names}
    if "--write" in words:
        write(found)
    return int(not all(result.held for results in found.values() for result in results))


def measured(name: str) -> list[Result]:
    """The results of one module, printed as they come."""
    results: list[Result] = import_module(f"benchmarks.{name}").measure()
    for result in results:
        against = f"{result.what}, against {result.against}"
        print(
            f"{against:84} {result.ratio:7.3f} x  {result.limit_shown:9} {result.verdict:8}  {result.note}", flush=True
        )
    return results


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
