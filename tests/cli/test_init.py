"""`vibench init`: templates that validate, train, and never cost anybody a file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.cli.main import _run
from vibench.cli.templates import FOLDER, NAMES, beside, template
from vibench.config.load import load


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


def test_every_file_of_the_folder_is_a_template() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_validates_without_a_finding(call, name: str) -> None:
    status, out, _ = call("init", "sub/my.yaml", "--template", name)
    assert (status, out) == (0, "")
    assert load("sub/my.yaml", [], {}).report.diagnostics == ()
    text = Path("sub/my.yaml").read_text()
    assert "vibench train my.yaml" in text or "torchrun" in text
    assert text.count("#") > 8, "it is commented"


@pytest.mark.parametrize("name", NAMES)
def test_every_key_of_a_template_has_an_effect(call, name: str) -> None:
    call("init", "-t", name)
    assert "-> nothing" not in call("plan", "config.yaml", "--trace")[1]


def test_the_schema_line_of_the_editor_leads_to_a_schema(call) -> None:
    call("init", "sub/my.yaml")
    first = Path("sub/my.yaml").read_text().splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(.*)", first)
    assert named
    assert json.loads((Path("sub") / named[1]).read_text())["$schema"]
    setting = json.loads(Path("sub/.vscode/settings.json").read_text())
    assert setting["yaml.schemas"] == {"./vibench.schema.json": ["my.yaml"]}
    assert call("init", "other/my.yaml", "--no-schema")[0] == 0
    assert [path.name for path in Path("other").iterdir()] == ["my.yaml"]


def test_nothing_is_written_over_without_being_told_to(call) -> None:
    Path("own_parts.py").write_text("mine")
    status, _, err = call("init", "-t", "own-code")
    assert status == 2
    assert "own_parts.py exists already; --force" in err
    assert [path.name for path in Path().iterdir()] == ["own_parts.py"], "all or nothing"
    assert call("init", "-t", "own-code", "--force")[0] == 0
    assert Path("own_parts.py").read_text() == beside("own-code")["own_parts.py"]


def test_a_schema_that_is_there_stays(call) -> None:
    Path("vibench.schema.json").write_text("{}")
    assert call("init")[0] == 0
    assert Path("vibench.schema.json").read_text() == "{}"


def test_the_list_says_what_each_is_for(call) -> None:
    status, out, _ = call("init", "--list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == list(NAMES)
    assert all(template(name).summary in out for name in NAMES)


@pytest.mark.parametrize(
    ("word", "hint"), [("quikstart", "did you mean `quickstart`?"), ("zzz", "there are quickstart,")]
)
def test_an_unknown_template(call, word: str, hint: str) -> None:
    status, _, err = call("init", "-t", word)
    assert status == 2
    assert hint in err


def test_a_folder_that_cannot_be_written(call) -> None:
    Path("file").write_text("")
    status, _, err = call("init", "file/config.yaml")
    assert status == 2
    assert "cannot write" in err


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quickstart", "own-code", "debug"])
def test_a_template_trains_as_it_is(call, name: str) -> None:
    call("init", "-t", name)
    words = ["train", "config.yaml", "trainer.args.num_epochs=1", "trainer.args.limit_train_batches=2"]
    done = subprocess.run([sys.executable, "-m", "vibench", *words], capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    assert list(Path("results").rglob("results.json"))
