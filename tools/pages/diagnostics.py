"""`docs/reference/diagnostics.md`: each code, with a file of the corpus that has it and what is right."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus_cases import CORPUS, cases, validated
from tools.pages import HEAD
from vibench.cli.render.text import render
from vibench.diagnostics import CODES, Diagnostic, Report, Source

INTRODUCTION = """# Diagnostics

Each finding has one of these codes. `vibench explain CODE` says the same.
"""


def diagnostics_page() -> str:
    """The page."""
    lines, shown = [HEAD, INTRODUCTION], _examples()
    for code, row in CODES.items():
        silence = "; can be silenced where it stands" if row.silenceable or row.severity == "warning" else ""
        lines += [f"## {code}", "", f"{row.severity}{silence}. {row.summary}", ""]
        if code in shown:
            lines += _example(shown[code])
    return "\n".join(lines)


def _examples() -> dict[str, Diagnostic]:
    """Of each code one finding in the corpus: one whose right text is known, from a file with few other mistakes."""
    found: dict[str, tuple[tuple[bool, int], Diagnostic]] = {}
    for case in cases("invalid"):
        findings = validated(case).diagnostics
        for finding in findings:
            rank = (not _suggested(finding), len(findings))
            if finding.span is not None and (finding.code not in found or rank < found[finding.code][0]):
                found[finding.code] = (rank, finding)
    return {code: finding for code, (_, finding) in found.items()}


def _example(finding: Diagnostic) -> Iterator[str]:
    source = finding.span.source if finding.span else Source("", "")
    said, _, _ = render([Report((finding,), source)]).rpartition("\n\n")
    yield from ("Wrong:", "", "```text", said.rstrip(), "```", "")
    right = _right_file(finding.code) or _suggested(finding)
    if right:
        yield from ("Right:", "", "```yaml", right, "```", "")


def _right_file(code: str) -> str:
    """The file of the corpus that shows what is right."""
    file = CORPUS / "right" / f"{code}.yaml"
    return file.read_text(encoding="utf-8").rstrip() if file.exists() else ""


def _suggested(finding: Diagnostic) -> str:
    """The line of the finding with the suggestion in the place of what is wrong."""
    span = finding.span
    if not finding.suggestion or span is None or span.source.kind != "file" or "\n" in span.text:
        return ""
    text = span.source.text
    begin, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    line = text[begin : span.start] + finding.suggestion + text[span.end : end if end >= 0 else None]
    return line.strip()
