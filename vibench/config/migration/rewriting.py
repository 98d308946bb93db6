"""A row of the table of old keys is carried out on a text."""

from __future__ import annotations

from typing import Any

from vibench.config.canonical import canonical, remove, same
from vibench.config.migration.data import Path, canonical_path, read
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import NOTHING, State, found
from vibench.config.migration.places import CannotEdit
from vibench.config.parts import is_built_in
from vibench.config.source import Map
from vibench.schemas.components import BUILTINS
from vibench.schemas.experiment import Experiment
from vibench.schemas.old import LIST_END, VALUE, Rewrite


def carry_out(edit: Edit, state: State, path: Path, rewrite: Rewrite) -> None:
    """Write what takes the place of an old key."""
    old, here = _old_text(edit, path), canonical_path(path)
    rest = _without(state.tree, path)
    kept = here in [tuple(target.split(".")) for target in rewrite.writes]  # the key stays, or its entry goes on
    where: Path = ()
    for target, text in rewrite.writes.items():
        where = tuple(target.removesuffix(LIST_END).split("."))
        where = (*here[:-1], *where) if len(where) == 1 else where
        _expect_ours(state.tree, where)
        there = _as_written(state.tree, where)
        if target.endswith(LIST_END):
            edit.append(there, _filled(text, old))
        elif where == here:
            edit.replace(path, text)
        elif _is_written(rest, where, _new_value(state.tree, path, text, old)):
            continue
        elif not kept and (where[:-1] == here[:-1] or text == VALUE):
            _go_on(edit, path, there, "" if text == VALUE else _filled(text, old), where[:-1] == here[:-1])
            kept = True
        else:
            edit.insert(there, _filled(text, old))
    if not kept:
        edit.remove(path, keep=_as_written(state.tree, where))


def _go_on(edit: Edit, path: Path, where: Path, text: str, stays: bool) -> None:
    """The entry itself lives on under its new name, here or in another section, with another value if there is one."""
    if not stays:
        edit.move(path, where)
        return
    edit.rename(path, where[-1])
    if text:
        edit.replace(path, text, where[-1])


def _new_value(tree: Map, path: Path, text: str, old: str) -> Any:
    return found(tree, path) if text == VALUE else read(_filled(text, old))


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
    return edit.layout.text[start:end]


def _as_written(tree: Map, where: Path) -> Path:
    """Where a setting of the trainer is written: beside `name` in a section that has no `args`, and in a file that
    holds the settings of one section without its key.
    """
    section = tree.get("trainer")
    if where[:2] != ("trainer", "args"):
        return where
    if isinstance(section, Map):
        flat = "args" not in section or where[2] in section
    else:
        flat = not any(key in Experiment.model_fields for key in tree)
    return ("trainer", *where[2:]) if flat else where


def _expect_ours(tree: Map, where: Path) -> None:
    """Arguments are written only for vibench's own parts: what those of other sections mean is not known."""
    kind: Any = where[0]
    if kind in BUILTINS:
        section = tree.get(kind)
        if not isinstance(section, Map) or not is_built_in(kind, section):
            raise CannotEdit(f"`{kind}` names none of vibench's own parts, which could take it")


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
    there = found(canonical(tree, []), where)
    if there is NOTHING or there is None:
        return False
    if not same(there, value):
        raise CannotEdit(f"`{'.'.join(where)}` is written, too, with another value")
    return True
