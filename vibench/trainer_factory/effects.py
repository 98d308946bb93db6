"""What each written key feeds: the proof that it has an effect.

Nothing is looked up in a table: the key is given other values that it accepts, and what changes in the plan is what
it feeds. A key whose every change leaves the plan as it is, and that nothing else reads, feeds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from vibench.config.load import Config, place
from vibench.config.origins import Origin, origins
from vibench.config.resolved import sections
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas.components import BUILTINS, Component
from vibench.schemas.experiment import DEFAULT_TRAINER, Experiment
from vibench.schemas.sample import samples
from vibench.trainer_factory.plan import Plan, plan
from vibench.trainer_factory.planning.parts import NONE_NAMED, Named, Part

# Settings that are read beside the plan, and by what.
READ_ELSEWHERE: dict[str, str] = {
    "environment.seed": "seed_everything",
    "environment.iterations": "the run: how often it is repeated",
    "environment.project": "the run's record",
    "environment.notes": "the run's record",
    "environment.tags": "the run's record",
    "environment.csv": "nothing to choose: the CSV log is always written",
    "trainer.name": "which trainer is made",
    "imports": "the run: modules to import",
}


class Effect(NamedTuple):
    """A written key, where it was written, and what it feeds: arguments (`Trainer.max_epochs`), or a reader."""

    path: str
    origin: Origin
    feeds: tuple[str, ...]


def effects(config: Config) -> list[Effect]:
    """What every written key of a config feeds; nothing is fed by a key that has no effect."""
    written = {path: origin for path, origin in origins(config).items() if origin.span is not None}
    return [Effect(path, origin, _feeds(config, path)) for path, origin in written.items()]


def without_effect(config: Config, found: list[Effect], known: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """A finding for each key that feeds nothing, where none says so already."""
    said = {finding.path for finding in known}
    findings = []
    for effect in found:
        path, span = place(config.tree, effect.path)
        section = effect.path.partition(".")[0]
        if not effect.feeds and path not in said and section not in said:
            message = f"`{path}` changes nothing here: other settings decide what it would"
            findings.append(diagnostic("no-effect", path, message, hint="remove it", span=span))
    return findings


def _feeds(config: Config, path: str) -> tuple[str, ...]:
    experiment = config.experiment
    section, _, key = path.partition(".")
    if section in BUILTINS:
        return _part_feeds(config, section, key)
    if experiment.trainer.name != DEFAULT_TRAINER and path.startswith("trainer.args."):
        return (f"{experiment.trainer.name}: {key.removeprefix('args.')}",)
    if section == "environment" and key in experiment.environment.variables:
        return ("the process environment",)
    component = _component_feeds(experiment, path.split("."))
    reader = READ_ELSEWHERE.get(path)
    return (component,) if component else (*changes(experiment, path, config.named), *([reader] if reader else ()))


def _component_feeds(value: Any, steps: list[str]) -> str:
    """A key of a class that the user names: an argument of that class. Nothing for any other key."""
    for number, step in enumerate(steps):
        value = value[int(step)] if isinstance(value, list) else getattr(value, step, None)
        if isinstance(value, Component):
            name = (value.class_path or value.name or "").rpartition(".")[2]
            return ".".join([name, *steps[number + 2 :]])
    return ""


def _part_feeds(config: Config, kind: str, key: str) -> tuple[str, ...]:
    """A key of `data`, `model` or `task`: an argument of the class; nothing where it belongs to another framework."""
    class_path, _ = sections(config).get(kind, ("", {}))
    name, argument = class_path.rpartition(".")[2], key.partition(".")[2]
    return (f"{name}.{argument}" if argument else name,) if name else ()


def changes(experiment: Experiment, path: str, named: Named = NONE_NAMED) -> list[str]:
    """The arguments of the plan that change with a setting."""
    now = flat(_planned(experiment, named))
    found: dict[str, None] = {}
    for other in _others(experiment, path.split(".")):
        then = flat(_planned(other, named))
        found.update(dict.fromkeys(key for key in {**now, **then} if now.get(key) != then.get(key)))
    return [key for key in found if key.partition(".")[0] not in found or "." not in key]


def _planned(experiment: Experiment, named: Named) -> Plan:
    environment = experiment.environment
    return plan(experiment, str(Path(environment.output_dir) / (environment.name or "run")), named=named)


def flat(made: Plan) -> dict[str, str]:
    """A plan as texts by argument; a class is there under its own name."""
    found = {f"Trainer.{name}": repr(value) for name, value in made.trainer.items()}
    for part in (*made.callbacks, *made.loggers):
        found |= _flat_part(part, found)
    for name, value in (("tuner", made.tuner), ("resume", made.resume)):
        found |= {f"{name}.{key}": repr(inner) for key, inner in (value or {}).items()}
    return found


def _flat_part(part: Part, found: dict[str, str]) -> dict[str, str]:
    """Its class and arguments; of several of one class, all that they say."""
    mine = {part.name: part.class_path, **{f"{part.name}.{key}": repr(inner) for key, inner in part.init_args.items()}}
    return {key: f"{found.get(key, '')}{value}" for key, value in mine.items()}


def _others(model: Any, steps: list[str]) -> Iterator[Any]:
    """The same settings with another value at a path."""
    name, *below = steps
    value = getattr(model, name, None)
    if isinstance(value, BaseModel) and below:
        yield from (model.model_copy(update={name: other}) for other in _others(value, below))
    elif name in type(model).model_fields:
        kept = model.model_dump(mode="json", exclude_unset=True, exclude={name})
        for change in ({}, *({name: sample} for sample in samples(type(model), name))):
            yield type(model).model_validate_json(dumps({**kept, **change}))
