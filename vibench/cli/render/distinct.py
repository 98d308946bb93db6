"""Findings of several files, each once: a base file, a variable or an override counts for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.diagnostics import Diagnostic, Report


def distinct(reports: list[Report]) -> Iterator[tuple[Report, Diagnostic]]:
    """Every finding with the report that holds it first."""
    seen: set[tuple[str, ...]] = set()
    for report in reports:
        for finding in report.diagnostics:
            if len(reports) > 1:
                told = (finding.code, finding.path, finding.message, str(finding.span))
                if told in seen:
                    continue
                seen.add(told)
            yield report, finding
