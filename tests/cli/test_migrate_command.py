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
    assert status == 1, "an error remains"
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


def test_line_breaks_that_only_unicode_knows_are_none_to_git(here: Path, call) -> None:
    text = "# a\u2028# b\x85# c\ntrainer:\n  args:\n    # d\u2028    # e\n    epochs: 3\n"
    Path("c.yaml").write_text(text, encoding="utf-8")
    (here / "p.diff").write_text(call("c.yaml")[1], encoding="utf-8")
    subprocess.run(["git", "apply", "p.diff"], check=True)
    assert Path("c.yaml").read_text(encoding="utf-8") == text.replace("epochs", "num_epochs")


def test_write_applies_it_and_a_second_time_changes_nothing(call) -> None:
    Path("c.yaml").write_text(OLD)
    assert call("c.yaml", "--write")[0] == 1
    assert Path("c.yaml").read_text() == SAFE
    assert call("c.yaml", "--write")[1] == ""
    assert call("c.yaml", "--write", "--unsafe")[0] == 0
    assert Path("c.yaml").read_text() == ALL


def test_check_fails_where_something_would_change(call) -> None:
    text = "trainer:\n  args:\n    epochs: 3\n"
    Path("c.yaml").write_text(text)
    assert call("c.yaml")[0] == 0
    assert call("c.yaml", "--check")[0] == 1
    assert Path("c.yaml").read_text() == text
    Path("c.yaml").write_text("trainer:\n  args:\n    num_epochs: 3\n")
    assert call("c.yaml", "--check")[0] == 0
    Path("c.yaml").write_text(SAFE)
    assert call("c.yaml", "--check")[0] == 1, "an error remains"


def test_mode_mark_line_breaks_and_links_stay(here: Path, call) -> None:
    Path("real.yaml").write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    Path("real.yaml").chmod(0o640)
    Path("c.yaml").symlink_to("real.yaml")
    assert call("c.yaml", "--write", "--unsafe")[0] == 0
    assert Path("c.yaml").is_symlink()
    assert Path("real.yaml").stat().st_mode & 0o777 == 0o640
    assert Path("real.yaml").read_bytes() == b"\xef\xbb\xbf" + ALL.replace("\n", "\r\n").encode()
    assert sorted(path.name for path in here.iterdir()) == ["c.yaml", "real.yaml"]


def test_folders_are_walked_and_the_worst_status_counts(call) -> None:
    Path("configs").mkdir()
    Path("configs/a.yaml").write_text(OLD)
    Path("configs/b.yml").write_text("trainer: [1\n")
    assert call("configs", "--write")[0] == 1
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
        assert process.wait(timeout=60) == (1 if expected == SAFE else 0)
        assert b"do it?" in os.read(outer, 10_000)
        os.close(outer)
        os.close(inner)
        assert process.stdout is not None
        process.stdout.close()
        assert Path("c.yaml").read_text() == expected


# One of PHM-Vibench's files in small: flat, with comments, keys twice, W&B in two sections, sections of its own.
UPSTREAM = """\
environment:
  PHMBench: "/home/user/data"
  project: "baseline"
  wandb: False
trainer:
  name: "Default_trainer"
  # how long
  num_epochs: 50
  use_wandb: true
  wandb: true
  devices: 1
  devices: 2
  learning_rate: 1e-3
hardware:
  cuda: true
"""


def test_what_could_not_be_done_is_a_line_each_with_the_reason(call) -> None:
    Path("c.yaml").write_text(UPSTREAM)
    status, out, err = call("c.yaml")
    assert status == 1
    removed = [line[1:].strip() for line in out.splitlines() if line.startswith("-") and not line.startswith("---")]
    assert removed == ['PHMBench: "/home/user/data"', "devices: 1"]
    lines = [line for line in err.splitlines() if line.startswith("not done: ")]
    assert len(lines) == 4
    for key, reason in (
        ("use_wandb", "`environment.wandb` is written, too, with another value"),
        ("wandb", "`environment.wandb` is written, too, with another value"),
        ("learning_rate", "`task` names none of vibench's own parts"),
        ("hardware", "--unsafe does it"),
    ):
        assert any(f"{key}` becomes" in line and reason in line for line in lines), (key, lines)
    assert err.splitlines()[-1] == "c.yaml: not valid (4 errors)"


def test_a_folder_has_its_findings_by_code_and_a_total(call) -> None:
    Path("configs").mkdir()
    for name in ("a", "b", "c"):
        Path(f"configs/{name}.yaml").write_text(UPSTREAM)
    Path("configs/d.yaml").write_text("trainer:\n  max_epochs: 3\n  accelerator: cpu\n")
    status, out, err = call("configs", "--write")
    assert status == 1
    assert out.count("\n+++ ") == 3
    assert err.splitlines()[-4:] == [
        "error[removed-key]: 6 in 3 files",
        "error[misplaced-key]: 3 in 3 files",
        "error[unknown-key]: 3 in 3 files",
        "4 files: 1 valid, 3 not (12 errors)",
    ]
    assert sum(line.startswith("not done: ") for line in err.splitlines()) == 12
    assert len(err.splitlines()) == 16


def test_args_moves_the_flat_form_and_nothing_else_does(call) -> None:
    text = "trainer:\n  # why\n  max_steps: 2000\n  # how\n  accelerator: cpu  # here\n"
    Path("c.yaml").write_text(text)
    assert call("c.yaml", "--write")[:2] == (0, "")
    assert Path("c.yaml").read_text() == text
    assert call("c.yaml", "--write", "--args")[0] == 0
    below = "trainer:\n  args:\n    # why\n    max_steps: 2000\n    # how\n    accelerator: cpu  # here\n"
    assert Path("c.yaml").read_text() == below
