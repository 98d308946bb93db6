"""Rewrite what is old in a file, one change after another, leaving comments, order and layout alone.

Each change is made on the text, composed and validated again before it counts: one that would bring a new error, or
that the way the file is written does not allow, is not made and is told with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import Offer, State
from vibench.config.migration.offers import offers
from vibench.config.migration.places import CannotEdit
from vibench.config.source import Map, compose
from vibench.diagnostics import Diagnostic, Report, Source

# Errors that are not about how the file is written, but about this machine.
ELSEWHERE = ("missing-checkpoint", "missing-package")
Accept = Callable[[Offer], bool]


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


def migrate(source: Source, accept: Accept = safe_only) -> Migration:
    """Make every change that is accepted, until none is left; the same text again changes nothing."""
    migration = Migration(source)
    answers: dict[tuple[str, str], bool] = {}
    while True:
        state = look(migration.source)
        migration.report = check(compose_source(migration.source)).report if state is None else state.loaded.report
        if state is None or not _step(state, migration, accept, answers):
            return migration


def look(source: Source) -> State | None:
    """The tree of a text and what is wrong in it; nothing where the text cannot be read."""
    tree, _ = compose(source)
    return State(tree, check(compose_source(source))) if isinstance(tree, Map) else None


def _step(state: State, migration: Migration, accept: Accept, answers: dict[tuple[str, str], bool]) -> bool:
    """Make the first change that can be made; whether there was one."""
    migration.declined, migration.refused = [], []
    for offer in offers(state):
        key = offer.path, offer.words
        if key not in answers:
            answers[key] = accept(offer)
        if not answers[key]:
            migration.declined.append(offer)
            continue
        try:
            migration.source = _made(offer, state, migration.source)
        except CannotEdit as reason:
            migration.refused.append((offer, str(reason)))
            continue
        migration.changes.append(offer)
        return True
    return False


def _made(offer: Offer, state: State, source: Source) -> Source:
    """The text after a change.

    Raises CannotEdit if no way, or more than one, works out.
    """
    outcomes: list[Source] = []
    reason = CannotEdit("")
    for way in offer.ways:
        edit = Edit(source, state.tree)
        try:
            way(edit)
            new = Source(source.name, edit.text())
            _compare(offer, state, look(new))
            outcomes.append(new)
        except CannotEdit as error:
            reason = error
    if not outcomes:
        raise reason
    if len(outcomes) > 1:
        raise CannotEdit("it could mean either")
    return outcomes[0]


def _compare(offer: Offer, before: State, after: State | None) -> None:
    """Raise CannotEdit if a change brings a new error or does not mend what it was made for."""
    assert after is not None, "an edit's text is composed before it counts"
    old, new = _errors(before), _errors(after)
    for finding in after.findings:
        kind = _kind(finding)
        if kind in new and new[kind] > old[kind] and finding.code not in ELSEWHERE:
            raise CannotEdit(f"it would be wrong: {finding.message}")
    mended = offer.finding
    if mended is not None and _kinds(after)[_kind(mended)] >= _kinds(before)[_kind(mended)]:
        raise CannotEdit(mended.hint or mended.message)


def _kind(finding: Diagnostic) -> tuple[str, str]:
    return finding.code, finding.path.rpartition(".")[2]


def _kinds(state: State) -> Counter[tuple[str, str]]:
    return Counter(map(_kind, state.findings))


def _errors(state: State) -> Counter[tuple[str, str]]:
    return Counter(_kind(finding) for finding in state.findings if finding.severity == "error")
