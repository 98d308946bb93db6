"""Steps per second of `vibench train` with default settings, and what each default costs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory

import torch

from benchmarks.fits import Fit, bare, by_hand, by_vibench, planned, silent, with_bar
from benchmarks.loops import fabric, raw
from benchmarks.pairs import ratio
from benchmarks.result import Result
from benchmarks.subjects import Subject, subjects
from benchmarks.switches import switches
from vibench.trainer_factory.plan import Plan

Way = Callable[[Subject, str], Fit]
HAND = "Lightning by hand"
OTHERS: dict[str, Way] = {
    "Lightning by hand, with its progress bar": with_bar,
    "a bare Trainer": bare,
    "a loop on Fabric": fabric,
    "a loop in torch": raw,
}


def measure(rounds: int = 7) -> list[Result]:
    """On the CPU."""
    return measured_on("cpu", rounds)


def measured_on(accelerator: str, rounds: int) -> list[Result]:
    """Speeds and costs of both subjects, with one thread of the CPU, so that none waits for another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # as `vibench train` does; a collection that walks all of torch would fall on one side by chance
    try:
        rows = ((*speeds(one, rounds), *costs(one, rounds)) for one in subjects(accelerator))
        return [row for two in rows for row in two]
    finally:
        gc.unfreeze()
        torch.set_num_threads(threads)


def speeds(subject: Subject, rounds: int) -> list[Result]:
    """Steps per second beside other ways to train the same."""
    fits = in_turns({"vibench": by_vibench, HAND: by_hand, **OTHERS}, subject, rounds)
    return [_speed(subject, fits, other, 0.98 if other == HAND else None) for other in (HAND, *OTHERS)]


def _speed(subject: Subject, fits: Mapping[str, list[Fit]], other: str, limit: float | None) -> Result:
    ours, theirs = ([fit.speed for fit in fits[name]] for name in ("vibench", other))
    cpu = ratio((fit.cpu for fit in fits["vibench"]), (fit.cpu for fit in fits[other]))
    note = f"{median(ours):.0f} against {median(theirs):.0f} steps/s; {cpu:.3f} × its CPU time"
    group = f"Steps per second, {subject.name}"
    return Result(group, "`vibench train`", other, ratio(ours, theirs), limit, at_least=True, note=note)


def costs(subject: Subject, rounds: int) -> list[Result]:
    """CPU time with all defaults beside that without one of them, one after the other."""
    changes = switches(planned(subject, "nowhere"))
    limit = None if subject.name.startswith("tiny") else 1.02
    return [_cost(subject, name, change, limit, rounds) for name, change in changes.items()]


def _cost(subject: Subject, name: str, change: Callable[[Plan], Plan], limit: float | None, rounds: int) -> Result:
    whole, less = in_turns(
        {"with": by_vibench, "without": partial(by_vibench, change=change)}, subject, rounds
    ).values()
    cpu = ratio((fit.cpu for fit in whole), (fit.cpu for fit in less))
    more = median(one.cpu - other.cpu for one, other in zip(whole, less, strict=True)) / whole[0].steps * 1e6
    slower = ratio((fit.seconds for fit in whole), (fit.seconds for fit in less))
    note = f"{more:+.0f} µs of CPU a step; {slower:.3f} × the time on the wall"
    return Result(f"CPU time of each default, {subject.name}", f"with {name}", "without", cpu, limit, note=note)


def in_turns(ways: Mapping[str, Way], subject: Subject, rounds: int) -> dict[str, list[Fit]]:
    """Fits of each way over interleaved rounds, every other round backwards, after one that fills the caches."""
    found: dict[str, list[Fit]] = {name: [] for name in ways}
    with TemporaryDirectory() as folder, silent():
        for number in range(rounds + 1):
            for index, name in enumerate(ways if number % 2 else reversed(list(ways))):
                found[name].append(ways[name](subject, f"{folder}/{number}_{index}"))
    return {name: fits[1:] for name, fits in found.items()}
