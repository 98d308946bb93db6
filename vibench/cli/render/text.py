"""Findings for a person: the place, the line with a mark under it, other places, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from vibench.cli.render.colour import PLAIN, Paint
from vibench.cli.render.distinct import distinct
from vibench.cli.render.excerpt import Excerpt, excerpt, visible
from vibench.diagnostics import Diagnostic, Report


def render(reports: list[Report], paint: Paint = PLAIN) -> str:
    """All findings, file by file, and a summary line."""
    findings = [finding for _, finding in distinct(reports)]
    blocks = [_block(finding, paint) for finding in findings]
    return "\n\n".join([*blocks, _summary(reports, findings, paint)])


def render_by_code(reports: list[Report], paint: Paint = PLAIN) -> str:
    """How many findings of each code there are, in how many files, the gravest first; and a summary line."""
    order = ("error", "warning", "note")
    findings = [(finding.severity, finding.code, report) for report, finding in distinct(reports)]
    counts = Counter((severity, code) for severity, code, _ in findings)
    lines = []
    for (severity, code), count in sorted(counts.items(), key=lambda one: (order.index(one[0][0]), -one[1], one[0])):
        files = len({id(report) for one, other, report in findings if (one, other) == (severity, code)})
        where = "1 file" if files == 1 else f"{files} files"
        lines.append(f"{paint(severity, f'{severity}[{code}]')}: {count} in {where}")
    return "\n".join([*lines, _summary(reports, [finding for _, finding in distinct(reports)], paint)])


def _block(finding: Diagnostic, paint: Paint) -> str:
    main = excerpt(finding.span)
    others = [(one, excerpt(one.span)) for one in finding.related]
    shown = [one.number for one in (main, *(other for _, other in others)) if one]
    gutter = max(2, len(str(max(shown, default=0))))
    head = paint(finding.severity, f"{finding.severity}[{finding.code}]")
    lines = [f"{head}{paint('bold', ': ' + visible(finding.message))}"]
    if finding.span or finding.path:
        lines.append(_place("-->", finding.span, finding.path, gutter, paint))
    lines += _snippet(main, gutter, "^", "", paint, finding.severity)
    for one, other in others:
        if other is None:
            place = f"{one.span or ''} {one.path}".strip()
            lines.append(_aside("note", visible(f"{one.message}: {place}"), gutter, paint))
        else:
            lines.append(_place(":::", one.span, one.path, gutter, paint))
            lines += _snippet(other, gutter, "-", one.message, paint, "frame")
    if finding.hint:
        lines.append(_aside("help", visible(finding.hint), gutter, paint))
    return "\n".join(lines)


def _place(arrow: str, span: object, path: str, gutter: int, paint: Paint) -> str:
    place = visible(" ".join(str(part) for part in (span, path) if part))
    return f"{' ' * gutter}{paint('frame', arrow)} {place}".rstrip()


def _aside(kind: str, text: str, gutter: int, paint: Paint) -> str:
    return f"{' ' * gutter} {paint('frame', '=')} {paint('bold', kind + ':')} {text}"


def _snippet(shown: Excerpt | None, gutter: int, mark: str, label: str, paint: Paint, role: str) -> Iterator[str]:
    """The line of a file with marks below the text that is meant."""
    if shown is None:
        return
    bar, empty = paint("frame", "|"), " " * gutter
    if shown.last > shown.number:
        label = f"{label} (to line {shown.last})".lstrip()
    yield f"{empty} {bar}"
    yield f"{paint('frame', f'{shown.number:>{gutter}}')} {bar} {shown.line}".rstrip()
    yield f"{empty} {bar} {' ' * shown.before}{paint(role, f'{mark * shown.width} {label}'.rstrip())}"


def _summary(reports: list[Report], findings: list[Diagnostic], paint: Paint) -> str:
    """`c.yaml: not valid (2 errors, 1 warning)`, or `5 files: 3 valid, 2 not (…)`."""
    counts = Counter(finding.severity for finding in findings)
    kinds = [kind for kind in ("error", "warning", "note") if counts[kind]]
    said = ", ".join(f"{counts[kind]} {kind}{'s' if counts[kind] > 1 else ''}" for kind in kinds)  # type: ignore[index]
    wrong = sum(not report.valid for report in reports)
    if len(reports) == 1:
        name = reports[0].source.name if reports[0].source else ""
        where, state = visible(name) or "config", "not valid" if wrong else "valid"
    else:
        where = f"{len(reports)} files"
        state = f"{len(reports) - wrong} valid, {wrong} not" if wrong else "all valid"
    worst = kinds[0] if kinds else "help"
    return paint(worst, f"{where}: {state}" + (f" ({said})" if said else ""))
