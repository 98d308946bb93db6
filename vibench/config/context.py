"""What surrounds a config: how its classes are checked, and which parts it can name."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from vibench.config.source import Map
from vibench.diagnostics import Source

if TYPE_CHECKING:
    from vibench.config.offers import Offer, Offers
    from vibench.config.signatures.check import Checker
    from vibench.config.signatures.world import World


class Context:
    """Made for each config; reads nothing until a class or a name is asked for.

    `named`: the registered parts that the config turned out to name, by table and name. `training`: all that a
    training needs must be there; otherwise the file may be the base of another.
    """

    def __init__(self, tree: Map, source: Source, *, training: bool = False) -> None:
        self.source = source
        modules = tree.get("imports")
        self.modules = [str(module) for module in modules] if isinstance(modules, list) else []
        self.named: dict[tuple[str, str], Offer] = {}
        self.training = training

    @cached_property
    def folder(self) -> str:
        """Where the config lies."""
        return (os.path.dirname(self.source.name) or ".") if self.source.kind == "file" else "."  # noqa: PTH120

    @cached_property
    def world(self) -> World:
        """The sources of all modules that can be named."""
        from vibench.config.signatures.world import World

        return World((os.getcwd(), self.folder))  # noqa: PTH109

    @cached_property
    def checker(self) -> Checker:
        """Checks classes against their source."""
        from vibench.config.signatures.from_source import SourceChecker

        return SourceChecker(self.world)

    @cached_property
    def offers(self) -> Offers:
        """The parts that can be named."""
        from vibench.config.offers import Offers

        return Offers(self.world, self.modules)

    def names(self, table: str) -> list[str]:
        """Names of registered parts."""
        return self.offers.names(table)

    def find(self, table: str, name: str) -> Offer | None:
        """The part of a name, which is remembered as one that the config names."""
        found = self.offers.find(table, name)
        if found is not None:
            self.named[table, name] = found
        return found
