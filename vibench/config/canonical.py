"""One layer of settings in canonical form: one name and one place for each setting.

A setting may be written under an older name, flat beside `trainer.name`, or inside a mapping of its own
(`early_stopping: {patience: 5}`). All are undone here, layer by layer and before merging, because here both places
are at hand; `Map.written` keeps the path as the user wrote it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from vibench.config.source import Map, Seq
from vibench.diagnostics import Diagnostic, Related, Span, diagnostic
from vibench.schemas.base import Setting, setting_of
from vibench.schemas.experiment import FOREIGN_SECTIONS, Experiment, TrainerSection
from vibench.schemas.trainer import TrainerArgs


class Names(NamedTuple):
    """Other names of a model's settings."""

    aliases: dict[str, str]  # other name -> setting
    nested: dict[str, dict[str, str]]  # mapping it may stand in -> its name there -> setting
    short_for: dict[str, str]  # setting -> the setting that a number or list in it stands for
    deprecated: dict[str, str]  # deprecated name -> setting


@cache
def names_of(model: type[BaseModel]) -> Names:
    """Read the other names off the declarations."""
    names = Names({}, {}, {}, {})
    for field in model.model_fields:
        says: Setting = setting_of(model, field)
        names.aliases.update(dict.fromkeys(says.aliases, field))
        names.deprecated.update(dict.fromkeys(says.deprecated_aliases, field))
        if says.short_for:
            names.short_for[field] = says.short_for
        if says.nested:
            parent, _, name = says.nested.partition(".")
            names.nested.setdefault(parent, {})[name or field] = field
    return names


# Settings of the trainer that always move, and those that do if they are more than on or off.
_MOVED = frozenset({"logger_name", *names_of(TrainerArgs).aliases})
_MAY_HOLD_OTHERS = frozenset({*names_of(TrainerArgs).nested, *names_of(TrainerArgs).short_for})
_SECTIONS, _SECTION_KEYS = Experiment.model_fields.keys(), TrainerSection.model_fields.keys()


def canonical(layer: Map, findings: list[Diagnostic]) -> Map:
    """The layer with every setting under its canonical name; what cannot be is a finding."""
    if _is_canonical(layer):
        return layer
    root = layer.copy()
    for key in layer:
        if key.startswith("x-"):
            del root[key]
        elif key in FOREIGN_SECTIONS:
            message = f"`{key}` belongs to {FOREIGN_SECTIONS[key]}; nothing here reads it"
            findings.append(diagnostic("ignored-section", key, message, span=key_span(root, key)))
            del root[key]
    trainer = root.get("trainer")
    if isinstance(trainer, Map):
        section = _unflatten(trainer, findings)
        args = section.get("args")
        if isinstance(args, Map):
            _run_name(root, args, findings)
            _rename(args, findings)
            _unnest(args, findings)
            _spell_out(args, findings)
        root["trainer"] = section
    return root


def _is_canonical(layer: Map) -> bool:
    """Whether every setting has its canonical name and place already, as in most files."""
    trainer = layer.get("trainer")
    if not isinstance(trainer, Map) or not layer.keys() <= _SECTIONS or not trainer.keys() <= _SECTION_KEYS:
        return False
    args = trainer.get("args")
    if not isinstance(args, Map) or not _MOVED.isdisjoint(args):
        return False
    held = args.keys() & _MAY_HOLD_OTHERS
    return all(isinstance(args[name], bool) for name in held)


def _unflatten(trainer: Map, findings: list[Diagnostic]) -> Map:
    """Settings beside `trainer.name` go below `args`."""
    section = Map()
    written = trainer.get("args")
    args = written.copy() if isinstance(written, Map) else Map()
    for key, value in trainer.items():
        if key in ("name", "args"):
            section.put(key, value, trainer.marks[key])
        else:
            move(trainer, key, args, key, (f"trainer.{key}", f"trainer.args.{key}"), findings)
    if isinstance(written, Map) or written is None:
        anchor = trainer.marks.get("args") or next(iter(trainer.marks.values()), None)
        if anchor is not None:
            section.put("args", args, anchor)
    return section


def _run_name(root: Map, args: Map, findings: list[Diagnostic]) -> None:
    """`trainer.logger_name` is `environment.name`."""
    if "logger_name" not in args:
        return
    written = args.written.get("logger_name", "trainer.args.logger_name")
    environment = root.get("environment")
    if environment is None or isinstance(environment, Map):  # what else stands there is wrong, and is said to be
        environment = environment.copy() if environment is not None else Map()
        move(args, "logger_name", environment, "name", (written, "environment.name"), findings)
        root.put("environment", environment, root.marks.get("environment") or args.marks["logger_name"])
    remove(args, "logger_name")


def _rename(args: Map, findings: list[Diagnostic]) -> None:
    names = names_of(TrainerArgs)
    for alias in [key for key in args if key in names.aliases]:
        target = names.aliases[alias]
        path = written_path(args, alias, "trainer.args")
        if alias in names.deprecated:
            message = f"`{alias}` is now called `{target}`"
            hint = f"write `{target}`"
            span = key_span(args, alias)
            findings.append(diagnostic("deprecated-key", path, message, hint=hint, suggestion=target, span=span))
        move(args, alias, args, target, (path, written_path(args, target, "trainer.args")), findings)
        remove(args, alias)


def _unnest(args: Map, findings: list[Diagnostic]) -> None:
    for parent, inner in names_of(TrainerArgs).nested.items():
        mapping = args.get(parent)
        if not isinstance(mapping, Map) or not any(name in mapping for name in inner):
            continue
        rest = mapping.copy()
        above = written_path(args, parent, "trainer.args")
        for name in [key for key in mapping if key in inner]:
            paths = (f"{above}.{name}", written_path(args, inner[name], "trainer.args"))
            move(mapping, name, args, inner[name], paths, findings)
            remove(rest, name)
        args[parent] = rest


def _spell_out(args: Map, findings: list[Diagnostic]) -> None:
    """`pruning: 0.3` is `pruning: true` and its amount: the amount has one place, whichever layer it comes from."""
    for name, target in names_of(TrainerArgs).short_for.items():
        if isinstance(args.get(name), int | float | Seq) and not isinstance(args[name], bool):
            paths = (written_path(args, name, "trainer.args"), written_path(args, target, "trainer.args"))
            move(args, name, args, target, paths, findings)
            args[name] = True


def move(origin: Map, key: str, target: Map, name: str, paths: tuple[str, str], findings: list[Diagnostic]) -> None:
    """Put a value under its canonical name; a different value that stands there already is a conflict."""
    value, mark = origin[key], origin.marks[key]
    if target.get(name) is None:
        target.put(name, value, mark, paths[0])
    elif value is not None and not same(value, target[name]):
        findings.append(conflict(paths, (origin, key), (target, name)))


def conflict(paths: tuple[str, str], one: tuple[Map, str], other: tuple[Map, str]) -> Diagnostic:
    """Two places say different things of one setting; the later one is blamed."""
    spans = key_span(*one), key_span(*other)
    order = (0, 1) if (spans[0].start >= spans[1].start) else (1, 0)
    values = one[0][one[1]], other[0][other[1]]
    later, earlier = order
    message = (
        f"`{paths[later]}` ({values[later]!r}) and `{paths[earlier]}` ({values[earlier]!r}) are one setting "
        "with different values"
    )
    related = (Related(paths[earlier], "first written here", spans[earlier]),)
    hint = "keep one of them"
    return diagnostic("conflict", paths[later], message, hint=hint, span=spans[later], related=related)


def same(one: Any, other: Any) -> bool:
    """Equal values of equal kind: `1` is not `true`."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def remove(container: Map, key: str) -> None:
    """Take a key and its place out."""
    container.pop(key, None)
    container.marks.pop(key, None)
    container.written.pop(key, None)


def key_span(container: Map, key: str) -> Span:
    """The place of a key."""
    source, start, end, _, _ = container.marks[key]
    return Span(source, start, end)


def written_path(container: Map, key: str, prefix: str) -> str:
    """The dotted path of a key as the user wrote it."""
    return container.written.get(key) or (f"{prefix}.{key}" if prefix else key)
