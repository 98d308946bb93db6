"""`# vibench: ignore[code]` at the end of a line silences a finding that stands on that line, as linters do."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from vibench.config.source import Map, Seq
from vibench.diagnostics import CODES, Diagnostic, Source, Span, diagnostic

_COMMENT = re.compile(r"#\s*vibench:\s*ignore\[([^\]\n]*)\]")
_NEEDLE = "vibench:"


def silenced(findings: list[Diagnostic], source: Source, tree: object) -> list[Diagnostic]:
    """The findings that remain; an ignore that silences nothing is itself one."""
    if _NEEDLE not in source.text:
        return findings
    comments = list(_comments(source, tree))
    places = {(line, code): start for start, _, line, code in reversed(comments)}  # of two alike, the first counts
    used: set[int] = set()
    rest = []
    for finding in findings:
        hit = _hit(finding, source, places)
        if hit is None:
            rest.append(finding)
        else:
            used.add(hit)
    for start, end, _, code in comments:
        if start not in used:
            message = _why(code)
            rest.append(diagnostic("unused-ignore", "", message, span=Span(source, start, end)))
    return rest


def _why(code: str) -> str:
    if code not in CODES:
        return f"`{code}` is no code of a finding"
    row = CODES[code]
    if row.severity == "error" and not row.silenceable:
        return f"`{code}` cannot be silenced"
    return f"nothing here to ignore: no `{code}`"


def _hit(finding: Diagnostic, source: Source, places: Mapping[tuple[int, str], int]) -> int | None:
    row = CODES[finding.code]
    if finding.span is None or finding.span.source is not source:
        return None
    if finding.severity == "error" and not row.silenceable:
        return None
    return places.get((source.position(finding.span.start)[0], finding.code))


def _comments(source: Source, tree: object) -> Iterable[tuple[int, int, int, str]]:
    """Start, end, line and code of each code in an ignore comment; text inside values is not a comment."""
    values = sorted(_spans(tree, source))
    for match in _COMMENT.finditer(source.text):
        before = bisect_right(values, (match.start(), len(source.text))) - 1
        if before >= 0 and match.start() < values[before][1]:
            continue
        offset = match.start(1)
        for code in re.finditer(r"[^\s,]+", match.group(1)):
            start = offset + code.start()
            yield start, offset + code.end(), source.position(start)[0], code.group()


def _spans(tree: object, source: Source) -> Iterable[tuple[int, int]]:
    """Places of all scalars of the tree that were written in this source."""
    if not isinstance(tree, (Map, Seq)):
        return
    marks = tree.marks.items() if isinstance(tree, Map) else enumerate(tree.marks)
    for key, (origin, key_start, key_end, start, end) in marks:
        value = tree.get(key) if isinstance(tree, Map) else tree[key]  # type: ignore[arg-type,index]
        if origin is source:
            if key_end:
                yield key_start, key_end
            if not isinstance(value, (Map, Seq)):
                yield start, end
        yield from _spans(value, source)
