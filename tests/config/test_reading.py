"""Files that are no text, and those that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.reading import MAX_BYTES, read


def finding(path: Path | str) -> tuple[str, str, str]:
    (found,) = read(path)[1]
    return found.code, str(found.span).rpartition("/")[2], found.hint


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: café au lait\n".encode("latin-1"))
    (tmp_path / "utf16.yaml").write_bytes("a: 1\n".encode("utf-16"))
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    assert finding(tmp_path / "latin.yaml") == ("not-utf8", "latin.yaml:2:7", "save the file as UTF-8")
    assert finding(tmp_path / "utf16.yaml")[2] == "save the file as UTF-8; it is UTF-16"
    assert finding(tmp_path / "large.yaml")[0] == "too-large"
    assert finding("/dev/zero")[0] == "too-large"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1")
    source, findings = read(tmp_path / "bom.yaml")
    assert (source.text, findings) == ("a: 1", [])
    (tmp_path / "damaged.yaml").write_bytes(b"\xef\xbb\xbf:\xbba: 1")
    assert finding(tmp_path / "damaged.yaml")[:2] == ("not-utf8", "damaged.yaml:1:2")


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("confg.yaml", "config.yaml"), ("config.yml", "config.yaml"), ("runz/base.yaml", "runs"), ("zzz", "")],
)
def test_a_missing_file_names_the_closest_one_beside_it(
    here: Path, monkeypatch: pytest.MonkeyPatch, asked: str, meant: str
) -> None:
    (here / "runs").mkdir()
    (here / "config.yaml").write_text("")
    assert finding(asked) == ("cannot-read", asked.rpartition("/")[2], f"did you mean `{meant}`?" if meant else "")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert finding(tmp_path)[0] == "cannot-read"
