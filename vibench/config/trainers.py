"""Whether `trainer.name` names a trainer that exists. Nothing of the user's is imported: sources are read.

A trainer is registered in this process already, offered by an installed package, or registered by a module under
`imports:`. A name that none of those can bring is wrong; one that a module might still bring is left to `train`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from vibench.config import packages
from vibench.config.context import Context
from vibench.config.source import Map
from vibench.config.suggest import closest
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas.components import GROUPS
from vibench.schemas.experiment import DEFAULT_TRAINER


def trainer_findings(tree: Map, context: Context) -> Iterator[Diagnostic]:
    """What is wrong with `trainer.name`, as far as can be told without importing."""
    section = tree.get("trainer")
    name = section.get("name") if isinstance(section, Map) else None
    if not isinstance(name, str) or not isinstance(section, Map) or name == DEFAULT_TRAINER:
        return
    if ":" in name:
        yield from context.checker.absent(name.replace(":", "."), "trainer.name", value_span(section, "name"))
        return
    if context.find("trainers", name):
        return
    known = context.names("trainers")
    if not context.modules or closest(name, (DEFAULT_TRAINER, *known)):
        yield unknown_trainer(name, known, span=value_span(section, "name"))


def unknown_trainer(name: str, registered: Iterable[str], **rest: Any) -> Diagnostic:
    """The finding about a name that no trainer has; it lists those that exist."""
    known = list(dict.fromkeys((DEFAULT_TRAINER, *registered, *entry_points())))
    match = closest(name, known)
    message = f"no trainer is registered as `{name}`; known: {', '.join(f'`{one}`' for one in known)}"
    hint = "name the module that registers it under `imports:`, or write `package.module:function`"
    hint = f"did you mean `{match}`?" if match else hint
    return diagnostic("unknown-name", "trainer.name", message, hint=hint, suggestion=match, **rest)


def entry_points() -> dict[str, Any]:
    """Trainers that installed packages offer, by name."""
    return {point.name: point for point in packages.entry_points(GROUPS["trainers"])}
