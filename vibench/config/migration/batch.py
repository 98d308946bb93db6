"""Changes that are made together: their splices in one text, which is composed and validated once.

What comes out must hold the data that is meant, to readers that take the last of two entries, too. It must bring no
new error, and what the changes were made for must be gone. Where that fails, the changes that it hangs on are told
from the others, and refused with the reason.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from vibench.config.migration.data import Path, canonical_path, exact
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import Offer, State, look
from vibench.diagnostics import Diagnostic, Source

# Errors that are not about how the file is written, but about this machine.
ELSEWHERE = ("missing-checkpoint", "missing-package")
NOT_ALLOWED = "the way the file is written does not allow it; change it by hand"
Refuse = Callable[[Offer, str], None]


class Change(NamedTuple):
    """An offer that is to be made, and its edit."""

    offer: Offer
    edit: Edit


class Batch:
    """Changes of one text that do not touch each other."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.data = state.data
        self.changes: list[Change] = []
        self._cuts: list[tuple[int, int]] = []
        self._inserts: list[int] = []
        self._created: set[Path] = set()
        self._written: set[Path] = set()
        self._removed: Counter[Path] = Counter()

    def edit(self) -> Edit:
        """An edit on top of the changes so far."""
        return self.state.edit(self.data)

    def take(self, offer: Offer, edit: Edit) -> bool:
        """Add a change, unless it touches another; then it is for the next batch."""
        if self.changes and self._touches(edit):
            return False
        self.changes.append(Change(offer, edit))
        self.data = edit.data
        for start, end, _ in edit.splices:
            if start == end:
                insort(self._inserts, start)
            else:
                insort(self._cuts, (start, end))
        self._created |= edit.created
        self._written |= edit.written_paths
        self._removed.update(path for path, _ in edit.removed)
        return True

    def _touches(self, edit: Edit) -> bool:
        if edit.created & self._created or edit.written_paths & self._written:
            return True
        if any(self._removed[path] + 1 >= size for path, size in edit.removed):
            return True  # the mapping would be left empty, which is a change of its own
        return any(self._overlaps(start, end) for start, end, _ in edit.splices)

    def _overlaps(self, start: int, end: int) -> bool:
        at = bisect_left(self._cuts, (start, start))
        for other_start, other_end in self._cuts[max(at - 1, 0) : at + 1]:
            if (start < other_end and other_start < end) or (start == end and other_start < start < other_end):
                return True
        inside = bisect_left(self._inserts, start + 1)
        return inside < len(self._inserts) and self._inserts[inside] < end

    def commit(self, refuse: Refuse, *, as_read: bool) -> tuple[State, list[Offer]]:
        """The state with the changes, or with as many of them as can be made together, and those.

        `refuse` is told of what cannot be made. `as_read`: the text says nothing new to readers that take the last of
        two entries, so that errors which show now are no reason against it.
        """
        return _commit(self.state, self.changes, refuse, as_read=as_read)


def _commit(state: State, changes: list[Change], refuse: Refuse, *, as_read: bool) -> tuple[State, list[Offer]]:
    if not changes:
        return state, []
    data = state.data
    for change in changes:
        data = change.edit.replayed(data)
    after = look(Source(state.source.name, spliced(state.source.text, changes)))
    if after is None or after.faults > state.faults or exact(after.data) != exact(data):
        reasons = {0: NOT_ALLOWED} if len(changes) == 1 else None
    else:
        reasons = _reasons(changes, state, after, as_read=as_read)
        if reasons == {}:
            return after, [change.offer for change in changes]
    if reasons is None:  # which of them it is shows when they are made by halves
        return _commit(state, changes[: len(changes) // 2], refuse, as_read=as_read)
    for number, reason in reasons.items():
        refuse(changes[number].offer, reason)
    rest = [change for number, change in enumerate(changes) if number not in reasons]
    return _commit(state, rest, refuse, as_read=as_read)


def spliced(text: str, changes: Iterable[Change]) -> str:
    """The text with all splices; what is inserted at one place comes in the order of the changes."""
    parts, done = [], 0
    splices = [splice for change in changes for splice in change.edit.splices]
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        parts += [text[done:start], new]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _reasons(changes: list[Change], before: State, after: State, *, as_read: bool) -> dict[int, str] | None:
    """Of the changes that cannot be made, their number and why; None where nobody can tell which they are."""
    found: dict[int, str] = {}
    old, new = _kinds(before, errors=True), _kinds(after, errors=True)
    for finding in () if as_read else after.report.errors:
        if new[_kind(finding)] > old[_kind(finding)] and finding.code not in ELSEWHERE:
            about = [number for number, one in enumerate(changes) if len(changes) == 1 or _is_about(finding, one.edit)]
            if not about:
                return None
            found |= dict.fromkeys(about, f"it would be wrong: {finding.message}")
    old, new = _kinds(before), _kinds(after)
    mended = Counter(_kind(offer.finding) for offer, _ in changes if offer.finding)
    places = {(finding.code, finding.path) for finding in after.findings}
    for number, (offer, _) in enumerate(changes):
        if (
            offer.finding is None
            or new[_kind(offer.finding)] <= old[_kind(offer.finding)] - mended[_kind(offer.finding)]
        ):
            continue
        if mended[_kind(offer.finding)] == 1 or (offer.finding.code, offer.finding.path) in places:
            found.setdefault(number, offer.finding.hint or offer.finding.message)
    return found


def _is_about(finding: Diagnostic, edit: Edit) -> bool:
    """Whether a finding stands at, in or around something that the edit writes."""
    steps = tuple(finding.path.split("."))
    return any(
        canonical_path(path)[: len(canonical_path(steps))] == canonical_path(steps)
        or canonical_path(steps)[: len(canonical_path(path))] == canonical_path(path)
        for path in edit.written_paths
    )


def _kind(finding: Diagnostic) -> tuple[str, str]:
    return finding.code, finding.path.rpartition(".")[2]


def _kinds(state: State, *, errors: bool = False) -> Counter[tuple[str, str]]:
    return Counter(map(_kind, state.report.errors if errors else state.findings))
