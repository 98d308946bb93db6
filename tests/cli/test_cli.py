"""The command as a user meets it: what goes where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.cli.main import _run, _take_local_rank

EIGHT = """\
environment:
  seed: -1
  projct: x
data: {name: simulated_bearing, args: {snr_db: loud}}
model: {name: wdcn}
trainer:
  args:
    num_epoch: 5
    precision: 17
    early_stopping: {patience: 0}
    callbacks: [{name: EarlyStoping}]
"""


def vibench(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["vibench", *words])
    status = _run(_take_local_rank())
    said = capsys.readouterr()
    return int(status), said.out, said.err


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        return vibench(capsys, monkeypatch, *words)

    return run


def test_eight_mistakes_are_eight_findings(here: Path, call) -> None:
    Path("c.yaml").write_text(EIGHT)
    status, out, err = call("validate", "c.yaml")
    assert (status, out) == (1, "")
    places = [line.split()[1:] for line in err.splitlines() if line.startswith("  --> ")]
    assert places == [
        ["c.yaml:2:9", "environment.seed"],
        ["c.yaml:3:3", "environment.projct"],
        ["c.yaml:4:48", "data.args.snr_db"],
        ["c.yaml:5:15", "model.name"],
        ["c.yaml:8:5", "trainer.args.num_epoch"],
        ["c.yaml:9:16", "trainer.args.precision"],
        ["c.yaml:10:32", "trainer.args.early_stopping.patience"],
        ["c.yaml:11:24", "trainer.args.callbacks.0.name"],
    ]
    assert "did you mean `num_epochs`?" in err
    assert err.splitlines()[-1] == "c.yaml: not valid (8 errors)"


def test_the_json_form(here: Path, call) -> None:
    Path("c.yaml").write_text("trainer:\n  args:\n    num_epoch: 5\n")
    status, out, err = call("validate", "c.yaml", "--format", "json")
    assert (status, err) == (1, "")
    assert json.loads(out) == {
        "version": 1,
        "valid": False,
        "files": 1,
        "diagnostics": [
            {
                "code": "unknown-key",
                "severity": "error",
                "path": "trainer.args.num_epoch",
                "message": "unknown key `num_epoch` in trainer.args",
                "hint": "did you mean `num_epochs`?",
                "suggestion": "num_epochs",
                "source": {"file": "c.yaml", "line": 3, "column": 5, "end_line": 3, "end_column": 14},
                "related": [],
                "fix": {"kind": "rename-key", "to": "num_epochs", "safe": False},
            }
        ],
    }


def test_an_override_is_named(here: Path, call) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 3}}")
    override = "trainer.args.gradient_clip_val=abc"
    status, out, _ = call("validate", "c.yaml", override, "--format", "json")
    (finding,) = json.loads(out)["diagnostics"]
    assert (status, finding["source"]) == (1, {"override": override})
    status, out, err = call("train", "c.yaml", override)
    assert (status, out) == (1, "")
    assert err.count("error[") == 1
    assert override in err


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("validate", "good.yaml"), 0),
        (("validate", "good.yaml", "bad.yaml"), 1),
        (("validate", "warned.yaml"), 0),
        (("validate", "--strict", "warned.yaml"), 1),
        (("validate", "folder"), 0),
        (("validate", "missing.yaml"), 2),
        (("validate", "empty"), 2),
        (("validate",), 2),
        (("validate", "good.yaml", "--format", "xml"), 2),
        (("nonsense",), 2),
        (("plan", "good.yaml"), 0),
        (("plan", "bad.yaml"), 1),
        (("plan", "folder"), 2),
        (("schema", "--section", "nonsense"), 2),
        (("schema", "--section", "trainer"), 0),
        (("--version",), 0),
        (("--help",), 0),
        (("train", "bad.yaml"), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_exit_statuses(here: Path, call, words: tuple[str, ...], status: int) -> None:
    Path("good.yaml").write_text("trainer: {args: {num_epochs: 3}}")
    Path("bad.yaml").write_text("trainer: {args: {num_epochs: 0}}")
    Path("warned.yaml").write_text("trainer: {args: {patience: 3}}")
    Path("folder/deep").mkdir(parents=True)
    Path("folder/deep/c.yml").write_text("trainer: {args: {num_epochs: 3}}")
    Path("empty").mkdir()
    assert call(*words)[0] == status


def test_a_file_may_have_an_equals_sign(here: Path, call) -> None:
    Path("lr=3.yaml").write_text("trainer: {args: {num_epoch: 3}}")
    status, _, err = call("validate", "lr=3.yaml")
    assert status == 1
    assert "lr=3.yaml:1:18 trainer.args.num_epoch" in err


def test_a_plan_says_where_values_come_from(here: Path, call) -> None:
    Path("c.yaml").write_text("trainer:\n  args:\n    num_epochs: 3\n")
    _, out, _ = call("plan", "c.yaml", "trainer.args.min_epochs=2", "--format", "json")
    document = json.loads(out)
    assert (document["trainer"]["max_epochs"], document["trainer"]["min_epochs"]) == (3, 2)
    assert document["provenance"]["trainer.args.num_epochs"] == {"file": "c.yaml", "line": 3}
    assert document["provenance"]["trainer.args.min_epochs"] == {"override": "trainer.args.min_epochs=2"}
    assert document["loggers"][0]["class_path"].endswith("CSVLogger")


def test_a_plan_says_what_comes_before_the_fit(here: Path, call) -> None:
    Path("c.yaml").write_text("trainer:\n  args:\n    auto_scale_batch_size: binsearch\n    auto_resume: true\n")
    _, out, _ = call("plan", "c.yaml")
    assert 'batch_size {"mode": "binsearch"}  c.yaml:3' in out
    assert "nothing: no run of this name is unfinished  c.yaml:4" in out
    Path("results/c/run_004").mkdir(parents=True)
    _, out, _ = call("plan", "c.yaml")
    assert "results/c/run_004, in its own folder  c.yaml:4" in out


HEAVY = ("torch", "pytorch_lightning", "lightning", "wandb", "swanlab", "numpy", "rich", "pydantic_settings")
LIGHT = [
    "import vibench; vibench.validate('examples/quickstart.yaml')",
    "import vibench; vibench.plan; vibench.json_schema()",
    "import sys; sys.argv = ['vibench', 'validate', 'examples']; from vibench.cli.main import _run; _run()",
    "import sys; sys.argv = ['vibench', 'plan', 'examples/quickstart.yaml']; from vibench.cli.main import _run; _run()",
    "import sys; sys.argv = ['vibench', '--help']; from vibench.cli.main import _run; _run()",
]


@pytest.mark.parametrize("code", LIGHT)
def test_light_commands_import_nothing_heavy(code: str) -> None:
    root = Path(__file__).parents[2]
    show = f"; import sys; print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIBENCH_")}
    command = [sys.executable, "-c", code + show]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_the_examples_are_valid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    files = [str(path) for path in sorted(Path("examples").glob("*.yaml"))]
    assert len(files) >= 4
    status, _, err = vibench(capsys, monkeypatch, "validate", *files)
    assert status == 0, err


@pytest.mark.parametrize(
    "words",
    [
        ("--local-rank=1", "validate", "c.yaml"),  # as torch.distributed.launch writes it
        ("validate", "c.yaml", "--local-rank=1"),
        ("validate", "--local_rank=1", "c.yaml"),  # as it did up to torch 1
        ("--local-rank", "1", "plan", "c.yaml"),
    ],
)
def test_the_rank_of_the_old_launcher_is_taken_off_the_line(
    here: Path, call, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 2, accelerator: cpu}}\n")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert call(*words)[0] == 0
    assert "c.yaml" in sys.argv[1:]
    assert not any("rank" in word for word in sys.argv)


def test_a_rank_that_contradicts_the_variable_is_an_error(here: Path, call, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 2, accelerator: cpu}}\n")
    monkeypatch.setenv("LOCAL_RANK", "0")
    status, _, err = call("--local-rank=1", "validate", "c.yaml")
    assert status == 1
    assert "error[variable-conflict]: `--local-rank=1` and LOCAL_RANK (0) disagree" in err
    for wrong in ("x", "-1", ""):
        status, _, err = call(f"--local-rank={wrong}", "validate", "c.yaml")
        assert (status, f"got `{wrong}`" in err) == (2, True)


def test_the_rank_of_the_old_launcher_fills_the_variable(here: Path, call, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 2, accelerator: cpu}}\n")
    monkeypatch.setenv("LOCAL_RANK", "0")
    monkeypatch.delenv("LOCAL_RANK")
    assert call("--local-rank=0", "validate", "c.yaml")[0] == 0
    assert os.environ["LOCAL_RANK"] == "0"
