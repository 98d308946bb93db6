"""Findings about classes, in words."""

from __future__ import annotations

import os

from vibench.config.signatures.hooks import DeadHook
from vibench.config.signatures.kinds import KINDS, OTHER_TREE, RECOGNISED
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.world import Absent, Definition, Found, Opaque, Standard, World
from vibench.config.suggest import closest
from vibench.diagnostics import Diagnostic, Fix, Span, diagnostic


def shown(path: str) -> str:
    """A file as a person would name it: relative where it is below the working directory."""
    here = os.getcwd() + os.sep  # noqa: PTH109
    return path.removeprefix(here)


def wrong_class(class_path: str, line: Lineage, kind: str, key: str, span: Span | None) -> Diagnostic:
    """A class of another kind than its place takes; says which kind it is of, where that is known."""
    other = next((one.path for one in line.classes if one.path.startswith(OTHER_TREE)), "")
    message = f"expected {KINDS[kind].words}, `{class_path}` is not one"
    if other:
        hint = f"it derives from `{other}`: vibench builds on `pytorch_lightning`, derive from its class"
    else:
        is_one = next((row for row in RECOGNISED if any(line.has(base) for base in KINDS[row].bases)), "")
        hint = f"it is {KINDS[is_one].words}" if is_one else "derive it from that class"
    return diagnostic("wrong-class", key, message, hint=hint, span=span)


def cannot_find(class_path: str, found: Absent, world: World, key: str, span: Span | None) -> Diagnostic:
    """A module, or a name in it, that does not exist, with the closest one that does."""
    if found.error:
        message = f"`{class_path}` cannot be imported: {shown(found.error)}"
        return diagnostic("cannot-import", key, message, span=span)
    if found.name:
        message = f"`{found.module}` has no `{found.name}`"
        near = closest(found.name, world.names(found.module))
        right = f"{found.module}.{near}" if near else ""
        hint = ""
    else:
        missing = _first_missing(found.module, world)
        message = f"there is no module `{missing}`"
        near = closest(missing, world.places.beside(missing))
        right = near + class_path.removeprefix(missing) if near and class_path.startswith(missing) else near
        hint = "modules beside the file, in the working directory and installed ones can be named"
    hint = f"did you mean `{right}`?" if right else hint
    fix = Fix("replace-value", right) if right else None
    return diagnostic("cannot-import", key, message, hint=hint, suggestion=right, span=span, fix=fix)


def _first_missing(module: str, world: World) -> str:
    """The shortest part of a dotted name that does not exist."""
    parts = module.split(".")
    names = [".".join(parts[: count + 1]) for count in range(len(parts))]
    return next((name for name in names if world.places.find(name) is None), module)


def missing_import(
    class_path: str, found: Definition, broken: tuple[str, int], key: str, span: Span | None
) -> Diagnostic:
    """The module of a class imports what does not exist."""
    module, line = broken
    place = f"{shown(found.module.path)}:{line}"
    message = f"`{class_path}` cannot be imported: {place} imports `{module}`, which does not exist"
    top = module.partition(".")[0]
    if module != top:
        return diagnostic("cannot-import", key, message, hint="correct the import", span=span)
    hint = f"install it: pip install {top}"
    if top == "lightning":
        hint = "vibench builds on `pytorch_lightning`: import that"
    return diagnostic("missing-package", key, message, hint=hint, span=span)


def not_checked(class_path: str, found: Found, key: str, span: Span | None) -> Diagnostic:
    """What is left to `--import`."""
    why = "its source does not tell how it is called"
    if isinstance(found, Opaque):
        why = found.reason
    elif isinstance(found, Standard):
        why = "it is one of Python's own"
    message = f"`{class_path}` is not checked without importing it: {why}"
    return diagnostic("not-checked", key, message, hint="`vibench validate --import` checks it", span=span)


def never_called(hooks: list[DeadHook], key: str, span: Span | None) -> Diagnostic:
    """Methods that Lightning would have called once."""
    named = ", ".join(f"`{hook.owner}.{hook.name}` ({shown(hook.place)})" for hook in hooks)
    verb = "is" if len(hooks) == 1 else "are"
    message = f"{named} {verb} never called: Lightning 2 has no such hook{'s' if len(hooks) > 1 else ''}"
    hint = "; ".join(f"instead of `{hook.name}` write {hook.instead}" for hook in hooks)
    return diagnostic("dead-hook", key, message, hint=hint, span=span)
