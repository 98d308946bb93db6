"""Layers of settings, laid over each other: base files, the file, VIBENCH_ variables, overrides.

Each layer is a tree of its own with places in its own source, made canonical before it is merged. Mappings merge,
lists are replaced, `null` in a higher layer takes a value back. Merging copies on write, since a YAML alias shares
its object with its anchor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from vibench.config.canonical import canonical, key_span, names_of
from vibench.config.device_layers import devices_give_way
from vibench.config.reading import read
from vibench.config.replaced_classes import Replaced, replaced_class
from vibench.config.source import Map, Seq, compose
from vibench.config.suggest import closest, variable_for
from vibench.config.wording import got
from vibench.diagnostics import Diagnostic, Related, Source, Span, diagnostic
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import TrainerArgs

PREFIX = "VIBENCH_"
SECTIONS = tuple(Experiment.model_fields)


@dataclass
class Composition:
    """The merged tree, the source of the file itself, what was wrong on the way, and classes that were replaced."""

    source: Source
    tree: Map | None = None
    findings: list[Diagnostic] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)


def compose_file(
    path: str | Path, overrides: Iterable[str] = (), environ: Mapping[str, str] | None = None
) -> Composition:
    """Read a file with everything that is laid under and over it."""
    source, unreadable = read(path)
    if unreadable:
        return Composition(source, findings=unreadable)
    return compose_source(source, overrides, environ)


def compose_source(
    source: Source, overrides: Iterable[str] = (), environ: Mapping[str, str] | None = None
) -> Composition:
    """As `compose_file`, of a text that was read already."""
    result = Composition(source)
    tree = _file_layer(source, result, ())
    if tree is not None:
        lay_over(result, tree, overrides, environ or {})
    return result


def lay_over(result: Composition, tree: Map, overrides: Iterable[str], environ: Mapping[str, str]) -> None:
    """Variables, then overrides, over a tree that is canonical already."""
    for name in _ours(tuple(environ)):
        tree = _variable(name, environ[name], tree, result)
    for text in overrides:
        tree = _override(text, tree, result)
    result.tree = tree


@lru_cache(8)
def _ours(names: tuple[str, ...]) -> tuple[str, ...]:
    """The variables that set something; the same ones for each file of a folder."""
    return tuple(sorted(name for name in names if name.startswith(PREFIX)))


def _file_layer(source: Source, result: Composition, above: tuple[Path, ...]) -> Map | None:
    """A file's own tree over those of its bases."""
    findings = result.findings
    raw, faults = compose(source)
    findings += faults
    if raw is None and faults:
        return None
    if raw is None:
        text = "the file holds no settings"
        findings.append(diagnostic("empty-file", "", text, span=Span(source)))
        return None
    if not isinstance(raw, Map):
        text = f"the file holds {_kind(raw)}, a mapping of sections is expected"
        findings.append(diagnostic("not-a-mapping", "", text, hint="begin with `trainer:`", span=_first_word(source)))
        return None
    layer = canonical(raw, findings)
    if "base_configs" not in layer:
        return layer
    here = (*above, Path(source.name).resolve())
    merged: Map | None = None
    for section, name, span in _bases(layer, findings):
        base = _base_layer(section, name, span, here, result)
        if base is not None:
            merged = base if merged is None else overlay(merged, base, result.replaced)
    del layer["base_configs"]
    return layer if merged is None else overlay(merged, layer, result.replaced)


def _first_word(source: Source) -> Span:
    """Where the document begins, behind comments."""
    found = re.compile(r"(?:[ \t]*(?:#.*)?\n)*[ \t]*(\S*)").match(source.text)
    return Span(source, *found.span(1)) if found else Span(source, 0, 1)


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a single value"


def _bases(layer: Map, findings: list[Diagnostic]) -> list[tuple[str, str, Span]]:
    """The base files that a layer names: section (or nothing), name, place."""
    bases = layer["base_configs"]
    if isinstance(bases, (Map, Seq)):
        keys: Iterable[Any] = bases if isinstance(bases, Map) else range(len(bases))
        found = []
        for key in keys:
            source, _, _, start, end = bases.marks[key]
            span = Span(source, start, end)
            if isinstance(bases, Map) and key not in SECTIONS:
                findings.append(_no_section(key, key_span(bases, key)))
            elif isinstance(bases[key], str):
                found.append((key if isinstance(bases, Map) else "", bases[key], span))
            else:
                message = f"expected the name of a file, got {got(bases[key])}"
                findings.append(diagnostic("wrong-type", f"base_configs.{key}", message, span=span))
        return found
    if bases is not None:
        message = "expected a list of files, or a mapping of sections to files"
        findings.append(diagnostic("wrong-type", "base_configs", message, span=key_span(layer, "base_configs")))
    return []


def _no_section(key: str, span: Span) -> Diagnostic:
    close = closest(key, SECTIONS)
    hint = f"did you mean `{close}`?" if close else f"the sections are {', '.join(SECTIONS)}"
    message = f"`{key}` in base_configs is no section"
    return diagnostic("unknown-key", f"base_configs.{key}", message, hint=hint, suggestion=close, span=span)


def _base_layer(section: str, name: str, span: Span, above: tuple[Path, ...], result: Composition) -> Map | None:
    findings = result.findings
    where = f"base_configs.{section}" if section else "base_configs"
    path = above[-1].parent / name
    if not path.exists() and Path(name).exists():
        path = Path(name)
        message = f"`{name}` was found relative to the working directory, not to the file that names it"
        findings.append(diagnostic("base-relative-to-cwd", where, message, span=span))
    if path.resolve() in above:
        findings.append(diagnostic("base-cycle", where, f"`{name}` leads back to itself", span=span))
        return None
    source, unreadable = read(_shown(path))
    if unreadable:
        findings += (replace(d, path=where, span=span) for d in unreadable)
        return None
    tree = _file_layer(source, result, above)
    if tree is not None and section and section not in tree:
        hint = f"put `{section}:` above its settings"
        message = f"`{name}` is the base of `{section}`, and has no `{section}:` of its own"
        related = (Related("", "this file", Span(source)),)
        findings.append(diagnostic("base-without-root", where, message, hint=hint, span=span, related=related))
        return None
    return tree


def _shown(path: Path) -> str:
    """A path as a person would write it: relative to the working directory where it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def overlay(lower: Map, upper: Map, replaced: list[Replaced], path: str = "") -> Map:
    """`upper` over `lower`; neither is changed. Classes that are replaced are put on the list."""
    result = lower.copy()
    if path == "trainer.args":
        devices_give_way(result, upper)
    elif "class_path" in upper or "name" in upper:
        found = replaced_class(result, upper, path)
        replaced += [found] if found else []
    for key, value in upper.items():
        below = result.get(key)
        if isinstance(value, Map) and isinstance(below, Map):
            result[key] = overlay(below, value, replaced, f"{path}.{key}" if path else key)
            result.marks[key] = upper.marks[key]
        else:
            result.put(key, value, upper.marks[key], upper.written.get(key, ""))
    return result


def _variable(name: str, value: str, tree: Map, result: Composition) -> Map:
    parts = name[len(PREFIX) :].lower().split("__")
    source = Source(name, value, "variable")
    if parts[0] not in SECTIONS or len(parts) < 2:
        result.findings.append(_unknown_variable(name, parts, source))
        return tree
    return _set(tree, parts, source, result)


def _unknown_variable(name: str, parts: list[str], source: Source) -> Diagnostic:
    """A variable that names no section: an error where one was meant, else a warning."""
    close = variable_for(name, PREFIX)
    hint = f"did you mean `{close}`?" if close else ""
    message = f"`{name}` names no setting: {PREFIX}<SECTION>__<KEY> does"
    if len(parts) > 1:
        message = f"`{name}` names no section; the sections are {', '.join(SECTIONS)}"
    found = diagnostic("unknown-variable", f"env.{name}", message, hint=hint, suggestion=close, span=Span(source))
    near = len(parts) > 1 or (close and parts[0].partition("_")[0] in SECTIONS)
    return replace(found, severity="error") if near else found


def _override(text: str, tree: Map, result: Composition) -> Map:
    """`a.b=value` sets, `~a.b` deletes."""
    findings = result.findings
    name, equals, value = text.partition("=")
    source = Source(text, text, "override", offset=len(name) + 1)
    parts = name.removeprefix("~").split(".")
    if not all(parts) or bool(equals) == name.startswith("~"):
        message = f"`{text}` is not of the form KEY=VALUE or ~KEY"
        hint = "write `trainer.args.num_epochs=3`, or `~trainer.args.patience` to delete"
        findings.append(diagnostic("bad-override", "", message, hint=hint, span=Span(source)))
        return tree
    if not equals:
        return _delete(tree, parts, source, findings)
    return _set(tree, parts, Source(text, value, "override"), result)


def _set(tree: Map, parts: list[str], source: Source, result: Composition) -> Map:
    findings = result.findings
    value, faults = compose(source)
    path = ".".join(parts)
    findings += (replace(d, path=path) for d in faults)
    if faults and value is None:
        return tree
    mark = (source, 0, 0, 0, len(source.text))
    layer: Any = value
    for part in reversed(parts):
        above = Map()
        above.put(part, layer, mark)
        layer = above
    return overlay(tree, canonical(layer, findings), result.replaced)


def _delete(tree: Map, parts: list[str], source: Source, findings: list[Diagnostic]) -> Map:
    """Take a key out; the key is looked for under every name it may be written in."""
    if parts[0] == "trainer" and len(parts) > 1 and parts[1] not in ("name", "args"):
        parts = ["trainer", "args", *parts[1:]]
    if parts[:2] == ["trainer", "args"] and len(parts) > 2:
        names = names_of(TrainerArgs)
        inner = names.nested.get(parts[2], {}).get(parts[-1]) if len(parts) == 4 else None
        last = inner or names.aliases.get(parts[2], parts[2])
        parts = [*parts[:2], last, *([] if inner else parts[3:])]
    root = tree.copy()
    at: Any = root
    for part in parts[:-1]:
        inner_map = at.get(part)
        if not isinstance(inner_map, Map):
            at = Map()
            break
        at[part] = inner_map.copy()
        at = at[part]
    if parts[-1] not in at:
        close = closest(parts[-1], at)
        hint = f"did you mean `{close}`?" if close else ""
        message = f"`{'.'.join(parts)}` is not written, so it cannot be deleted"
        findings.append(diagnostic("bad-override", ".".join(parts), message, hint=hint, span=Span(source)))
        return tree
    del at[parts[-1]]
    at.marks.pop(parts[-1], None)
    return root
