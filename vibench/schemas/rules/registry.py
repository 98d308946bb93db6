"""What a rule is, and the list of them. A rule looks at the validated settings, never at the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from vibench.schemas.base import StrictModel
from vibench.schemas.experiment import Experiment

ARGS = "trainer.args"


class Finding(NamedTuple):
    """What a rule found: the paths are canonical, the first one is blamed, `also` are the others.

    `suggestion`: what to write in place of the value, where one name is meant for another.
    """

    code: str
    path: str
    message: str
    hint: str = ""
    also: tuple[str, ...] = ()
    suggestion: str = ""


Judge = Callable[[Experiment], Iterator[Finding]]


class Rule(NamedTuple):
    """A function, and what it needs one of to find anything; none: it looks at every config.

    `settings`: names of settings that are written, or of the classes of callbacks.
    """

    judge: Judge
    settings: frozenset[str]


RULES: list[Rule] = []


def rule(*settings: str) -> Callable[[Judge], Judge]:
    """Add a function to the rules; `settings`: fewest of the trainer and environment without which all is well.

    A file writes a fraction of the settings, so that most rules need not look at it. A rule about certain callbacks
    names their classes in place of `callbacks`.
    """

    def add(function: Judge) -> Judge:
        RULES.append(Rule(function, frozenset(settings)))
        return function

    return add


def broken(experiment: Experiment) -> Iterator[Finding]:
    """Everything the rules find."""
    args = experiment.trainer.args
    held = args.model_fields_set | experiment.environment.model_fields_set
    for callback in args.callbacks:
        held.add((callback.class_path or callback.name or "").rpartition(".")[2])
    for judge in _concerned(frozenset(held)):
        yield from judge(experiment)


@lru_cache(256)
def _concerned(held: frozenset[str]) -> tuple[Judge, ...]:
    """The rules that may find something where these are written; files of one campaign write the same."""
    return tuple(judge for judge, settings in RULES if not settings or not settings.isdisjoint(held))


def written(model: StrictModel, names: Iterable[str]) -> list[str]:
    """Those of the settings that a file, an override or a variable holds."""
    held = model.model_fields_set
    return [name for name in names if name in held]
