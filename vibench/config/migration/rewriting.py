"""A row of the table of old keys is carried out on a text."""

from __future__ import annotations

from typing import Any

from vibench.config.canonical import canonical, remove, same
from vibench.config.migration.data import Path, canonical_path, exact, plain, read
from vibench.config.migration.edit import Edit
from vibench.config.migration.inserting import Comment
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
    comment = edit.comment(path)
    for target, text in rewrite.writes.items():
        where = _place(target, here)
        _expect_ours(state.tree, where)
        there = _as_written(state.tree, where)
        if target.endswith(LIST_END):
            comment = edit.append(there, _filled(text, old), comment)
        elif where == here:
            edit.replace(path, text)
        elif _is_written(rest, where, _new_value(state.tree, path, text, old)):
            continue
        elif found(state.tree, there) is None:  # `null` is not written
            edit.replace(there, _filled(text, old))
        elif not kept:
            _go_on(edit, path, there, "" if text == VALUE else _filled(text, old), where[:-1] == here[:-1])
            kept = True
        else:
            edit.insert(there, _filled(text, old))
    if not kept:
        only_added = rewrite.writes and all(target.endswith(LIST_END) for target in rewrite.writes)
        left = _lines(edit, path, comment) if only_added else ""
        edit.remove(path, keep=_as_written(state.tree, where), left=left)


def says(state: State, path: Path, rewrite: Rewrite) -> tuple[tuple[Path, str], ...]:
    """The settings that a row writes, with their values."""
    value, here = found(state.tree, path), canonical_path(path)
    told = []
    for target, text in rewrite.writes.items():
        if not target.endswith(LIST_END):
            new = value if text == VALUE else read(text) if VALUE not in text else f"{text}{value!r}"
            told.append((_place(target, here), exact(plain(new))))
    return tuple(told)


def _place(target: str, here: Path) -> Path:
    """The canonical path of a target; one of a single step stands beside the old key."""
    where = tuple(target.removesuffix(LIST_END).split("."))
    return (*here[:-1], *where) if len(where) == 1 else where


def _lines(edit: Edit, path: Path, comment: Comment) -> str:
    """A comment that has no place beside what was written stays where the key was."""
    indent = " " * edit.layout.column(edit.mark(edit.spot(path[:-1]), path[-1])[1])
    lines = [*comment.above.splitlines(), *([comment.behind.strip()] if comment.behind else [])]
    return "".join(f"{indent}{line}{edit.layout.newline}" for line in lines)


def _go_on(edit: Edit, path: Path, where: Path, text: str, stays: bool) -> None:
    """The entry itself lives on under its new name, here or in another section, with another value if there is one."""
    if not stays:
        edit.move(path, where, text=text)
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
