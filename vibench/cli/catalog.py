"""Everything that can be looked up by name: settings, registered parts, Lightning's classes, codes, old keys.

Made from the declarations alone. `explain` and the shell's completion read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel

from vibench.config.canonical import names_of
from vibench.config.parts import inner_models
from vibench.diagnostics import CODES
from vibench.schemas import removed
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import DEFAULT_TRAINER, REGISTERED_TRAINERS, Experiment, TrainerSection
from vibench.schemas.old import Old
from vibench.schemas.trainer import OWNED, TrainerArgs

if TYPE_CHECKING:
    from vibench.config.context import Context
    from vibench.config.listing import Page

_SECTIONS = {
    "TrainerArgs": "trainer.args.",
    "EnvironmentArgs": "environment.",
    "Experiment": "",
    "EarlyStoppingSettings": "trainer.args.early_stopping.",
    "CheckpointSettings": "trainer.args.checkpoint.",
    "ModelCheckpoint": "ModelCheckpoint.",
    "RichProgressBar": "RichProgressBar.",
    "BackboneFinetuning": "BackboneFinetuning.",
    "Component": "trainer.args.callbacks.",
}
TABLES: tuple[Literal["callbacks", "profilers"], ...] = ("callbacks", "profilers")


class Key(NamedTuple):
    """A setting: its path, the model that declares it, and the part or class it is an argument of, if it is one."""

    path: str
    model: type[BaseModel]
    name: str
    owner: str = ""


class Thing(NamedTuple):
    """A registered part, a class of Lightning's, or a trainer: where it is written, and the model of its arguments."""

    title: str
    where: str
    model: type[BaseModel] | None


class Code(NamedTuple):
    """The code of a finding."""

    code: str


class Former(NamedTuple):
    """A key that is no more."""

    path: str
    row: Old


class Foreign(NamedTuple):
    """A part that a module or an installed package registers: where it is written, and what its source says of it."""

    where: str
    page: Page


Topic = Key | Thing | Code | Former | Foreign
WRITTEN_IN = {"trainers": "trainer.name", "callbacks": "trainer.args.callbacks"}


@cache
def keys() -> tuple[Key, ...]:
    """Every setting of the file and every argument of the parts and classes that a file can name."""
    found = [*_below("", Experiment), *_below("environment", EnvironmentArgs)]
    found += [*_below("trainer", TrainerSection), *_below("trainer.args", TrainerArgs)]
    for kind, parts in BUILTINS.items():
        for name, builtin in parts.items():
            found += _below(f"{kind}.args", builtin.args_model(), name)
    for table in TABLES:
        for name, model in lightnings(table).models.items():
            found += _below(name, model, name)
    return tuple(found)


def _below(path: str, model: type[BaseModel], owner: str = "") -> Iterator[Key]:
    sections = (EnvironmentArgs, TrainerArgs, TrainerSection)
    for name in model.model_fields:
        here = f"{path}.{name}" if path else name
        yield Key(here, model, name, owner)
        inner = inner_models(model).get(name)
        if inner is not None and inner not in sections and not {"name", "args"} <= inner.model_fields.keys():
            yield from _below(here, inner, owner)


def find(word: str) -> list[Topic]:
    """What is known under a name: a code, a registered name, a dotted key in any spelling, or a bare one."""
    if word in CODES:
        return [Code(word)]
    things: list[Topic] = [thing for thing in _things() if thing.title == word]
    steps = [step for step in word.split(".") if not step.isdigit()]
    return things or _keys_of(steps) or _former(steps)


def registered(word: str, context: Context) -> list[Topic]:
    """The registered parts of a name that are neither built in nor Lightning's; their sources are read."""
    from vibench.config.listing import page
    from vibench.schemas.components import TABLES as KINDS

    found: list[Topic] = []
    for table in (*KINDS, "trainers"):
        offer = context.offers.find(table, word)
        if offer is not None and offer.origin not in ("vibench", "pytorch_lightning"):
            found.append(Foreign(WRITTEN_IN.get(table, f"{table}.name"), page(offer, context.world)))
    return found


def names() -> list[str]:
    """Every name that can be looked up, for suggestions."""
    found = [*CODES, *(thing.title for thing in _things()), *(key.path for key in keys())]
    found += [key.name for key in keys()]
    found += names_of(TrainerArgs).aliases
    return [*found, *(key for table in removed.TABLES.values() for key in table)]


def _things() -> Iterator[Thing]:
    for name in (DEFAULT_TRAINER, *REGISTERED_TRAINERS):
        yield Thing(name, "trainer.name", TrainerArgs if name == DEFAULT_TRAINER else None)
    for kind, parts in BUILTINS.items():
        for name, builtin in parts.items():
            yield Thing(name, f"{kind}.name", builtin.args_model())
    for table, place in zip(TABLES, ("trainer.args.callbacks", "trainer.args.profiler"), strict=True):
        for name, model in lightnings(table).models.items():
            yield Thing(name, place, model)


def _keys_of(steps: list[str]) -> list[Topic]:
    if len(steps) == 1:
        meant = {steps[0], *_canonical(["trainer", "args", *steps])[2:]}
        return [key for key in keys() if key.name in meant and not _same_class(key)]
    spellings = (steps, ["trainer", "args", *steps], ["environment", *steps])
    paths = [".".join(_canonical(spelling)) for spelling in spellings]
    return [key for key in keys() if key.path in paths]


def _same_class(key: Key) -> bool:
    """Arguments of Lightning's classes are asked for with the class (`EarlyStopping.patience`)."""
    return key.path.partition(".")[0] == key.owner


def _canonical(steps: list[str]) -> list[str]:
    """The canonical path of a key that is flat, nested or under another name."""
    if steps[0] != "trainer" or len(steps) == 1 or steps[1:] == ["name"]:
        return steps
    inside = steps[2:] if steps[1] == "args" else steps[1:]
    known = names_of(TrainerArgs)
    if len(inside) == 2:
        nested: Any = known.nested.get(inside[0], {}).get(inside[1])
        inside = [nested] if nested else inside
    return ["trainer", "args", *(known.aliases.get(step, step) for step in inside)]


def _former(steps: list[str]) -> list[Topic]:
    key = steps[-1]
    found: list[Topic] = []
    if key in OWNED:
        found.append(Former(f"trainer.args.{key}", Old(OWNED[key])))
    for name, table in removed.TABLES.items():
        path = f"{_SECTIONS[name]}{key}"
        if key in table and (len(steps) == 1 or ".".join(_canonical(steps)) == path):
            found.append(Former(path, table[key]))
    return found
