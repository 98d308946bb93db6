"""The classes that a config names, and where their sources are; nothing is imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from vibench.config.context import Context
from vibench.config.load import Config
from vibench.schemas.components import BUILTINS, is_component


class Resolved(NamedTuple):
    """A class by the dotted name where it is defined, and its place; both empty where only running code would tell."""

    path: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """`own/parts.py:12`, or nothing."""
        return f"{self.file}:{self.line}" if self.file else ""


def resolved(config: Config) -> dict[str, Resolved]:
    """Every class path that is written, or that a registered name stands for."""
    written = [*_class_paths(config.tree), *(offer.target for offer in config.named.values() if offer.target)]
    if not written:
        return {}
    from vibench.config.signatures.said import shown
    from vibench.config.signatures.world import Definition

    world = Context(config.tree, config.source).world
    found = {}
    for class_path in written:
        one = world.named(class_path)
        known = isinstance(one, Definition) and hasattr(one.node, "name")
        found[class_path] = Resolved(one.path, shown(one.module.path), one.node.lineno) if known else Resolved("")  # type: ignore[union-attr]
    return found


def sections(config: Config) -> dict[str, tuple[str, dict[str, Any]]]:
    """Class path and arguments of `data`, `model` and `task`, of those that are written and vibench can build."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for kind, builtins in BUILTINS.items():
        section = getattr(config.experiment, kind) or {}
        name = str(section.get("name"))
        if is_component(section):
            found[kind] = section["class_path"], section.get("init_args") or {}
        elif (kind, name) in config.named:
            found[kind] = config.named[kind, name].target or name, section.get("args") or {}
        elif name in builtins and set(section) <= {"name", "args"}:
            found[kind] = builtins[name].target.replace(":", "."), section.get("args") or {}
    return found


def _class_paths(tree: Any) -> Iterator[str]:
    if is_component(tree):
        yield tree["class_path"]
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _class_paths(inner)
