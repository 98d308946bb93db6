"""Parts that can be named: built in, registered in this process or by a module under `imports:`, or offered by an
installed package. Nothing is imported to find them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel

from vibench.config.packages import entry_points
from vibench.config.signatures.world import World
from vibench.schemas.components import BUILTINS, GROUPS, REGISTERED, lightnings
from vibench.schemas.experiment import DEFAULT_TRAINER, REGISTERED_TRAINERS


@dataclass(frozen=True)
class Offer:
    """A part that a config can name.

    `target`: dotted name of its class, empty where only running code would tell. `args`: dotted name of the model of
    its arguments; without one they are the class's own. `model`: that model, where it is at hand.
    """

    table: str
    name: str
    target: str
    origin: str
    args: str = ""
    model: type[BaseModel] | None = None


class Offers:
    """The parts that a config can name; modules and packages are looked through when something asks for them."""

    def __init__(self, world: World, modules: Iterable[str] = ()) -> None:
        self._world = world
        self._modules = tuple(modules)

    def find(self, table: str, name: str) -> Offer | None:
        """The part of a name; installed packages are asked last, since that takes time."""
        for offers in (self.near, self.packaged):
            found = next((one for one in offers(table) if one.name == name), None)
            if found is not None:
                return found
        return None

    def names(self, table: str) -> list[str]:
        """Every name of a table that is known without asking the installed packages."""
        return list(dict.fromkeys(one.name for one in self.near(table)))

    def all(self, table: str) -> list[Offer]:
        """Every part of a table."""
        found = {one.name: one for one in (*self.packaged(table), *reversed(list(self.near(table))))}
        return sorted(found.values(), key=lambda one: (one.origin != "vibench", one.origin, one.name))

    def near(self, table: str) -> Iterator[Offer]:
        """Parts built in, of this process, and of the modules under `imports:`."""
        yield from _built_in(table)
        yield from _of_this_process(table)
        yield from (one for one in self._imported if one.table == table)

    def packaged(self, table: str) -> Iterator[Offer]:
        """Parts that installed packages offer."""
        from vibench.config.signatures.registrations import model_of

        for point in entry_points(GROUPS[table]):
            target = point.value.replace(":", ".")
            origin = f"package {point.dist.name}" if point.dist else "installed package"
            yield Offer(table, point.name, target, origin, model_of(self._world, target))

    @cached_property
    def _imported(self) -> list[Offer]:
        from vibench.config.signatures.registrations import registrations

        return [
            Offer(one.table, one.name, one.target, f"module {module}", one.args)
            for module in self._modules
            for one in registrations(self._world, module)
        ]


def _built_in(table: str) -> Iterator[Offer]:
    if table == "trainers":
        yield Offer(table, DEFAULT_TRAINER, "vibench.trainer_factory.build.build", "vibench")
    for name, builtin in BUILTINS.get(table, {}).items():  # type: ignore[call-overload]
        yield Offer(table, name, builtin.target.replace(":", "."), "vibench", builtin.args.replace(":", "."))
    known = lightnings(table)
    for name, model in known.models.items():
        yield Offer(table, name, f"{known.package}{name}", "pytorch_lightning", model=model)


def _of_this_process(table: str) -> Iterator[Offer]:
    parts: dict[str, Any] = REGISTERED_TRAINERS if table == "trainers" else REGISTERED[table]
    for name, one in parts.items():
        target = f"{one.function.__module__}.{getattr(one.function, '__qualname__', '<locals>')}"
        yield Offer(table, name, "" if "<locals>" in target else target, "this process", model=one.args)
