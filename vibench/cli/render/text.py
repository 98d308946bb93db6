"""Findings for a person: the place, the line with a caret under it, what to do."""

from __future__ import annotations

from vibench.diagnostics import Diagnostic, Report, Span


def render(reports: list[Report]) -> str:
    """All findings and a summary line."""
    findings = [finding for report in reports for finding in report.diagnostics]
    blocks = [_block(finding) for finding in findings]
    return "\n\n".join([*blocks, _summary(reports, findings)])


def _block(finding: Diagnostic) -> str:
    lines = [f"{finding.severity}[{finding.code}]: {finding.message}"]
    place = f"{finding.span} " if finding.span else ""
    lines.append(f"  --> {place}{finding.path}".rstrip())
    lines += _excerpt(finding.span)
    lines += (f"  = note: {one.message}: {one.span or ''} {one.path}".rstrip() for one in finding.related)
    if finding.hint:
        lines.append(f"  = help: {finding.hint}")
    return "\n".join(lines)


def _excerpt(span: Span | None) -> list[str]:
    """The line of a file with carets below the text that is meant."""
    if span is None or span.source.kind != "file" or not span.source.text or span.end == 0:
        return []
    number, column = span.source.position(span.start)
    line = span.source.line(number)
    width = max(1, min(span.end - span.start, len(line) - column + 1))
    gutter = " " * len(str(number))
    lead = "".join("\t" if character == "\t" else " " for character in line[: column - 1])
    return [f"{gutter} |", f"{number} | {line}", f"{gutter} | {lead}{'^' * width}"]


def _summary(reports: list[Report], findings: list[Diagnostic]) -> str:
    counts = [(sum(d.severity == kind for d in findings), kind) for kind in ("error", "warning", "note")]
    said = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in counts if count)
    named = [report.source.name for report in reports if report.source]
    where = named[0] if len(named) == 1 else f"{len(reports)} files"
    state = "valid" if all(report.valid for report in reports) else "not valid"
    return f"{where or 'config'}: {state}" + (f" ({said})" if said else "")
