"""`python -m benchmarks`: every ratio with its limit; fails where one is above it."""

from __future__ import annotations

import sys

from benchmarks import classes, cold, first_step, loader

LIMITS = {
    "validate": 1.2,
    "validate, ten class paths": 1.5,
    "plan": 1.2,
    "schema": 1.2,
    "--help": 1.2,
    "--version": 1.0,
    "train, to the first step": 1.1,
    "read YAML, against CSafeLoader": 1.0,
}


def main() -> int:
    """Measure, print, compare."""
    found = {**cold.measure(), **classes.measure(), **loader.measure(), **first_step.measure()}
    for name, ratio in found.items():
        print(f"{name:32} {ratio:5.2f} x   limit {LIMITS[name]:.2f}   {'ok' if ratio <= LIMITS[name] else 'TOO SLOW'}")
    return int(any(ratio > LIMITS[name] for name, ratio in found.items()))


if __name__ == "__main__":
    sys.exit(main())
