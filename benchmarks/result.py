"""What was measured: one ratio, and the limit it is held to."""

from __future__ import annotations

from typing import NamedTuple


class Result(NamedTuple):
    """A row of a table. `ratio` is `what` divided by `against`; `limit` of None: reported only."""

    group: str  # heading of its table
    what: str
    against: str
    ratio: float
    limit: float | None
    at_least: bool = False  # the limit is a lower bound
    note: str = ""  # the absolute numbers, such as "62 ms against 54 ms"

    @property
    def held(self) -> bool:
        """Whether the limit is kept."""
        if self.limit is None:
            return True
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    @property
    def limit_shown(self) -> str:
        """The limit in a table."""
        return "reported" if self.limit is None else f"{'≥' if self.at_least else '≤'} {self.limit:.3g}"

    @property
    def verdict(self) -> str:
        """In a word."""
        return "" if self.limit is None else "ok" if self.held else "TOO SLOW"
