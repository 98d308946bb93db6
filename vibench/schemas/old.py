"""How an old key is declared: what to write instead, and what `migrate` writes in its place.

A row drives both the finding of `validate` and the rewriting of the file. Paths are canonical (`trainer.args.devices`);
`VALUE` in a text to write stands for the old value as it is written in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

VALUE = "{}"
LIST_END = "+"  # behind a path: the text is a new item at the end of that list
Writes = Mapping[str, str]


class Rewrite(NamedTuple):
    """Settings that take the place of an old one; none at all removes it.

    `when`: the old values that this is right for: types or single values; nothing: all.
    `safe`: the file means what it meant before.
    """

    writes: Writes
    when: tuple[Any, ...] = ()
    safe: bool = True

    def fits(self, value: Any) -> bool:
        """Whether this is what becomes of `value`; `1` is neither `true` nor `1.0`."""
        kind = next((kind for kind in (dict, list) if isinstance(value, kind)), type(value))
        return not self.when or any(
            kind is one if isinstance(one, type) else kind is type(one) and value == one for one in self.when
        )


class Old(NamedTuple):
    """One old key or value.

    `instead`: what to write, or why there is nothing. `until`: the last release of Lightning that had it, if one did.
    `rewrites`: the first that fits the value is what `migrate` does; without one it can only say so.
    `inside`: for a section that went away, its keys.
    """

    instead: str
    until: str = ""
    rewrites: tuple[Rewrite, ...] = ()
    inside: Mapping[str, Old] = {}

    def rewrite(self, value: Any) -> Rewrite | None:
        """What to write in place of the key with this value."""
        return next((one for one in self.rewrites if one.fits(value)), None)

    def rewrite_of_null(self) -> Rewrite | None:
        """What becomes of `null`: it means "not written", unless a row says what it meant."""
        return next((one for one in self.rewrites if None in one.when), Rewrite({}))


def moved(to: str, until: str = "", *, when: tuple[Any, ...] = (), safe: bool = True) -> Old:
    """The same value under another name or in another section."""
    shown = to.removeprefix("trainer.args.")
    return Old(f"write `{shown}`", until, (Rewrite({to: VALUE}, when, safe),))


def dropped(instead: str, until: str = "", *, when: tuple[Any, ...] = ()) -> Old:
    """Nothing takes its place, and nothing is lost (where the value is one of `when`)."""
    return Old(instead, until, (Rewrite({}, when),))
