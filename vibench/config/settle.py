"""One finding for each mistake: what the reader of the text, the models and the rules say of one place is settled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vibench.diagnostics import Diagnostic, Fix

_OLD_BOOLEAN = "yaml-1.1-boolean"
_TEXT_FAULTS = frozenset({_OLD_BOOLEAN, "bad-number", "unknown-tag"})


def one_per_mistake(findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings without those that repeat another one."""
    return _one_per_place(_old_booleans(findings)) if findings else findings


def _one_per_place(findings: list[Diagnostic]) -> list[Diagnostic]:
    """A fault of the text speaks for the value it stands in; of a place and path the first finding is kept, errors
    before others.
    """
    faulty = {finding.path for finding in findings if finding.code in _TEXT_FAULTS}
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for finding in sorted(findings, key=lambda d: d.severity != "error"):
        if finding.code == "wrong-type" and finding.path in faulty:
            continue
        place, told = (_at(finding), finding.path), (_at(finding), finding.path, finding.code)
        if place not in seen or (finding.severity != "error" and told not in seen):
            kept.append(finding)
            seen |= {place, told}
    return kept


def _old_booleans(findings: list[Diagnostic]) -> list[Diagnostic]:
    """`on`, `yes`, … where it is known what the setting takes: a boolean, a text (which wants quotes), or neither."""
    if not any(finding.code == _OLD_BOOLEAN for finding in findings):
        return findings
    wrong = {_at(d): d for d in findings if d.code == "wrong-type"}
    elsewhere = {d.path for d in findings if d.code != _OLD_BOOLEAN}
    settled = (_settled(d, wrong, elsewhere) if d.code == _OLD_BOOLEAN else d for d in findings)
    return [finding for finding in settled if finding]


def _settled(fault: Diagnostic, wrong: dict[Any, Diagnostic], elsewhere: set[str]) -> Diagnostic | None:
    other = wrong.get(_at(fault))
    if other:  # a number is asked, say: that finding says so
        return replace(fault, hint=f"write `{other.fix.to}`", fix=other.fix) if other.fix else None
    if fault.span and fault.path not in elsewhere and fault.path.startswith(("environment.", "trainer.")):
        text = f'"{fault.span.text}"'
        return replace(fault, hint=f"quote it: `{text}`", fix=Fix("replace-value", text, True))
    return fault


def _at(finding: Diagnostic) -> tuple[int, int] | None:
    return (id(finding.span.source), finding.span.start) if finding.span else None
