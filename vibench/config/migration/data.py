"""The data that a YAML text holds, without places: what a change means, and whether a text came out as meant."""

from __future__ import annotations

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
    """The value at a path, or None."""
    for step in path:
        data = data[int(step)] if isinstance(data, list) else data.get(step)
        if data is None:
            return None
    return data


def put(data: Any, path: Path, value: Any) -> None:
    """Write a value; mappings that are missing come with it."""
    for step in path[:-1]:
        if isinstance(data, list):
            data = data[int(step)]
            continue
        if data.get(step) is None:
            data[step] = {}
        data = data[step]
    data[int(path[-1]) if isinstance(data, list) else path[-1]] = value


def take(data: Any, path: Path) -> Any:
    """Take an entry out; its value."""
    return value_at(data, path[:-1]).pop(path[-1])


def canonical_path(path: Path) -> Path:
    """The path below `args` of what stands flat in `trainer`."""
    if path[:1] == ("trainer",) and path[1:2] not in (("args",), ("name",)):
        return ("trainer", "args", *path[1:])
    return path
