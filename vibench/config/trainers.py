"""Whether `trainer.name` names a trainer that exists. Nothing of the user's is imported: sources are read.

A trainer is registered in this process already, offered by an installed package, or registered by a module under
`imports:`. A name that none of those can bring is wrong; one that a module might still bring is left to `train`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vibench.config.source import Map
from vibench.config.suggest import closest
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, Source, diagnostic
from vibench.schemas.experiment import DEFAULT_TRAINER, REGISTERED_TRAINERS

GROUP = "vibench.trainers"


def trainer_findings(tree: Map, source: Source) -> Iterator[Diagnostic]:
    """What is wrong with `trainer.name`, as far as can be told without importing."""
    section = tree.get("trainer")
    name = section.get("name") if isinstance(section, Map) else None
    if not isinstance(name, str) or not isinstance(section, Map) or ":" in name:
        return
    if name == DEFAULT_TRAINER or name in REGISTERED_TRAINERS or name in entry_points():
        return
    modules = tree.get("imports") or []
    offered = [found for module in modules for found in _registered_by(str(module), source)]
    if name in offered:
        return
    known = [*REGISTERED_TRAINERS, *offered]
    if not modules or closest(name, (DEFAULT_TRAINER, *known)):
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
    from importlib import metadata

    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def _registered_by(module: str, source: Source) -> list[str]:
    """Names that a module's source registers in plain sight: `@register_trainer("Name")`."""
    below = Path(*module.split("."))
    for folder in (Path.cwd(), Path(source.name).parent, *map(Path, sys.path)):
        for path in (folder / below.with_suffix(".py"), folder / below / "__init__.py"):
            if path.is_file():
                return _literal_names(path)
    return []


def _literal_names(path: Path) -> list[str]:
    try:
        calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    except (OSError, SyntaxError, ValueError):
        return []
    found = []
    for call in calls:
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if called == "register_trainer" and call.args and isinstance(call.args[0], ast.Constant):
            found.append(str(call.args[0].value))
    return found
