"""The text form: marks under exactly what is meant, whatever the line is made of; nothing raw reaches a terminal."""

from __future__ import annotations

import io

import pytest

from vibench.cli.render.colour import Paint, paint_for
from vibench.cli.render.excerpt import MAX_CELLS, excerpt, visible
from vibench.cli.render.text import render
from vibench.diagnostics import Related, Report, Source, Span, diagnostic


def marked(text: str, what: str) -> tuple[str, str]:
    """The line as shown, and the mark below it, for a finding about `what`."""
    start = text.index(what)
    shown = excerpt(Span(Source("c.yaml", text), start, start + len(what)))
    assert shown is not None
    return shown.line, " " * shown.before + "^" * shown.width


@pytest.mark.parametrize(
    ("text", "what", "line", "mark"),
    [
        ("a: 1\nkey: value\n", "value", "key: value", "     ^^^^^"),
        ("key: value\r\nb: 2\r\n", "value", "key: value", "     ^^^^^"),
        ("a:\tb\n", "b", "a:    b", "      ^"),
        ("a: x\ty\n", "x\ty", "a: x    y", "   ^^^^^^"),
        ("名前: 値段\n", "値段", "名前: 値段", "      ^^^^"),
        ("cafe\u0301: 12\n", "12", "cafe\u0301: 12", "      ^^"),
        ("a: e\u0301e\u0301\n", "e\u0301e\u0301", "a: e\u0301e\u0301", "   ^^"),
        ("a: \x1b[31mred\n", "red", "a: ␛[31mred", "        ^^^"),
        ("a: \x7f\x9b\u202eb\n", "b", "a: ␡\ufffd\ufffdb", "      ^"),
    ],
    ids=["plain", "crlf", "tab before", "tab inside", "wide", "combining before", "combining", "escape", "controls"],
)
def test_the_mark_stands_below_what_is_meant(text: str, what: str, line: str, mark: str) -> None:
    assert marked(text, what) == (line, mark)


@pytest.mark.parametrize("before", [0, 10, 200, 5000])
@pytest.mark.parametrize("after", [0, 200, 5000])
@pytest.mark.parametrize("length", [3, 400])
def test_a_long_line_is_cut_around_the_mark(before: int, after: int, length: int) -> None:
    text = f"{'a' * before}{'b' * length}{'c' * after}"
    shown = excerpt(Span(Source("c.yaml", text), before, before + length))
    assert shown is not None
    assert len(shown.line) <= MAX_CELLS
    marked_text = shown.line[shown.before : shown.before + shown.width]
    assert set(marked_text) <= {"b", "…"}
    assert "b" not in shown.line[: shown.before] + shown.line[shown.before + shown.width :]


def report() -> Report:
    source = Source("conf/c.yaml", "a: 1\nb: |\n  two\n  lines\nc: 3\n")
    first, second = Span(source, 0, 1), Span(source, 8, 23)
    related = (Related("a", "first written here", first),)
    found = diagnostic("duplicate-key", "b", "`b` is \x1b[2J wrong", hint="do this", span=second, related=related)
    return Report((found,), source)


def test_a_block_shows_the_second_place_with_its_own_line() -> None:
    assert render([report()]).splitlines() == [
        "error[duplicate-key]: `b` is ␛[2J wrong",
        "  --> conf/c.yaml:2:4 b",
        "   |",
        " 2 | b: |",
        "   |    ^ (to line 4)",
        "  ::: conf/c.yaml:1:1 a",
        "   |",
        " 1 | a: 1",
        "   | - first written here",
        "   = help: do this",
        "",
        "conf/c.yaml: not valid (1 error)",
    ]


def test_the_summary_counts_files_and_findings() -> None:
    source = Source("ok.yaml", "a: 1")
    assert render([Report((), source)]) == "ok.yaml: valid"
    assert render([Report((), source)] * 3) == "3 files: all valid"
    note = diagnostic("one-batch", "a", "m", span=Span(source))
    assert render([report(), Report((note,), source)]).splitlines()[-1] == "2 files: 1 valid, 1 not (1 error, 1 note)"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colour_only_on_a_terminal_that_wants_it(stream: io.StringIO, environ: dict[str, str], coloured: bool) -> None:
    text = render([report()], paint_for(stream, environ))
    assert ("\x1b[1;31merror[duplicate-key]\x1b[0m" in text) == coloured
    assert ("\x1b" in text) == coloured


def test_colours_add_nothing_but_colours() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", render([report()], Paint(True))) == render([report()])


def test_visible_keeps_ordinary_text() -> None:
    assert visible("é 中文 🙂 a\u0301") == "é 中文 🙂 a\u0301"
    assert visible("a\nb\u2066c\udcff") == "a␊b\ufffdc\ufffd"
