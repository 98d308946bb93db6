"""What `migrate` could change in a file: one offer for each finding that the table of old keys has an answer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vibench.config.canonical import canonical, remove, same
from vibench.config.edit import CannotEdit, Edit, Path, read
from vibench.config.load import Loaded
from vibench.config.parts import is_named
from vibench.config.scalars import OLD_BOOLEANS, WORDS, number
from vibench.config.source import Map, Seq
from vibench.diagnostics import Diagnostic
from vibench.schemas import removed
from vibench.schemas.components import BUILTINS
from vibench.schemas.old import LIST_END, VALUE, Old, Rewrite
from vibench.schemas.removed import TABLES


class State(NamedTuple):
    """A text on the way: its tree, and what is found wrong in it."""

    tree: Map
    loaded: Loaded

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, those that only warn too."""
        return self.loaded.report.diagnostics


class Offer(NamedTuple):
    """A change that could be made: where, in words, whether the meaning stays, and the ways to do it.

    Of several ways exactly one must work out. `finding`: what is mended.
    """

    path: str
    words: str
    safe: bool
    ways: tuple[Callable[[Edit], None], ...]
    finding: Diagnostic | None = None


def offers(state: State) -> Iterator[Offer]:
    """Everything that could be changed; the flat form first, so that what comes later finds its place."""
    yield from _flat(state)
    for finding in state.findings:
        make = _OFFERS.get(finding.code)
        if make and finding.span and finding.span.source is state.loaded.report.source:
            path = tuple(finding.path.split("."))
            if _value(state.tree, path[:-1], path[-1]) is not _NOTHING:
                yield from make(state, path, finding)


# ---- old keys


def _old_key(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    row = _row(state.tree, path)
    value = _value(state.tree, path[:-1], path[-1])
    if row is None:
        return
    if row.inside and isinstance(value, Map):
        for key, inner in row.inside.items():
            if key in value:
                yield from _by_row(state, (*path, key), inner, None)
    else:
        yield from _by_row(state, path, row, finding)


def _by_row(state: State, path: Path, row: Old, finding: Diagnostic | None) -> Iterator[Offer]:
    rewrite = row.rewrite(_value(state.tree, path[:-1], path[-1]))
    if rewrite is not None:
        yield _offer(state, path, rewrite, finding)


def _offer(state: State, path: Path, rewrite: Rewrite, finding: Diagnostic | None) -> Offer:
    def way(edit: Edit) -> None:
        _rewrite(edit, state, path, rewrite)

    dotted = ".".join(path)
    return Offer(dotted, _words(dotted, rewrite), rewrite.safe, (way,), finding)


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
    if _canonical(section) == ("trainer", "args"):
        return removed.OWNED.get(key) or removed.DEPRECATED.get(key) or removed.TRAINER.get(key)
    if section and section[-1] in ("args", "init_args"):
        return removed.MODEL_CHECKPOINT.get(key)
    models = {(): "Experiment", ("environment",): "EnvironmentArgs"}
    inner = {"early_stopping": "EarlyStoppingSettings", "checkpoint": "CheckpointSettings"}
    name = models.get(section) or inner.get(section[-1], "")
    return TABLES.get(name, {}).get(key)


def _canonical(path: Path) -> Path:
    """The path below `args` of what stands flat in `trainer`."""
    if path[:1] == ("trainer",) and path[1:2] not in (("args",), ("name",)):
        return ("trainer", "args", *path[1:])
    return path


def _rewrite(edit: Edit, state: State, path: Path, rewrite: Rewrite) -> None:
    """Write what takes the place of an old key."""
    old, here = _old_text(edit, path), _canonical(path)
    rest = _without(state.tree, path)
    kept = here in [tuple(target.split(".")) for target in rewrite.writes]  # the key stays, or its entry goes on
    where: Path = ()
    for target, text in rewrite.writes.items():
        where = tuple(target.removesuffix(LIST_END).split("."))
        where = (*here[:-1], *where) if len(where) == 1 else where
        _expect_ours(state.tree, where)
        if target.endswith(LIST_END):
            edit.append(_as_written(state.tree, where), _filled(text, old))
        elif where == here:
            edit.replace(path, text)
        elif _is_written(rest, where, _new_value(state.tree, path, text, old)):
            continue
        elif not kept and (where[:-1] == here[:-1] or text == VALUE):
            _go_on(edit, path, where, "" if text == VALUE else _filled(text, old), here)
            kept = True
        else:
            edit.insert(where, _filled(text, old))
    if not kept:
        edit.remove(path, keep=where)


def _go_on(edit: Edit, path: Path, where: Path, text: str, here: Path) -> None:
    """The entry itself lives on under its new name, here or in another section, with another value if there is one."""
    if where[:-1] != here[:-1]:
        edit.move(path, where)
        return
    edit.rename(path, where[-1])
    if text:
        edit.replace(path, text, where[-1])


def _new_value(tree: Map, path: Path, text: str, old: str) -> Any:
    return _value(tree, path[:-1], path[-1]) if text == VALUE else read(_filled(text, old))


def _filled(text: str, old: str) -> str:
    if VALUE in text and not old:
        raise CannotEdit("the old value is a block of settings")
    return text.replace(VALUE, old)


def _old_text(edit: Edit, path: Path) -> str:
    """The value as it is written; nothing for a block."""
    container, key = edit.holder(path)
    try:
        start, end = edit.value(container, key)
    except CannotEdit:
        return ""
    return edit.source.text[start:end]


def _as_written(tree: Map, where: Path) -> Path:
    """A list that stands flat in `trainer` is added to there."""
    section = tree.get("trainer")
    flat = where[:2] == ("trainer", "args") and isinstance(section, Map) and where[2] in section
    return ("trainer", *where[2:]) if flat else where


def _expect_ours(tree: Map, where: Path) -> None:
    """Arguments are written only for registered parts: what another framework's section means is not known."""
    kind: Any = where[0]
    if kind in BUILTINS:
        section = tree.get(kind)
        if not isinstance(section, Map) or not is_named(kind, section):
            raise CannotEdit(f"`{kind}` names no registered part that could take it")


def _without(tree: Map, path: Path) -> Map:
    """The tree without an entry."""
    result = tree.copy()
    if len(path) == 1:
        remove(result, path[0])
    elif isinstance(tree.get(path[0]), Map):
        result[path[0]] = _without(tree[path[0]], path[1:])
    return result


def _is_written(tree: Map, where: Path, value: Any) -> bool:
    """Whether the setting stands in the file already with this value.

    Raises CannotEdit where it has another.
    """
    there = _value(canonical(tree, []), where[:-1], where[-1])
    if there is _NOTHING or there is None:
        return False
    if not same(there, value):
        raise CannotEdit(f"`{'.'.join(where)}` is written, too, with another value")
    return True


# ---- keys in the wrong section, values that are no more, quotes, booleans of YAML 1.1, classes


def _misplaced(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    home = finding.suggestion
    if "." in home:
        certain = path[-1] != "name"  # of which of the things that have one?
        yield _offer(state, path, Rewrite({home: VALUE}, safe=certain), finding)


def _wrong_value(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    value = _value(state.tree, path[:-1], path[-1])
    row = removed.old_value(finding.path, value)
    if row is not None:
        yield from _by_row(state, path, row, finding)
    elif isinstance(value, str) and _unquoted(value) is not None:
        yield _replacement(path, finding, _unquoted(value) or "")


def _unquoted(value: str) -> str | None:
    """The text of a number or a boolean that was written as text."""
    text = value.strip()
    if text in OLD_BOOLEANS:
        return str(OLD_BOOLEANS[text]).lower()
    try:
        plain = isinstance(WORDS.get(text), bool) or (text and not isinstance(number(text), str))
    except ValueError:
        return None
    return text if plain else None


def _old_boolean(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    """`yes` is `true` where only a boolean fits, and a text where only a text fits; else it is not certain."""
    text = finding.span.text if finding.span else ""
    value = _value(state.tree, path[:-1], path[-1])
    if isinstance(value, str) and value in OLD_BOOLEANS:
        ways = _writing(path, str(OLD_BOOLEANS[value]).lower()), _writing(path, f'"{text}"')
        words = f"`{finding.path}: {text}` is written so that every reader of YAML agrees"
        yield Offer(finding.path, words, True, ways, finding)


def _class(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    """A class that moved or was renamed."""
    value = _value(state.tree, path[:-1], path[-1])
    package, _, short = str(value).rpartition(".")
    if short in removed.CLASSES:
        now = removed.CLASSES[short][0]
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


_NOTHING: Any = object()


def _value(tree: Any, section: Path, key: str) -> Any:
    for step in (*section, key):
        if isinstance(tree, Seq) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, Map) and step in tree:
            tree = tree[step]
        else:
            return _NOTHING
    return tree
