"""Folders of configs, origins of values, and the hook: what goes where, in which order, with which status."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from vibench.cli.arguments import UsageError, walk
from vibench.cli.main import _run
from vibench.config.load import validate
from vibench.diagnostics import Report

ROOT = Path(__file__).parents[2]


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


def write(*names: str, text: str = "trainer: {num_epochs: 3}\n") -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def test_folders_are_walked_in_the_order_of_paths(here: Path) -> None:
    write(
        "configs/b.yaml", "configs/a/z.yml", "configs/a.yaml", "configs/.hidden/c.yaml", "configs/notes.txt", "x.yaml"
    )
    assert walk(["x.yaml", "configs", "configs/b.yaml"]) == [
        "x.yaml",
        "configs/a.yaml",
        "configs/a/z.yml",
        "configs/b.yaml",
    ]
    write("empty/notes.txt")
    with pytest.raises(UsageError, match="no YAML file"):
        walk(["empty"])


def test_one_status_and_one_summary_for_all(here: Path, call) -> None:
    write("configs/good.yaml")
    assert call("validate", "configs")[0] == 0
    write("configs/bad.yaml", text="trainer: {num_epoch: 3}\n")
    status, out, err = call("validate", "configs")
    assert (status, out) == (1, "")
    assert "configs/bad.yaml:1:11 trainer.num_epoch" in err
    assert err.splitlines()[-1] == "2 files: 1 valid, 1 not (1 error)"
    assert call("validate", "configs", "missing.yaml")[0] == 2


def test_what_counts_for_all_files_is_said_once(here: Path, call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIBENCH_HOME", "/opt")
    write("bases/t.yaml", text="trainer: {num_epoch: 3}\n")
    write("a.yaml", "b.yaml", text="base_configs: [bases/t.yaml]\n")
    status, _, err = call("validate", "a.yaml", "b.yaml", "trainer.args.seed=3")
    assert status == 1
    assert [line.split("]")[0] for line in err.splitlines() if "[" in line and line[0] in "ew"] == [
        "warning[unknown-variable",
        "error[unknown-key",
        "error[misplaced-key",
    ]
    assert err.splitlines()[-1] == "2 files: 0 valid, 2 not (2 errors, 1 warning)"


def test_a_bar_is_shown_on_a_terminal_only(here: Path) -> None:
    write(*(f"configs/{number:03d}.yaml" for number in range(60)))
    command = [sys.executable, "-m", "vibench", "validate", "configs"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    plain = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert plain.stderr == "60 files: all valid\n"
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, check=True)
    os.close(theirs)
    shown = drained(ours)
    assert "checking" in shown
    assert "60 files: all valid" in shown


def drained(terminal: int) -> str:
    """All that was written to a terminal whose other end is closed."""
    shown = b""
    try:
        while piece := os.read(terminal, 4096):
            shown += piece
    except OSError:  # how Linux says that there is no more
        pass
    os.close(terminal)
    return shown.decode()


def test_several_processes_find_the_same_in_the_same_order(here: Path, call) -> None:
    write(*(f"configs/{number:03d}.yaml" for number in range(40)))
    write(*(f"configs/{number:03d}.yaml" for number in range(0, 40, 7)), text="trainer: {num_epoch: 3}\n")
    alone = call("validate", "configs", "--jobs", "1", "trainer.args.patience=5")
    assert alone[0] == 1
    assert alone[2].count("unknown key `num_epoch`") == 6
    assert call("validate", "configs", "--jobs", "3", "trainer.args.patience=5") == alone


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bug_says_which_file_it_met(here: Path, call, monkeypatch: pytest.MonkeyPatch, jobs: str) -> None:
    def broken(name: str, overrides: list[str], environ: Mapping[str, str]) -> Report:
        if name == "configs/07.yaml":
            raise ZeroDivisionError
        return validate(name, overrides, environ)

    monkeypatch.setattr("vibench.cli.several.validate", broken)
    write(*(f"configs/{number:02d}.yaml" for number in range(10)))
    status, _, err = call("validate", "configs", "--jobs", jobs)
    assert status == 3
    assert "ZeroDivisionError\nwhile checking configs/07.yaml\n" in err


def test_an_interrupt_ends_every_process(here: Path) -> None:
    write(*(f"{number:02d}.yaml" for number in range(40)))
    os.mkfifo("waits.yaml")
    words = ["validate", "--jobs", "2", "waits.yaml", *map(str, Path().glob("??.yaml"))]
    command = [sys.executable, "-m", "vibench", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    job = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    with Path("waits.yaml").open("w"):  # opens when a process reads it
        os.killpg(job.pid, signal.SIGINT)
        assert job.communicate(timeout=60)[1] == ""
    assert job.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(job.pid, 0)


def test_where_each_value_was_written(here: Path, call, monkeypatch: pytest.MonkeyPatch) -> None:
    write("base.yaml", text="environment: {seed: 1}\n\ntrainer:\n  max_epochs: 10\n  patience: 3\n")
    write("c.yaml", text="base_configs: [base.yaml]\nenvironment:\n  project: mine\ntrainer: {early_stopping: true}\n")
    monkeypatch.setenv("VIBENCH_ENVIRONMENT__SEED", "2")
    words = ("validate", "c.yaml", "trainer.args.patience=5", "--show-origin")
    status, out, err = call(*words)
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert (status, out.splitlines()[0], err) == (0, "c.yaml", "c.yaml: valid\n")
    assert rows["trainer.args.num_epochs"] == ["10", "base.yaml:4"]
    assert rows["environment.project"] == ['"mine"', "c.yaml:3"]
    assert rows["environment.seed"] == ["2", "variable", "VIBENCH_ENVIRONMENT__SEED"]
    assert rows["trainer.args.patience"] == ["5", "override", "`trainer.args.patience=5`"]
    assert rows["trainer.args.max_steps"] == ["-1", "default"]
    document = json.loads(call(*words, "--format", "json")[1])
    assert document["provenance"]["c.yaml"]["trainer.args.num_epochs"] == {"file": "base.yaml", "line": 4}
    assert document["valid"]


def test_origins_of_a_wrong_config_are_those_that_were_written(here: Path, call) -> None:
    write("c.yaml", text="trainer:\n  num_epoch: 5\n")
    status, out, err = call("validate", "c.yaml", "--show-origin")
    assert status == 1
    assert out.splitlines() == ["c.yaml", "  trainer.args.num_epoch  5  c.yaml:2"]
    assert "did you mean `num_epochs`?" in err
    assert call("validate", "c.yaml", "--show-origin", "--format", "sarif")[0] == 2


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_forms_for_programs_go_to_standard_output(here: Path, call, form: str) -> None:
    write("c.yaml", text="trainer: {num_epoch: 5}\n")
    status, out, err = call("validate", "c.yaml", "--format", form, "trainer.args.filename=\udcff")
    assert (status, err) == (1, "")
    assert "did you mean `num_epochs`?" in out


def test_the_hook_runs_what_is_installed() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["language"], hook["entry"]) == ("vibench-validate", "system", "vibench validate")
    guide = (ROOT / "docs" / "guides" / "ci.md").read_text(encoding="utf-8")
    assert guide.count(f"id: {hook['id']}") == 2
