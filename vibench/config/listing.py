"""What is to be said of the parts that can be named: for `vibench list`, `explain` and the JSON Schema."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from vibench.config.offers import Offer, Offers
from vibench.config.signatures.compare import words_of
from vibench.config.signatures.constructor import Accepted
from vibench.config.signatures.from_source import SourceChecker
from vibench.config.signatures.said import shown
from vibench.config.signatures.shapes import arguments_schema
from vibench.config.signatures.world import Absent, Definition, World
from vibench.schemas.components import TABLES


@dataclass(frozen=True)
class ArgumentPage:
    """One argument: what it takes in words (empty where that is not known), and whether it must be written."""

    name: str
    takes: str
    required: bool


@dataclass(frozen=True)
class Page:
    """A registered part as `explain` shows it. `place`: file and line of its class, where that is in plain sight."""

    offer: Offer
    sentence: str
    text: str
    place: str
    arguments: tuple[ArgumentPage, ...]


def page(offer: Offer, world: World) -> Page:
    """The documentation of a part, read from its source."""
    found = world.named(offer.target) if offer.target else None
    known = isinstance(found, Definition) and isinstance(found.node, ast.ClassDef | ast.FunctionDef)
    text, place = "", ""
    if known:
        text = ast.get_docstring(found.node) or ""  # type: ignore[union-attr,arg-type]
        place = f"{shown(found.module.path)}:{found.node.lineno}"  # type: ignore[union-attr]
    own = offer.model.__doc__ if offer.model is not None and offer.origin == "pytorch_lightning" else ""
    sentence = (own or text).partition("\n")[0]  # of Lightning's classes our models say it shorter
    if isinstance(found, Absent):
        sentence = f"(broken: `{offer.target}` does not exist)"
    return Page(offer, sentence, text, place, tuple(_arguments(offer, world)))


def _arguments(offer: Offer, world: World) -> list[ArgumentPage]:
    takes = takes_of(offer, world)
    given = _given(offer)
    named = [one for one in takes.arguments if one.nameable and one.name not in given] if takes else []
    return [ArgumentPage(one.name, words_of(one.type()), one.required) for one in named]


def takes_of(offer: Offer, world: World) -> Accepted | None:
    """The arguments of a part, by the model that it was registered with or by its class.

    A trainer without a model has none of its own: it is called with the settings.
    """
    target = offer.args or ("" if offer.table == "trainers" else offer.target)
    return SourceChecker(world).takes(target) if target else None


def _given(offer: Offer) -> tuple[str, ...]:
    return ("model",) if offer.table == "task" and not offer.args else ()


def part_schemas(offers: Offers, world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """The JSON Schema of the arguments of every part that is not built in, by table and name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for table in (*TABLES, "trainers"):
        others = [one for one in offers.all(table) if one.origin not in ("vibench", "pytorch_lightning")]
        found[table] = {one.name: _schema(one, world) for one in others}
    return found


def _schema(offer: Offer, world: World) -> dict[str, Any]:
    if offer.model is not None:
        return offer.model.model_json_schema()
    if offer.table == "trainers" and not offer.args:
        return {"type": "object"}  # its function is given settings, and says nothing of its own
    return arguments_schema(takes_of(offer, world), _given(offer))
