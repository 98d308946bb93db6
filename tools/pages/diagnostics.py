"""`docs/reference/diagnostics.md`: each code, with a file of the corpus that has it and what is right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.corpus_cases import CORPUS, cases, validated
from tools.pages import HEAD
from vibench.cli.render.text import render
from vibench.diagnostics import CODES, Diagnostic, Report, Source

INTRODUCTION = """# Diagnostics

Each finding has one of these codes. `vibench explain CODE` says the same.
"""


def diagnostics_page() -> str:
    """The page."""
    lines, shown = [HEAD, INTRODUCTION], _findings()
    for code, row in CODES.items():
        silence = "; can be silenced where it stands" if row.silenceable or row.severity == "warning" else ""
        lines += [f"## {code}", "", f"{row.severity}{silence}. {row.summary}", ""]
        lines += _example("Wrong", *(_wrong(*shown[code]) if code in shown else _wrong_later(code)))
        right = _right(code) or ("yaml", _suggested(shown[code][0]) if code in shown else "")
        lines += _example("Right", right)
    return "\n".join(lines)


def _findings() -> dict[str, tuple[Diagnostic, Path]]:
    """Of each code one finding and its file: one whose right text is known, from a file with few other mistakes."""
    found: dict[str, tuple[tuple[bool, int], Diagnostic, Path]] = {}
    for case in cases("invalid"):
        findings = validated(case).diagnostics
        for finding in findings:
            rank = (not _suggested(finding), len(findings))
            if finding.span is not None and (finding.code not in found or rank < found[finding.code][0]):
                found[finding.code] = (rank, finding, case)
    return {code: (finding, case) for code, (_, finding, case) in found.items()}


def _example(title: str, *blocks: tuple[str, str]) -> Iterator[str]:
    """A heading and blocks, each a language and a text; empty ones are left out."""
    shown = [block for block in blocks if block[1]]
    yield from (f"{title}:", "") if shown else ()
    for language, text in shown:
        yield from (f"```{language}", text, "```", "")


def _wrong(finding: Diagnostic, case: Path) -> Iterator[tuple[str, str]]:
    """The variables that are set beside a file, and what is said of it."""
    source, variables = finding.span.source if finding.span else Source("", ""), case.with_suffix(".env")
    if variables.exists():
        yield "bash", "export " + " ".join(variables.read_text(encoding="utf-8").split())
    yield "text", _without_summary(render([Report((finding,), source)]))


def _wrong_later(code: str) -> Iterator[tuple[str, str]]:
    """The code's file, and what a command, a training or the machine says of it."""
    file = CORPUS / "later" / f"{code}.yaml"
    if file.exists():
        yield "yaml", file.read_text(encoding="utf-8").rstrip()
        yield "text", _without_summary(file.with_suffix(".txt").read_text(encoding="utf-8"))


def _without_summary(said: str) -> str:
    return said.rpartition("\n\n")[0].rstrip()


def _right(code: str) -> tuple[str, str] | None:
    """The file of the corpus, or the lines for a shell, that show what is right; with their language."""
    for ending, language in (("yaml", "yaml"), ("sh", "bash")):
        file = CORPUS / "right" / f"{code}.{ending}"
        if file.exists():
            return language, file.read_text(encoding="utf-8").rstrip()
    return None


def _suggested(finding: Diagnostic) -> str:
    """The line of the finding with the suggestion in the place of what is wrong."""
    span = finding.span
    if not finding.suggestion or span is None or span.source.kind != "file" or "\n" in span.text:
        return ""
    text = span.source.text
    begin, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    line = text[begin : span.start] + finding.suggestion + text[span.end : end if end >= 0 else None]
    return line.strip()
