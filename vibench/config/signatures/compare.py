"""The written arguments of a class against those that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vibench.config.canonical import key_span
from vibench.config.signatures.annotations import CALLABLE, choices, fits, holds, inner_type, is_scalar
from vibench.config.signatures.arguments import Argument
from vibench.config.signatures.constructor import Accepted
from vibench.config.source import Map, Seq
from vibench.config.suggest import closest
from vibench.config.translate import value_span
from vibench.config.wording import expected, got, remedy
from vibench.diagnostics import Diagnostic, Fix, Span, diagnostic
from vibench.schemas.components import is_component

# Checks a component that stands inside arguments: the mapping, its path, and whether it is only called later.
Nested = Callable[[Map, str, bool], Iterator[Diagnostic]]


def argument_findings(
    args: Map, takes: Accepted, place: tuple[str, str, Span | None], given: frozenset[str], *, later: bool = False
) -> Iterator[Diagnostic]:
    """What is wrong with the arguments.

    `place`: the class, the path of the arguments, where to point at when one is missing. `given`: arguments that
    vibench fills. `later`: further arguments come when the class is called, as a callable gets them.
    """
    class_path, path, span = place
    meant = set()
    taken = {*given, *args}
    known = [one.name for one in takes.arguments if one.nameable and one.name not in taken]
    for name in args:
        argument = takes.get(name)
        if name in given:
            message = f"`{name}` of `{class_path}` is filled by the `{name}` section"
            yield diagnostic("owned-key", f"{path}.{name}", message, span=key_span(args, name))
        elif argument is not None:
            yield from value_findings(args, name, argument.type(), f"{path}.{name}")
        elif not takes.open:
            finding = _unknown(args, name, known, class_path, path)
            meant.add(finding.suggestion)
            yield finding
    for argument in takes.arguments:
        if argument.required and not later and argument.name not in taken and argument.name not in meant:
            yield _missing(argument, class_path, path, span)


def _unknown(args: Map, name: str, known: list[str], class_path: str, path: str) -> Diagnostic:
    match = closest(name, known)
    listed = ", ".join(f"`{one}`" for one in known)
    hint = f"did you mean `{match}`?" if match else f"it also takes {listed}" if listed else "it takes no others"
    fix = Fix("rename-key", match) if match else None
    message = f"`{class_path}` takes no argument `{name}`"
    span = key_span(args, name)
    return diagnostic("unknown-key", f"{path}.{name}", message, hint=hint, suggestion=match, span=span, fix=fix)


def _missing(argument: Argument, class_path: str, path: str, span: Span | None) -> Diagnostic:
    message = f"`{argument.name}` is missing: `{class_path}` needs it"
    kind = argument.type()
    hint = f"write {words_of(kind)}" if is_scalar(kind) else f"write it under `{path.rpartition('.')[2]}`"
    if not argument.nameable:
        hint = "it is taken by position alone, which a file cannot say: give it a default, or name a subclass"
    return diagnostic("missing-key", f"{path}.{argument.name}", message, hint=hint, span=span)


def value_findings(container: Any, key: Any, kind: Any, path: str) -> Iterator[Diagnostic]:
    """Whether a value is of the type that the annotation says; of a list or a mapping, what in it is not."""
    value = container[key]
    if fits({}, kind) if is_component(value) else fits(value, kind):
        return
    inner = inner_type(kind, value)
    if inner is not None and isinstance(value, (Map, Seq)):
        for step in value if isinstance(value, Map) else range(len(value)):
            yield from value_findings(value, step, inner, f"{path}.{step}")
        return
    words = words_of(kind)
    hint, to = ("leave the key out for the default", "") if value is None else remedy(value, words)
    match = ""
    if isinstance(value, str) and not hint:
        match = closest(value, choices(kind))
        hint = f"did you mean `{match}`?" if match else ""
    message = f"expected {words}, got {got(value)}"
    span = value_span(container, key)
    fix = Fix("replace-value", to or match, safe=bool(to)) if to or match else None
    yield diagnostic("wrong-type", path, message, hint=hint, suggestion=match, span=span, fix=fix)


def words_of(kind: Any) -> str:
    """A type in a user's words; nothing where it may be anything."""
    if kind is Any or kind is CALLABLE:
        return ""
    return "a list" if kind in (list, tuple) else expected(kind).replace(" (each a value)", "")


def nested_findings(args: Map, takes: Accepted, path: str, check: Nested) -> Iterator[Diagnostic]:
    """What is wrong in the components inside arguments, also in lists of them."""
    for name, value in args.items():
        argument = takes.get(name)
        kind = argument.type() if argument else Any
        if not (is_component(value) and holds(kind, dict)):  # where a mapping is asked for, it stays one
            yield from _below(value, f"{path}.{name}", check, kind is CALLABLE)


def shape_findings(component: Map, path: str) -> Iterator[Diagnostic]:
    """Keys of a component inside arguments that are none of a component."""
    for key in component:
        if key not in ("class_path", "init_args"):
            yield _beside_class_path(component, key, f"{path}.{key}")


def _beside_class_path(component: Map, key: str, path: str) -> Diagnostic:
    from vibench.schemas.removed import COMPONENT  # only a wrong file needs it

    message, span = f"unknown key `{key}` beside `class_path`", key_span(component, key)
    if key in COMPONENT:
        return diagnostic("removed-key", path, message, hint=COMPONENT[key].instead, span=span)
    match = closest(key, ("init_args",))
    hint = f"did you mean `{match}`?" if match else "write arguments under `init_args`"
    return diagnostic("unknown-key", path, message, hint=hint, suggestion=match, span=span)


def _below(value: Any, path: str, check: Nested, later: bool) -> Iterator[Diagnostic]:
    if isinstance(value, Map) and is_component(value):
        yield from check(value, path, later)
    elif isinstance(value, Map):
        for key, inner in value.items():
            yield from _below(inner, f"{path}.{key}", check, later)
    elif isinstance(value, Seq):
        for index, inner in enumerate(value):
            yield from _below(inner, f"{path}.{index}", check, later)
