"""YAML 1.2 scalars, places, and faults of the text."""

from __future__ import annotations

import pytest
import yaml

from vibench.config.source import Map, Seq, compose
from vibench.diagnostics import Source


def tree_of(text: str):
    return compose(Source("a.yaml", text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5e-4", 5e-4),
        ("1e3", 1000.0),
        ("1E-3", 1e-3),
        (".5", 0.5),
        ("1.", 1.0),
        ("-3", -3),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", 10),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("00:12:00:00", "00:12:00:00"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"),
        ('"100"', "100"),
        ("'yes'", "yes"),
        ("!!str 5", "5"),
        ("!!int 5", 5),
        ("é 中文", "é 中文"),
    ],
)
def test_scalars_are_yaml_1_2(text: str, value: object) -> None:
    tree, findings = tree_of(f"key: {text}\n")
    assert not findings
    assert tree["key"] == value
    assert type(tree["key"]) is type(value)


def test_one_and_one_point_zero_stay_apart() -> None:
    tree, _ = tree_of("a: 1\nb: 1.0\n")
    assert type(tree["a"]) is int
    assert type(tree["b"]) is float


def test_keys_are_their_text_and_duplicates_show() -> None:
    tree, findings = tree_of('0: a\n"0": b\ntrue: c\n')
    assert list(tree) == ["0", "true"]
    assert [(d.code, str(d.span)) for d in findings] == [("duplicate-key", "a.yaml:2:1")]
    assert str(findings[0].related[0].span) == "a.yaml:1:1"


def test_merge_keys_and_aliases() -> None:
    tree, findings = tree_of("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\n")
    assert not findings
    assert tree["b"] == {"x": 1, "y": 3}
    assert tree["c"] == {"x": 1, "y": 2}


def test_a_fault_of_what_is_merged_has_the_path_of_its_key() -> None:
    _, findings = tree_of("a:\n  <<: !mine x\n")
    assert [(d.code, d.path) for d in findings] == [("unknown-tag", "a.<<"), ("bad-merge", "a.<<")]


def test_marks_point_at_the_text() -> None:
    text = "é: [1, 'zwei', {drei: 5e-4}]\r\nβ: |\r\n  block\r\n"
    tree, _ = tree_of(text)
    _, start, end, value_start, value_end = tree["é"][2].marks["drei"]
    assert text[start:end] == "drei"
    assert text[value_start:value_end] == "5e-4"
    assert isinstance(tree["é"], Seq)
    assert isinstance(tree, Map)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 'b", "yaml-syntax", "1:4"),
        ("a:\n\tb: 1", "yaml-syntax", "2:1"),
        ("a: \x00", "yaml-syntax", "1:4"),
        ("a: b: c", "yaml-syntax", "1:5"),
        ("a: &a [*a]", "recursive-alias", "1:8"),
        ("a: *b", "undefined-alias", "1:4"),
        ("--- 1\n--- 2", "several-documents", "2:1"),
        ("? [a]\n: 1", "complex-key", "1:3"),
        ("[" * 200_000, "too-deep", "1:101"),
        ("a: .inf", "bad-number", "1:4"),
        ("a: 1e999", "bad-number", "1:4"),
        ("a: !!int .nan", "bad-number", "1:4"),
        ("a: 99999999999999999999", "bad-number", "1:4"),
        (f"a: {'9' * 5000}", "bad-number", "1:4"),
        ("a: !!python/object:os.system x", "unknown-tag", "1:4"),
        ("a: !mine [1]", "unknown-tag", "1:4"),
        ("<<: 3\na: 1", "bad-merge", "1:5"),
        ("a: yes", "yaml-1.1-boolean", "1:4"),
    ],
)
def test_faults_have_a_place(text: str, code: str, place: str) -> None:
    _, findings = tree_of(text)
    assert [d.code for d in findings] == [code]
    assert str(findings[0].span) == f"a.yaml:{place}"


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    _, findings = tree_of("\n".join(lines))
    assert [d.code for d in findings] == ["alias-bomb"]


def test_faults_inside_the_document_name_their_path() -> None:
    _, findings = tree_of("trainer:\n  args:\n    callbacks:\n      - {a: on, a: 2}\n")
    assert [d.path for d in findings] == ["trainer.args.callbacks.0.a"] * 2


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, 5e-4, 'x', {b: null}]\nc: !!str 5\nd: yes\n"
    with_c = tree_of(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    without = tree_of(text)
    assert without[0] == with_c[0]
    assert [str(d.span) for d in without[1]] == [str(d.span) for d in with_c[1]]
