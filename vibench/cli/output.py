"""Where findings go: the text form to standard error, in colours on a terminal; the others to standard output."""

from __future__ import annotations

import sys

from vibench.diagnostics import Report


def say(reports: list[Report]) -> None:
    """Findings for a person."""
    from vibench.cli.render.colour import paint_for
    from vibench.cli.render.text import render

    print(render(reports, paint_for(sys.stderr)), file=sys.stderr)


def show(reports: list[Report], form: str) -> None:
    """Findings in the form that was asked for."""
    from vibench.cli.render import renderer

    if form == "text":
        say(reports)
    else:
        answer(renderer(form)(reports))


def answer(text: str) -> None:
    """What was asked for, on standard output; halves of characters, which no encoding has, are replaced."""
    if text:
        print(text.encode("utf-8", "replace").decode("utf-8"))
