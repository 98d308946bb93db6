"""Rewrite what is old in a file, leaving comments, order and layout alone.

The changes that can be made together are made on the text, composed and validated before they count: one that would
bring a new error, or that the way the file is written does not allow, is not made and is told with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.config.migration.batch import Batch
from vibench.config.migration.data import Path, plain
from vibench.config.migration.duplicates import duplicate_offers
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import Offer, State, look
from vibench.config.migration.offers import Stage, stages
from vibench.config.migration.places import CannotEdit
from vibench.config.migration.uploads import sends_more
from vibench.diagnostics import Diagnostic, Report, Source

Accept = Callable[[Offer], bool]
EITHER = "it could mean either"


@dataclass
class Migration:
    """What came of it: the new text, the changes, what was declined or cannot be done (with the reason), and what
    `validate` says of the new text.
    """

    source: Source
    changes: list[Offer] = field(default_factory=list)
    declined: list[Offer] = field(default_factory=list)
    refused: list[tuple[Offer, str]] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def safe_only(offer: Offer) -> bool:
    """Accept what keeps the meaning."""
    return offer.safe


def migrate(source: Source, accept: Accept = safe_only, *, below_args: bool = False) -> Migration:
    """Make every change that is accepted, until none is left; the same text again changes nothing.

    `below_args`: settings that stand flat in `trainer` go below `args`.
    """
    migration = Migration(source)
    state = look(source)
    if state is None:
        migration.report = check(compose_source(source)).report
        return migration
    work = _Work(migration, accept)
    before = -1
    while before < len(migration.changes):  # what one stage changes may let an earlier one do more
        before = len(migration.changes)
        for stage in stages(below_args=below_args):
            state = work.finish(state, stage)
    migration.source, migration.report = state.source, state.report
    left = {(one.code, one.path): one for one in state.findings}
    migration.refused = [
        (_as_left(offer, left), reason) for offer, reason in work.refused.values() if _is_left(offer, left)
    ]
    migration.declined = [_as_left(offer, left) for offer in work.declined.values() if _is_left(offer, left)]
    return migration


Left = Mapping[tuple[str, str], Diagnostic]


def _is_left(offer: Offer, left: Left) -> bool:
    """Whether there is anything to tell of what was not done: another change may have mended it."""
    return offer.finding is None or (offer.finding.code, offer.finding.path) in left


def _as_left(offer: Offer, left: Left) -> Offer:
    """The offer with its finding as it stands in the new text."""
    return offer if offer.finding is None else offer._replace(finding=left[offer.finding.code, offer.finding.path])


class _Work:
    """The rounds of a migration: what was answered, refused and declined is remembered from one to the next."""

    def __init__(self, migration: Migration, accept: Accept) -> None:
        self.migration = migration
        self.accept = accept
        self.answers: dict[tuple[str, str], bool] = {}
        self.refused: dict[tuple[str, str], tuple[Offer, str]] = {}
        self.tried: dict[tuple[str, str], int] = {}  # how many changes were made when an offer came out wrong
        self.declined: dict[tuple[str, str], Offer] = {}

    def finish(self, state: State, stage: Stage) -> State:
        """Make the changes of one kind, until none is left."""
        as_read = stage is duplicate_offers
        while True:
            batch = Batch(state)
            offers = self._agreeing(self._decided(state, stage(state)))
            for offer in offers:
                self._try(offer, batch)
            if not batch.changes:
                return state
            state, made = batch.commit(self._came_out_wrong, as_read=as_read)
            self.migration.changes += made
            for offer in made:
                self.refused.pop(offer.key, None)

    def _agreeing(self, offers: Iterable[Offer]) -> list[Offer]:
        """The offers without those that would give one setting different values: which one is meant is unknown."""
        offered = list(offers)
        said: dict[Path, dict[str, str]] = {}
        for offer in offered:
            for path, value in offer.says:
                said.setdefault(path, {}).setdefault(value, offer.path)
        agreeing = []
        for offer in offered:
            others = [one for path, _ in offer.says for one in said[path].values() if len(said[path]) > 1]
            if others:
                self._refuse(
                    offer, f"{' and '.join(f'`{one}`' for one in dict.fromkeys(others))} contradict each other"
                )
            else:
                agreeing.append(offer)
        return agreeing

    def _refuse(self, offer: Offer, reason: str) -> None:
        self.refused[offer.key] = offer, reason
        self.declined.pop(offer.key, None)

    def _came_out_wrong(self, offer: Offer, reason: str) -> None:
        self._refuse(offer, reason)
        self.tried[offer.key] = len(self.migration.changes)

    def _try(self, offer: Offer, batch: Batch) -> None:
        """Add a change to the batch, if it can be made and is accepted; one that came out wrong waits for others."""
        if self.tried.get(offer.key) == len(self.migration.changes):
            return
        edit = Edit(batch.state.layout)
        try:
            offer.ways[0](edit)
        except CannotEdit as reason:
            self._refuse(offer, str(reason))
            return
        offer = offer._replace(safe=offer.safe and not _turns_on(batch.state, edit))
        if offer.key not in self.answers:
            self.answers[offer.key] = self.accept(offer)
        if self.answers[offer.key]:
            batch.take(offer, edit)
        else:
            self.declined[offer.key] = offer
            self.refused.pop(offer.key, None)

    def _decided(self, state: State, offers: Iterable[Offer]) -> Iterator[Offer]:
        """The offers; of those with several ways each with the one that works out, where exactly one does."""
        open_ones = []
        for offer in offers:
            if len(offer.ways) == 1:
                yield offer
            elif self.tried.get(offer.key) != len(self.migration.changes):
                open_ones.append(offer)
        if not open_ones:
            return
        works = [_working(state, open_ones, number) for number in range(max(len(one.ways) for one in open_ones))]
        for offer in open_ones:
            ways = [offer.ways[number] for number, working in enumerate(works) if offer.key in working]
            if len(ways) == 1:
                yield offer._replace(ways=tuple(ways))
            else:
                self._came_out_wrong(offer, EITHER if ways else "neither way is right here")


def _turns_on(state: State, edit: Edit) -> bool:
    """Whether a change makes a run send more to a logger's server."""
    if not any(path[0] == "environment" for path in edit.written_paths):
        return False
    after = plain(state.data)
    edit.replay(after)
    return sends_more(state.data.get("environment"), after.get("environment"))


def _working(state: State, offers: list[Offer], number: int) -> set[tuple[str, str]]:
    """The offers for which the way of this number works out; all are tried in one text."""
    batch = Batch(state)
    for offer in offers:
        edit = Edit(state.layout)
        try:
            offer.ways[number](edit)
        except (CannotEdit, IndexError):
            continue
        batch.take(offer._replace(finding=None), edit)
    wrong: set[tuple[str, str]] = set()
    batch.commit(lambda offer, _: wrong.add(offer.key), as_read=False)
    return {change.offer.key for change in batch.changes} - wrong
