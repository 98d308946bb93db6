"""Changes that are made together: their splices in one text, which is composed and validated once.

What comes out must hold the data that is meant, to readers that take the last of two entries, too. It must bring no
new error, and what the changes were made for must be gone. Where that fails, the changes that it hangs on are told
from the others, and refused with the reason.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from vibench.config.migration.data import Path, canonical_path, exact, plain
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
        self.changes: list[Change] = []
        self._cuts: list[tuple[int, int]] = []
        self._inserts: list[int] = []
        self._created: set[Path] = set()
        self._written: set[Path] = set()
        self._removed: Counter[Path] = Counter()

    def take(self, offer: Offer, edit: Edit) -> bool:
        """Add a change, unless it touches another; then it is for the next batch."""
        if self.changes and self._touches(edit):
            return False
        self.changes.append(Change(offer, edit))
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
            return True  # the mapping would be left empty: a separate change
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
        changes = self.changes
        while changes:
            after = _made(self.state, changes)
            reasons = _reasons(changes, self.state, after, as_read=as_read) if after else None
            if after is not None and reasons == {}:
                return after, [change.offer for change in changes]
            if reasons is None:  # which of them it is shows when they are made by halves
                reasons = dict(self._wrong_alone(changes, range(len(changes)), as_read=as_read))
            for number, reason in reasons.items():
                refuse(changes[number].offer, reason)
            left = [change for number, change in enumerate(changes) if number not in reasons]
            changes = left if reasons else left[: len(left) // 2]  # right by themselves, and wrong together
        return self.state, []

    def _wrong_alone(self, changes: list[Change], numbers: range, *, as_read: bool) -> Iterator[tuple[int, str]]:
        """The changes that do not work out, found by halves, and why."""
        some = [changes[number] for number in numbers]
        after = _made(self.state, some)
        if after is not None and _reasons(some, self.state, after, as_read=as_read) == {}:
            return
        if len(numbers) == 1:
            reasons = _reasons(some, self.state, after, as_read=as_read) if after else None
            yield numbers[0], (reasons or {}).get(0, NOT_ALLOWED)
            return
        middle = len(numbers) // 2
        yield from self._wrong_alone(changes, numbers[:middle], as_read=as_read)
        yield from self._wrong_alone(changes, numbers[middle:], as_read=as_read)


def _made(state: State, changes: list[Change]) -> State | None:
    """The state after the changes; None where the text would not hold what is meant."""
    data = plain(state.data)
    for change in changes:
        change.edit.replay(data)
    after = look(Source(state.source.name, spliced(state.source.text, changes)))
    right = after is not None and after.faults <= state.faults and exact(after.data) == exact(data)
    return after if right else None


def spliced(text: str, changes: Iterable[Change]) -> str:
    """The text with all splices; what is inserted at one place comes in the order of the changes."""
    parts, done = [], 0
    splices = [splice for change in changes for splice in change.edit.splices]
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        parts += [text[done:start], new]
        done = max(done, end)
    return "".join([*parts, text[done:]])


def _reasons(changes: list[Change], before: State, after: State, *, as_read: bool) -> dict[int, str] | None:
    """Of the changes that cannot be made, their number and why; None where they cannot be told apart."""
    found: dict[int, str] = {}
    old, new = _kinds(before, errors=True), _kinds(after, errors=True)
    worse = [one for one in after.report.errors if new[_kind(one)] > old[_kind(one)] and one.code not in ELSEWHERE]
    writers = _Writers(changes)
    for finding in () if as_read else worse:
        about = writers.of(finding)
        if not about:
            return None
        found |= dict.fromkeys(about, f"it would be wrong: {finding.message}")
    old, new = _kinds(before), _kinds(after)
    mended = Counter(_kind(offer.finding) for offer, _ in changes if offer.finding)
    places = {(finding.code, finding.path) for finding in after.findings}
    for number, (offer, _) in enumerate(changes):
        aim = offer.finding
        if aim is None or new[_kind(aim)] <= old[_kind(aim)] - mended[_kind(aim)]:
            continue
        if mended[_kind(aim)] == 1 or (aim.code, aim.path) in places:
            found.setdefault(number, aim.hint or aim.message)
    return found


class _Writers:
    """Which changes write at, in or around a place."""

    def __init__(self, changes: list[Change]) -> None:
        self.alone = len(changes) == 1
        self.at: dict[Path, set[int]] = {}
        self.inside: dict[Path, set[int]] = {}
        for number, (_, edit) in enumerate(changes):
            for path in map(canonical_path, edit.written_paths):
                self.at.setdefault(path, set()).add(number)
                for length in range(1, len(path)):
                    self.inside.setdefault(path[:length], set()).add(number)

    def of(self, finding: Diagnostic) -> set[int]:
        """The changes that a finding may be about; the only one there is, wherever it stands."""
        steps = canonical_path(tuple(finding.path.split(".")))
        around = (self.at.get(steps[:length], set()) for length in range(1, len(steps) + 1))
        return {0} if self.alone else set().union(*around, self.inside.get(steps, ()))


def _kind(finding: Diagnostic) -> tuple[str, str]:
    return finding.code, finding.path.rpartition(".")[2]


def _kinds(state: State, *, errors: bool = False) -> Counter[tuple[str, str]]:
    return Counter(map(_kind, state.report.errors if errors else state.findings))
