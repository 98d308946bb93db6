"""What a rule is, and the list of them. A rule looks at the validated settings, never at the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


Rule = Callable[[Experiment], Iterator[Finding]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Add a function to the rules."""
    RULES.append(function)
    return function


def broken(experiment: Experiment) -> Iterator[Finding]:
    """Everything the rules find."""
    for function in RULES:
        yield from function(experiment)


def written(model: StrictModel, names: Iterable[str]) -> list[str]:
    """Those of the settings that a file, an override or a variable holds."""
    held = model.model_fields_set
    return [name for name in names if name in held]
