"""Findings for programs: the stable JSON form, version 1."""

from __future__ import annotations

from json import dumps
from typing import Any

from vibench.cli.render.distinct import distinct
from vibench.diagnostics import Diagnostic, Report


def render(reports: list[Report]) -> str:
    """One document for all files."""
    return text(document(reports))


def text(found: dict[str, Any]) -> str:
    """A document as it is printed."""
    return dumps(found, indent=2, ensure_ascii=False)


def document(reports: list[Report]) -> dict[str, Any]:
    """The document itself."""
    return {
        "version": 1,
        "valid": all(report.valid for report in reports),
        "files": len(reports),
        "diagnostics": [_finding(finding) for _, finding in distinct(reports)],
    }


def _finding(finding: Diagnostic) -> dict[str, Any]:
    fix = finding.fix
    return {
        "code": finding.code,
        "severity": finding.severity,
        "path": finding.path,
        "message": finding.message,
        "hint": finding.hint or None,
        "suggestion": finding.suggestion or None,
        "source": finding.span.as_json() if finding.span else None,
        "related": [
            {"path": one.path, "message": one.message, "source": one.span.as_json() if one.span else None}
            for one in finding.related
        ],
        "fix": {"kind": fix.kind, "to": fix.to, "safe": fix.safe} if fix else None,
    }
