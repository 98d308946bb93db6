"""A key that is written twice in one mapping: of its entries the last stays, since PyYAML reads that one.

The tree holds the first entry, and a finding stands at each further one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from vibench.config.migration.data import exact, plain
from vibench.config.migration.edit import Edit
from vibench.config.migration.layout import Entry, Style
from vibench.config.migration.offer import Offer, State
from vibench.config.migration.places import Spot
from vibench.config.source import Map, Seq
from vibench.diagnostics import Diagnostic

Found = dict[int, Diagnostic]  # the findings of duplicate keys, by where the key starts


def duplicate_offers(state: State) -> Iterator[Offer]:
    """An offer to remove each entry that a later one of its mapping replaces."""
    if state.repeats:
        found = {one.span.start: one for one in state.findings if one.span and one.code == "duplicate-key"}
        yield from _below(state, Spot((), state.tree, 0, state.layout.root_style), found)


def _below(state: State, spot: Spot, found: Found) -> Iterator[Offer]:
    """The offers in a mapping, and in what its last entries hold."""
    entries = state.layout.entries(spot.container, spot.start)
    last = {entry.key: number for number, entry in enumerate(entries)}
    following: dict[str, int] = {}
    for number in reversed(range(len(entries))):
        entry = entries[number]
        if number != last[entry.key]:
            yield _offer(state, spot, number, entries[following[entry.key]], found)
        else:
            yield from _inside(state, entry.value, entry.mark, (*spot.path, entry.key), found)
        following[entry.key] = number


def _inside(state: State, value: Any, mark: Any, path: tuple[str, ...], found: Found) -> Iterator[Offer]:
    style: Style = state.layout.style(value, mark)
    if style == "scalar":  # an alias, too: its anchor is visited where it is written
        return
    if isinstance(value, Map):
        yield from _below(state, Spot(path, value, mark[3], style), found)
    elif isinstance(value, Seq):
        for index, (item, place) in enumerate(zip(value, value.marks, strict=True)):
            yield from _inside(state, item, place, (*path, str(index)), found)


def _offer(state: State, spot: Spot, number: int, kept: Entry, found: Found) -> Offer:
    entries = state.layout.entries(spot.container, spot.start)
    dropped = entries[number]

    def way(edit: Edit) -> None:
        edit.drop(spot, entries, number)

    dotted = ".".join((*spot.path, dropped.key))
    same = exact(plain(dropped.value)) == exact(plain(kept.value))
    words = f"one of two equal `{dotted}` goes" if same else f"of two `{dotted}` the last stays, as PyYAML reads it"
    line, _ = state.source.position(dropped.mark[1])
    return Offer(
        dotted, f"{words} (line {line})", same or _one_key(state, dropped, kept), (way,), found.get(kept.mark[1])
    )


def _one_key(state: State, one: Entry, other: Entry) -> bool:
    """Whether PyYAML reads both keys as one: to it `0` and `"0"` are two, and there are texts that it cannot read."""
    try:
        first, second = (yaml.safe_load(state.source.text[key.mark[1] : key.mark[2]]) for key in (one, other))
    except Exception:  # of any kind: a date that is none is a ValueError
        return False
    return type(first) is type(second)
