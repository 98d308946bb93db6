"""Findings as annotations of a GitHub workflow: one command a line, shown beside the changed lines."""

from __future__ import annotations

from vibench.cli.render.distinct import distinct
from vibench.diagnostics import Diagnostic, Report

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(reports: list[Report]) -> str:
    """One `::error …::` line for each finding; nothing where there is none."""
    return "\n".join(_command(finding) for _, finding in distinct(reports))


def _command(finding: Diagnostic) -> str:
    properties = {**_place(finding), "title": f"vibench {finding.code}"}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(_text(finding))}"


def _place(finding: Diagnostic) -> dict[str, object]:
    """File, lines and columns; GitHub takes columns only where the stretch is on one line."""
    place = (finding.span.as_json() if finding.span else None) or {}
    if "file" not in place:
        return {}
    found = {"file": place["file"], "line": place["line"], "endLine": place["end_line"]}
    if place["line"] == place["end_line"]:
        found |= {"col": place["column"], "endColumn": place["end_column"]}
    return found


def _text(finding: Diagnostic) -> str:
    lines = [f"{finding.path}: {finding.message}" if finding.path else finding.message]
    if finding.span and finding.span.source.kind != "file":
        lines.append(f"in {finding.span}")
    lines += (" ".join(f"{one.message}: {one.span or ''} {one.path}".split()) for one in finding.related)
    lines += [finding.hint] if finding.hint else []
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
