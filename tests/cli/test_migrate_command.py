"""`vibench migrate`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.cli.main import _run

OLD = "trainer:\n  args:\n    epochs: 3  # three\n    strategy: dp\n"
SAFE = "trainer:\n  args:\n    num_epochs: 3  # three\n    strategy: dp\n"
ALL = "trainer:\n  args:\n    num_epochs: 3  # three\n    strategy: ddp\n"


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", "migrate", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


def test_it_shows_the_difference_and_changes_nothing(call) -> None:
    Path("c.yaml").write_text(OLD)
    status, out, err = call("c.yaml")
    assert status == 0
    assert out == (
        "--- a/c.yaml\n+++ b/c.yaml\n@@ -1,4 +1,4 @@\n trainer:\n   args:\n"
        "-    epochs: 3  # three\n+    num_epochs: 3  # three\n     strategy: dp\n"
    )
    assert "not done: `trainer.args.strategy` becomes `trainer.args.strategy: ddp`" in err
    assert "error[wrong-type]" in err
    assert Path("c.yaml").read_text() == OLD


def test_the_difference_is_one_that_git_applies(here: Path, call) -> None:
    Path("c.yaml").write_text("trainer:\n  args:\n    epochs: 3\n    seed: 1")
    (here / "p.diff").write_text(call("c.yaml")[1])
    subprocess.run(["git", "apply", "p.diff"], check=True)
    assert Path("c.yaml").read_text() == "trainer:\n  args:\n    num_epochs: 3\nenvironment:\n  seed: 1\n"


def test_write_applies_it_and_a_second_time_changes_nothing(call) -> None:
    Path("c.yaml").write_text(OLD)
    assert call("c.yaml", "--write")[0] == 0
    assert Path("c.yaml").read_text() == SAFE
    assert call("c.yaml", "--write")[1] == ""
    assert call("c.yaml", "--write", "--unsafe")[0] == 0
    assert Path("c.yaml").read_text() == ALL


def test_check_fails_where_something_would_change(call) -> None:
    Path("c.yaml").write_text(OLD)
    assert call("c.yaml", "--check")[0] == 1
    assert Path("c.yaml").read_text() == OLD
    Path("c.yaml").write_text(SAFE)
    assert call("c.yaml", "--check")[0] == 0, "unsafe changes are nobody's duty"


def test_mode_mark_line_breaks_and_links_stay(here: Path, call) -> None:
    Path("real.yaml").write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    Path("real.yaml").chmod(0o640)
    Path("c.yaml").symlink_to("real.yaml")
    assert call("c.yaml", "--write")[0] == 0
    assert Path("c.yaml").is_symlink()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o640
    assert Path("real.yaml").read_bytes() == b"\xef\xbb\xbf" + SAFE.replace("\n", "\r\n").encode()
    assert sorted(path.name for path in here.iterdir()) == ["c.yaml", "real.yaml"]


def test_folders_are_walked_and_the_worst_status_counts(call) -> None:
    Path("configs").mkdir()
    Path("configs/a.yaml").write_text(OLD)
    Path("configs/b.yml").write_text("trainer: [1\n")
    assert call("configs", "--write")[0] == 0
    assert Path("configs/a.yaml").read_text() == SAFE
    assert Path("configs/b.yml").read_text() == "trainer: [1\n"
    assert call("absent.yaml", "configs")[0] == 2


def test_on_a_terminal_unsafe_changes_are_asked_for(here: Path) -> None:
    Path("c.yaml").write_text(OLD)
    for answer, expected in ((b"n\n", SAFE), (b"y\n", ALL)):
        outer, inner = pty.openpty()
        command = [sys.executable, "-m", "vibench", "migrate", "c.yaml", "--write"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(command, stdin=inner, stdout=subprocess.PIPE, stderr=inner, env=environ)
        os.write(outer, answer)
        assert process.wait(timeout=60) == 0
        assert b"do it?" in os.read(outer, 10_000)
        os.close(outer)
        os.close(inner)
        assert process.stdout is not None
        process.stdout.close()
        assert Path("c.yaml").read_text() == expected
