"""Drops arguments that were written for a class that a higher layer replaces, if the new class does not accept them.

Layers are merged key by key, so `task.class_path=b.Task` on the command line meets the `init_args` that the file wrote
for another class. Arguments from the layer of the new class, or from a layer above it, are checked as usual.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import BaseModel

from vibench.config.canonical import remove
from vibench.config.context import Context
from vibench.config.source import Map, Mark
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.schemas.trainer import TrainerArgs

ARGUMENTS = {"class_path": "init_args", "name": "args"}
_TABLES = {"trainer.args.profiler": "profilers", "trainer.args.strategy": "strategies"}


class Replaced(NamedTuple):
    """A class in a lower layer, and the arguments that were written for it with their places.

    `gone`: the arguments that were dropped with it, since one was given as `class_path` and the other as `name`.
    """

    path: str
    key: str
    old: str
    inherited: dict[str, Mark]
    gone: tuple[str, ...] = ()


def replaced_class(lower: Map, upper: Map, path: str) -> Replaced | None:
    """The class that `upper` replaces at a path. `lower` loses `name` and `args` to a `class_path`, and vice versa."""
    for key, arguments in ARGUMENTS.items():
        other = "name" if key == "class_path" else "class_path"
        new, old = upper.get(key), lower.get(key)
        if not isinstance(new, str) or other in upper:
            continue
        if isinstance(lower.get(other), str) and (key == "class_path" or ARGUMENTS[other] in lower):
            old, args = lower[other], lower.get(ARGUMENTS[other])
            remove(lower, other)
            remove(lower, ARGUMENTS[other])
            return Replaced(path, key, old, {}, tuple(args) if isinstance(args, Map) else ())
        below = lower.get(arguments)
        if isinstance(old, str) and old != new and isinstance(below, Map):
            return Replaced(path, key, old, dict(below.marks))
    return None


def without_replaced(tree: Map, replaced: Iterable[Replaced], context: Context) -> tuple[Map, list[Diagnostic]]:
    """The tree without arguments of replaced classes that the new ones do not take, and a note about each class."""
    findings: list[Diagnostic] = []
    for one in replaced:
        tree, found = _without(tree, one, context)
        findings += found
    return tree, findings


def _without(tree: Map, one: Replaced, context: Context) -> tuple[Map, list[Diagnostic]]:
    holders = [tree]
    for step in one.path.split("."):
        below = holders[-1].get(step)
        if not isinstance(below, Map):
            return tree, []  # a layer above has put something else there
        holders.append(below)
    component = holders[-1]
    args = component.get(ARGUMENTS[one.key])
    if not isinstance(component.get(one.key), str):
        return tree, []
    if one.gone:
        return tree, [_note(one, component, list(one.gone), [])]
    if not isinstance(args, Map):
        return tree, []
    inherited = [name for name in args if one.inherited.get(name) == args.marks.get(name)]
    takes = _takes(one, component[one.key], tree, context) if inherited else None
    dropped = [name for name in inherited if takes is not None and name not in takes]
    if not dropped:
        return tree, []
    kept = args.copy()
    for name in dropped:
        remove(kept, name)
    return _with(holders, one.path.split("."), ARGUMENTS[one.key], kept), [_note(one, component, dropped, inherited)]


def _with(holders: list[Map], steps: list[str], key: str, value: Map) -> Map:
    """The tree with another value at the end of the steps; the mappings on the way are copied."""
    for holder, step in zip(reversed(holders), [key, *reversed(steps)], strict=True):
        changed = holder.copy()
        changed[step] = value
        value = changed
    return value


def _note(one: Replaced, component: Map, dropped: list[str], inherited: list[str]) -> Diagnostic:
    stays = [name for name in inherited if name not in dropped]
    message = f"`{component[one.key]}` replaces `{one.old}` and does not accept {_listed(dropped)}: dropped"
    hint = f"kept from the lower layer: {_listed(stays)}" if stays else ""
    span = value_span(component, one.key)
    return diagnostic("dropped-arguments", f"{one.path}.{one.key}", message, hint=hint, span=span)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _takes(one: Replaced, named: str, tree: Map, context: Context) -> set[str] | None:
    """The arguments of a class or a registered name; None where they cannot be known."""
    if one.key == "class_path":
        takes = context.checker.takes(named) if not list(context.checker.absent(named, "", None)) else None
        return None if takes is None or takes.open else {argument.name for argument in takes.arguments}
    model = _model(one.path, named, tree, context)
    return set(model.model_fields) if model is not None else None


def _model(path: str, name: str, tree: Map, context: Context) -> type[BaseModel] | None:
    """The model of the arguments of a registered name."""
    if path in BUILTINS:
        kind: Any = path
        offer = context.find(path, name)
        return BUILTINS[kind][name].args_model() if name in BUILTINS[kind] else offer.model if offer else None
    if path == "trainer":  # the arguments of a custom trainer are not known here
        return TrainerArgs if name == DEFAULT_TRAINER else None
    if path in _TABLES:
        return lightnings(_TABLES[path]).models.get(name)
    return _model_of_choice(path, name, tree)


def _model_of_choice(path: str, name: str, tree: Map) -> type[BaseModel] | None:
    """The model of the arguments of a choice inside a built-in part: an optimizer or a schedule of its task."""
    from vibench.config.parts import branches

    kind, _, key = path.partition(".args.")
    section = tree.get(kind)
    named = section.get("name") if isinstance(section, Map) else None
    builtins: Any = BUILTINS
    if kind not in builtins or not isinstance(named, str) or named not in builtins[kind]:
        return None
    choices = branches(builtins[kind][named].args_model()).get(key, ())
    choice = next((one for one in choices if one.__name__ == name), None)
    found: Any = choice.model_fields["args"].annotation if choice and "args" in choice.model_fields else None
    return found if isinstance(found, type) else None
