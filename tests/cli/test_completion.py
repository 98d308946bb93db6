"""Completion: what is offered, and that shells take it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.cli.app import COMMANDS
from vibench.cli.completion import answer, candidates
from vibench.cli.main import _run
from vibench.cli.shells import SHELLS, script
from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.diagnostics import Source


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("vibench tra", ["train"]),
        ("vibench --ver", ["--version"]),
        ("vibench train ", []),  # a file is due: the shell's own matter
        ("vibench train c.yaml tr", ["trainer."]),
        ("vibench train c.yaml trainer.", ["trainer.name=", "trainer.args."]),
        ("vibench train c.yaml trainer.args.prec", ["trainer.args.precision="]),
        ("vibench train c.yaml trainer.args.max_ep", ["trainer.args.max_epochs="]),
        (
            "vibench train c.yaml trainer.args.early",
            ["trainer.args.early_stopping=", "trainer.args.early_stopping."],
        ),
        (
            "vibench validate c.yaml trainer.args.early_stopping.p",
            ["trainer.args.early_stopping.patience="],
        ),
        ("vibench train c.yaml trainer.args.mode=", ["trainer.args.mode=min", "trainer.args.mode=max"]),
        ("vibench train c.yaml trainer.args.mode=mi", ["trainer.args.mode=min"]),
        ("vibench train c.yaml 'trainer.args.mode=mi", ["trainer.args.mode=min"]),
        ("vibench plan trainer.args.num_epochs=", ["trainer.args.num_epochs=100"]),
        ("vibench plan c.yaml environment.csv=", ["environment.csv=true"]),
        ("vibench plan c.yaml data.na", ["data.name="]),
        ("vibench plan c.yaml model.name=", ["model.name=wdcnn"]),
        ("vibench plan c.yaml data.args.snr", ["data.args.snr_db="]),
        ("vibench plan c.yaml ~trainer.args.patien", ["~trainer.args.patience"]),
        ("vibench plan --form", ["--format"]),
        ("vibench plan --format ", ["text", "json"]),
        ("vibench init --template qu", ["quickstart"]),
        ("vibench init --no-s", ["--no-schema"]),
        ("vibench explain num_ep", ["num_epochs"]),
        ("vibench explain no-eff", ["no-effect"]),
        ("vibench list t", ["tasks", "trainers"]),
        ("vibench migrate x", []),
        ("vibench nonsense tr", []),
        ("vibench", []),
        ("", []),
    ],
)  # fmt: skip
def test_offers(line: str, offered: list[str]) -> None:
    assert answer(line).split("\n") == (offered or [""])


def test_every_command_is_offered() -> None:
    assert set(COMMANDS) < set(candidates([], ""))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_that_is_offered_exists(command: str, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["vibench", command, "--help"])
    assert _run() == 0
    said = capsys.readouterr().out.replace(",", " ").split()
    assert all(option in said for option in candidates([command], "--"))


def leaves(prefix: str) -> list[str]:
    found = []
    for word in candidates(["train", "c.yaml"], prefix):
        found += leaves(word) if word.endswith(".") and word != prefix else [word]
    return found


def test_every_key_and_value_that_is_offered_is_known() -> None:
    shape = {"unknown-key", "misplaced-key", "removed-key", "wrong-type"}
    known = [word for word in leaves("") if word.startswith(("environment.", "trainer."))]
    assert len(known) > 100
    for word in known:
        for whole in candidates(["train", "c.yaml"], word):
            key, _, value = whole.partition("=")
            steps = key.split(".")
            text = "\n".join(f"{'  ' * depth}{step}:" for depth, step in enumerate(steps)) + f" {value or 'null'}\n"
            report = check(compose_source(Source("c.yaml", text))).report
            assert [d for d in report.diagnostics if d.code in shape] == [], whole


# ---- real shells


def environ(home: Path) -> dict[str, str]:
    """A home of its own, and `vibench` as a program on the path."""
    program = home / "bin" / "vibench"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vibench "$@"\n')
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    return {**os.environ, "HOME": str(home), "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path)}


BASH = """
. "$1"
COMP_LINE="$2"; COMP_POINT=${#COMP_LINE}
IFS=' ' read -r -a COMP_WORDS <<< "${COMP_LINE//=/ = }"
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
$(complete -p vibench | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("vibench tra", ["train"]),
        ("vibench train c.yaml trainer.args.pre", ["trainer.args.precision="]),
        ("vibench train c.yaml trainer.args.mode=", ["min", "max"]),
        ("vibench train c.yaml trainer.args.mode=ma", ["max"]),
        ("vibench plan --format j", ["json"]),
    ],
)
def test_bash(here: Path, line: str, offered: list[str]) -> None:
    (here / "s.bash").write_text(script("bash"))
    command = ["bash", "--norc", "-c", BASH, "bash", "s.bash", line]
    done = subprocess.run(command, capture_output=True, text=True, env=environ(here), check=True)
    assert done.stderr == ""
    assert done.stdout.split() == offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish(here: Path) -> None:
    line = "vibench train c.yaml trainer.args.mode="
    command = ["fish", "--no-config", "-c", f"{script('fish')}\ncomplete -C '{line}'"]
    done = subprocess.run(command, capture_output=True, text=True, env=environ(here), check=True)
    assert done.stdout.split() == ["trainer.args.mode=max", "trainer.args.mode=min"]


ZSH = r"""
import os, pty, sys, time
child, terminal = pty.fork()
if not child:
    os.execvp("zsh", ["zsh", "-f", "-i"])
def type_in(text, wait):
    os.write(terminal, text.encode()); time.sleep(wait)
type_in("autoload -Uz compinit && compinit -u; . ./s.zsh; PS1=; clear\n", 2)
type_in("vibench train c.yaml trainer.args.precis\t", 2)
type_in("16-m\t", 2)
type_in(" \x01echo DONE \n", 1)
print(os.read(terminal, 100_000).decode(errors="replace"))
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh(here: Path) -> None:
    (here / "s.zsh").write_text(script("zsh"))
    done = subprocess.run([sys.executable, "-c", ZSH], capture_output=True, text=True, env=environ(here), timeout=60)
    assert "DONE vibench train c.yaml trainer.args.precision=16-mixed" in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_installing_twice_is_installing_once(here: Path, shell: str) -> None:
    (here / ".bashrc").write_text("# mine")
    for _ in range(2):
        command = [sys.executable, "-m", "vibench", "--install-completion"]
        subprocess.run(command, check=True, capture_output=True, env={**environ(here), "SHELL": f"/bin/{shell}"})
    place = here / SHELLS[shell].place
    assert place.read_text() == script(shell)
    if SHELLS[shell].reads:
        assert (here / SHELLS[shell].reads).read_text().splitlines()[-1:] == [f". {place}"]
        assert (here / SHELLS[shell].reads).read_text().count(str(place)) == 1
    assert (here / ".bashrc").read_text().startswith("# mine")


def test_a_shell_without_a_script(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    monkeypatch.setattr(sys, "argv", ["vibench", "--show-completion"])
    assert _run() == 2
    assert "no completion for `tcsh`" in capsys.readouterr().err
