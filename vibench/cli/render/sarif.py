"""Findings as SARIF 2.1.0, for code scanning. Columns count Unicode code points, as those of the other forms do."""

from __future__ import annotations

from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vibench.cli.render.distinct import distinct
from vibench.diagnostics import CODES, Diagnostic, Report, Source, Span
from vibench.version import __version__

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(reports: list[Report]) -> str:
    """One log with one run over all files."""
    found = list(distinct(reports))
    codes = list(dict.fromkeys(finding.code for _, finding in found))
    driver = {"name": "vibench", "version": __version__, "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code), report.source) for report, finding in found],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    row = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": row.summary},
        "defaultConfiguration": {"level": row.severity},
    }


def _result(finding: Diagnostic, index: int, checked: Source | None) -> dict[str, Any]:
    text = f"{finding.path}: {finding.message}" if finding.path else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": f"{text} ({finding.hint})" if finding.hint else text},
        "locations": [_location(finding.span, finding.path, checked)],
    }
    others = [
        {"id": number, "message": {"text": one.message}, **_location(one.span, one.path, checked)}
        for number, one in enumerate(finding.related)
    ]
    if others:
        result["relatedLocations"] = others
    if finding.fix and finding.fix.kind != "remove-key" and finding.span and finding.span.source.kind == "file":
        result["fixes"] = [_fix(finding.fix.to, finding.span, finding.hint)]
    return result


def _location(span: Span | None, path: str, checked: Source | None) -> dict[str, Any]:
    """Where it is: of an override or a variable, the file that was checked, and the dotted path."""
    location: dict[str, Any] = {}
    source = span.source if span and span.source.kind == "file" else checked
    if source is not None and source.name:
        location["physicalLocation"] = {"artifactLocation": _artifact(source.name)}
        if span and span.source is source:
            location["physicalLocation"]["region"] = _region(span)
    if path:
        location["logicalLocations"] = [{"fullyQualifiedName": path}]
    return location


def _artifact(name: str) -> dict[str, str]:
    path = Path(name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> dict[str, int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(text: str, span: Span, hint: str) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(span), "insertedContent": {"text": text}}
    change = {"artifactLocation": _artifact(span.source.name), "replacements": [replacement]}
    return {"description": {"text": hint or f"write {text}"}, "artifactChanges": [change]}
