"""What `migrate` could change in a file: one offer for each finding that the table of old keys has an answer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import yaml

from vibench.config.migration.data import Path, canonical_path
from vibench.config.migration.duplicates import duplicate_offers
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import NOTHING, Offer, State, found
from vibench.config.migration.rewriting import carry_out, says
from vibench.config.scalars import OLD_BOOLEANS, WORDS, number
from vibench.config.source import Map
from vibench.diagnostics import Diagnostic
from vibench.schemas import removed
from vibench.schemas.experiment import Experiment
from vibench.schemas.old import LIST_END, VALUE, Old, Rewrite
from vibench.schemas.removed import TABLES

Stage = Callable[[State], Iterator[Offer]]


def stages(*, below_args: bool) -> tuple[Stage, ...]:
    """What is changed one after the other: what is written twice; the flat form, if that is asked for; what is old or
    wrong; sections that nothing reads.
    """
    flat = [_flat] if below_args else []
    return (duplicate_offers, *flat, _mending, *flat, _unread)


def _mending(state: State) -> Iterator[Offer]:
    for finding in state.findings:
        make = _OFFERS.get(finding.code)
        if make and finding.span and finding.span.source is state.report.source:
            path = tuple(finding.path.split("."))
            if found(state.tree, path) is not NOTHING:
                yield from make(state, path, finding)


# ---- old keys


def _old_key(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    row = _row(state.tree, path)
    value = found(state.tree, path)
    if row is None:
        return
    if row.inside and isinstance(value, Map):
        for key, inner in row.inside.items():
            if key in value:
                yield from _by_row(state, (*path, key), inner, None)
    else:
        yield from _by_row(state, path, row, finding)


def _by_row(state: State, path: Path, row: Old, finding: Diagnostic | None) -> Iterator[Offer]:
    value = found(state.tree, path)
    rewrite = row.rewrite_of_null() if value is None else row.rewrite(value)
    if rewrite is not None:
        yield _offer(state, path, rewrite, finding)


def _offer(state: State, path: Path, rewrite: Rewrite, finding: Diagnostic | None) -> Offer:
    def way(edit: Edit) -> None:
        carry_out(edit, state, path, rewrite)

    dotted = ".".join(path)
    return Offer(dotted, _words(dotted, rewrite), rewrite.safe, (way,), finding, says(state, path, rewrite))


def _words(dotted: str, rewrite: Rewrite) -> str:
    if not rewrite.writes:
        return f"remove `{dotted}`"
    shown = [
        f"`{to.removesuffix(LIST_END)}`" if text == VALUE else f"`{to.removesuffix(LIST_END)}: {text}`"
        for to, text in rewrite.writes.items()
    ]
    return f"`{dotted}` becomes {' and '.join(shown)}".replace(VALUE, "…")


def _row(tree: Map, path: Path) -> Old | None:
    """The row of a key, by the section that it stands in."""
    section, key = path[:-1], path[-1]
    if canonical_path(section) == ("trainer", "args"):
        return removed.OWNED.get(key) or removed.DEPRECATED.get(key) or removed.TRAINER.get(key)
    if section and section[-1] in ("args", "init_args"):
        component = found(tree, section[:-1])
        named = str(component.get("class_path") or component.get("name")) if isinstance(component, Map) else ""
        return TABLES.get(named.rpartition(".")[2], {}).get(key)
    models = {(): "Experiment", ("environment",): "EnvironmentArgs"}
    inner = {"early_stopping": "EarlyStoppingSettings", "checkpoint": "CheckpointSettings"}
    name = models.get(section) or inner.get(section[-1], "")
    return TABLES.get(name, {}).get(key)


# ---- keys in the wrong section, values that are no more, quotes, booleans of YAML 1.1, classes


def _misplaced(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    home = finding.suggestion
    if found(state.tree, path) is None:
        yield _offer(state, path, Rewrite({}), finding)
    elif "." in home:
        certain = path[-1] != "name" or home == "trainer.name"  # of which of the things that have one?
        yield _offer(state, path, Rewrite({home: VALUE}, safe=certain), finding)


def _wrong_value(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    value = found(state.tree, path)
    row = removed.old_value(finding.path, value)
    if row is not None:
        yield from _by_row(state, path, row, finding)
    elif isinstance(value, str) and _unquoted(value) is not None:
        yield _replacement(path, finding, _unquoted(value) or "")


def _unquoted(value: str) -> str | None:
    """A number or a boolean that was written as text, in a form that no reader of YAML takes for another one."""
    text = value.strip()
    if text in OLD_BOOLEANS or isinstance(WORDS.get(text), bool):
        return str(OLD_BOOLEANS.get(text, WORDS.get(text))).lower()
    try:
        read = number(text)
    except ValueError:
        return None
    if not text or isinstance(read, str):
        return None
    other = yaml.safe_load(text)
    return text if isinstance(other, str) or other == read else repr(read)  # `010` is 8 to PyYAML


def _old_boolean(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    """`yes` is `true` where only a boolean fits, and a text where only a text fits; else it is not certain."""
    text = finding.span.text if finding.span else ""
    value = found(state.tree, path)
    if finding.fix:
        yield _replacement(path, finding, finding.fix.to)
    elif _has_no_place(state, finding.path) and isinstance(value, str) and value in OLD_BOOLEANS:
        yield _replacement(path, finding, str(OLD_BOOLEANS[value]).lower())  # a switch, wherever it belongs
    elif isinstance(value, str) and value in OLD_BOOLEANS:
        ways = _writing(path, str(OLD_BOOLEANS[value]).lower()), _writing(path, f'"{text}"')
        words = f"`{finding.path}: {text}` is written so that every reader of YAML agrees"
        yield Offer(finding.path, words, True, ways, finding)


def _has_no_place(state: State, path: str) -> bool:
    """Whether an old or misplaced key stands there, whose value nothing checks."""
    return any(one.path == path and one.code in ("removed-key", "misplaced-key") for one in state.findings)


def _class(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    """A class that moved or was renamed."""
    value = found(state.tree, path)
    package, _, short = str(value).rpartition(".")
    now = removed.CLASSES.get(short, ("", ""))[1]
    if now:
        yield _replacement(path, finding, f"{package}.{now}" if package else now)
    elif finding.code == "wrong-class" and finding.suggestion:
        yield _replacement(path, finding, finding.suggestion)


def _replacement(path: Path, finding: Diagnostic, text: str) -> Offer:
    return Offer(finding.path, f"`{finding.path}` becomes `{text}`", True, (_writing(path, text),), finding)


def _writing(path: Path, text: str) -> Callable[[Edit], None]:
    return lambda edit: edit.replace(path, text)


_OFFERS: dict[str, Callable[[State, Path, Diagnostic], Iterator[Offer]]] = {
    **dict.fromkeys(("removed-key", "owned-key", "deprecated-key"), _old_key),
    "misplaced-key": _misplaced,
    "wrong-type": _wrong_value,
    "yaml-1.1-boolean": _old_boolean,
    **dict.fromkeys(("wrong-class", "unknown-name"), _class),
}


# ---- the flat form


def _flat(state: State) -> Iterator[Offer]:
    """Settings beside `trainer.name` go below `args`, in their order and with the lines above them."""
    section = state.tree.get("trainer")
    for key in section if isinstance(section, Map) else ():
        if key not in ("name", "args"):
            yield _flat_offer(key)


def _flat_offer(key: str) -> Offer:
    def way(edit: Edit) -> None:
        edit.move(("trainer", key), ("trainer", "args", key), gap=True)

    return Offer(f"trainer.{key}", f"`trainer.{key}` goes below `args`", True, (way,))


# ---- sections that nothing reads


def _unread(state: State) -> Iterator[Offer]:
    """Sections of others' that are errors here: under a name that begins with `x-` they are the user's own.

    Not those of which it is known where they belong.
    """
    for finding in state.findings:
        row = removed.ROOT.get(finding.path)
        unread = finding.code == "removed-key" and row is not None and not row.rewrites
        unknown = finding.code == "unknown-key" and (not finding.hint or finding.hint.startswith("the sections are"))
        value = state.tree.get(finding.path)
        holds_sections = isinstance(value, Map) and any(key in Experiment.model_fields for key in value)
        if "." not in finding.path and (unread or unknown) and not holds_sections:  # `fit:` of LightningCLI is read
            yield _unread_offer(finding)


def _unread_offer(finding: Diagnostic) -> Offer:
    def way(edit: Edit) -> None:
        edit.rename((finding.path,), f"x-{finding.path}")

    return Offer(
        finding.path, f"`{finding.path}` becomes `x-{finding.path}`, which nothing reads", False, (way,), finding
    )
