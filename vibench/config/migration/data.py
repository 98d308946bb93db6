"""The data that a YAML text holds, without places: what a change means, and whether a text came out as meant.

Data is never changed in place: each change gives a new tree that shares all but the containers on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from typing import Any

from vibench.config.source import compose
from vibench.diagnostics import Source

Path = tuple[str, ...]


def plain(tree: Any) -> Any:
    """A tree as dicts and lists of its own."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    return [plain(item) for item in tree] if isinstance(tree, list) else tree


def read(text: str) -> Any:
    """The data of a YAML text."""
    return plain(compose(Source("", text))[0])


def exact(data: Any) -> str:
    """`1`, `1.0` and `true` stay apart; the order of keys does not matter."""
    return dumps(data, sort_keys=True)


def value_at(data: Any, path: Path) -> Any:
    """The value at a path, None where there is none."""
    for step in path:
        data = data[int(step)] if isinstance(data, list) else data.get(step)
        if data is None:
            return None
    return data


def put(data: Any, path: Path, value: Any) -> Any:
    """The data with a value at a path; mappings that are missing come with it."""
    return _changed(data, path[:-1], lambda holder: _with(holder, path[-1], value))


def without(data: Any, path: Path) -> Any:
    """The data without the entry at a path."""
    return _changed(data, path[:-1], lambda holder: {key: one for key, one in holder.items() if key != path[-1]})


def renamed(data: Any, path: Path, name: str) -> Any:
    """The data with the entry at a path under another key."""
    return _changed(
        data, path[:-1], lambda holder: {name if key == path[-1] else key: one for key, one in holder.items()}
    )


def _with(holder: Any, step: str, value: Any) -> Any:
    if isinstance(holder, list):
        return [value if index == int(step) else item for index, item in enumerate(holder)]
    return {**(holder or {}), step: value}


def _changed(data: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(data)
    below = value_at(data, path[:1]) if data is not None else None
    return _with(data, path[0], _changed(below, path[1:], change))


def canonical_path(path: Path) -> Path:
    """The path below `args` of what stands flat in `trainer`."""
    if path[:1] == ("trainer",) and path[1:2] not in (("args",), ("name",)):
        return ("trainer", "args", *path[1:])
    return path
