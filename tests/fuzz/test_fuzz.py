"""Whatever stands in a file: no exception, no hang, and every finding has a position inside its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corpus_cases import cases
from vibench.cli.render import RENDERERS, renderer
from vibench.config.load import load
from vibench.diagnostics import Report, Span

SEEDS = [path.read_bytes() for path in cases("valid")]
TOKENS = [
    *(b":", b": ", b"- ", b"[", b"]", b"{", b"}", b",", b"\n", b"\r\n", b"\t", b"  ", b"#", b"'", b'"', b"|\n", b">"),
    *(b"&a ", b"*a", b"<<: *a", b"!!python/name:os ", b"!x ", b"? ", b"---\n", b"...\n", b"%YAML 1.2\n", b"\x00"),
    *(b"\xff", b"\xef\xbb\xbf", "é".encode(), "\u2028".encode(), "漢".encode(), "\U0001f680".encode(), b"\x1b[31m"),
    *(b"null", b"yes", b"1e999", b".nan", b"-1", b"1e-3", b"99999999999999999999", b"'1'", b"[]", b"{}", b"true"),
    *(b"trainer:", b"args:", b"num_epochs: 3\n", b"# vibench: ignore[one-batch]", b"base_configs: [c.yaml]\n"),
]
LIMIT = 2000  # milliseconds for one file; a normal one takes two
few = settings(max_examples=200, deadline=LIMIT, suppress_health_check=list(HealthCheck))
many = settings(max_examples=5000, deadline=LIMIT, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid file with a few pieces taken out, put in, moved or repeated."""
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.sampled_from([b"", *TOKENS, text[start:end] * 2, text[start:end][::-1]]))
        text = text[:start] + piece + text[end:]
    return text


pieces = st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join)
anything = st.one_of(st.binary(max_size=300), pieces, st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace")))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def check(folder: Path, text: bytes, overrides: tuple[str, ...] = ()) -> None:
    file = folder / "c.yaml"
    file.write_bytes(text)
    report = load(file, overrides, {}).report
    for finding in report.diagnostics:
        assert finding.span is not None, finding
        assert finding.message
        for span in (finding.span, *(one.span for one in finding.related)):
            inside(span)
    rendered(report)


def inside(span: Span | None) -> None:
    if span is not None and span.source.kind == "file":
        assert 0 <= span.start <= span.end <= max(1, len(span.source.text)), span
        line, column = span.source.position(span.start)
        assert 1 <= column <= len(span.source.line(line)) + 2


def rendered(report: Report) -> None:
    for form in RENDERERS:
        text = renderer(form)([report])
        if form in ("json", "sarif"):
            json.loads(text)
        if form == "text":
            assert all(character.isprintable() or character == "\n" for character in text if character < "\x7f")


@few
@given(text=mutated())
def test_a_valid_file_that_was_damaged(folder: Path, text: bytes) -> None:
    check(folder, text)


@few
@given(text=anything)
def test_random_bytes(folder: Path, text: bytes) -> None:
    check(folder, text)


@few
@given(override=st.text(max_size=60), key=st.sampled_from(["", "trainer.args.", "~trainer.", "model.args.x="]))
def test_random_overrides(folder: Path, key: str, override: str) -> None:
    check(folder, SEEDS[0], (key + override,))


@pytest.mark.long
@many
@given(text=mutated())
def test_many_damaged_files(folder: Path, text: bytes) -> None:
    check(folder, text)


@pytest.mark.long
@many
@given(text=anything)
def test_many_random_bytes(folder: Path, text: bytes) -> None:
    check(folder, text)
