"""`make bench-gpu`: the rows of the training on one GPU; where there is none, it says so and ends well."""

from __future__ import annotations

import sys

import torch

from benchmarks.page import machine
from benchmarks.training import measured_on


def main() -> int:
    """Print the rows; 1 where one is over its limit."""
    if not torch.cuda.is_available():
        print("no GPU is visible to torch here: nothing was measured")
        return 0
    print(f"{torch.cuda.get_device_name()}; {machine()}")
    results = measured_on("gpu", rounds=5)
    for one in results:
        row = f"{one.group}: {one.what}, against {one.against}"
        print(f"{row:110} {one.ratio:7.3f} x  {one.limit_shown:9} {one.verdict:8}  {one.note}")
    return int(not all(one.held for one in results))


if __name__ == "__main__":
    sys.exit(main())
