"""Runs of W&B, SwanLab and MLflow, all offline: what they wrote is read back from disk."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from run_logs import swanlab_log, wandb_log

from vibench.config.load import load
from vibench.phm.settings import SimulatedBearingArgs
from vibench.schemas.environment import EnvironmentArgs
from vibench.training.tracking import hyperparameters

ROOT = Path(__file__).parent.parent.parent
FOREIGN = ("VIBENCH_", "PL_", "WANDB_", "SWANLAB_", "MLFLOW_")
ENV = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
CONFIG = """\
environment:
  project: tones
  seed: 3
  notes: a remark
  tags: [x, y]
  workspace: lab
  MLFLOW_ALLOW_FILE_STORE: true # MLflow asks for it since it has databases
  wandb: {mode: offline, log_model: true, job_type: train}
  swanlab: {mode: offline}
  tensorboard: true
  loggers:
    - class_path: pytorch_lightning.loggers.MLFlowLogger
      init_args: {experiment_name: tones, save_dir: ml}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 64}}
model: {class_path: own_parts.SmallNet}
task: {class_path: own_parts.Classify, init_args: {lr: 5e-3}}
trainer: {args: {num_epochs: 1, accelerator: cpu, log_every_n_steps: 2, enable_progress_bar: false}}
"""


def vibench(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vibench", *words]
    environ = {**ENV, "HOME": str(folder / "home"), **more}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environ, timeout=240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tracking")
    shutil.copy(ROOT / "examples" / "own_parts.py", path)
    (path / "c.yaml").write_text(CONFIG)
    (path / "failing.py").write_text(
        "import own_parts\n"
        "class T(own_parts.Classify):\n"
        "    def validation_step(self, batch, i): \n"
        "        if not self.trainer.sanity_checking: raise RuntimeError('a fault of mine')\n"
    )
    return path


@pytest.fixture(scope="module")
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    """A run of two iterations with every logger."""
    done = vibench(
        folder, "train", "c.yaml", "environment.name=twice", "environment.iterations=2", "environment.output_dir=out"
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def run(folder: Path, done: subprocess.CompletedProcess[str]) -> Path:
    return folder / "out" / "twice" / "run_000"


def results(run: Path) -> dict:
    return json.loads((run / "results.json").read_text())


# Every setting of `environment`, what is seen of it in the run, and its value there.
ENVIRONMENT = [
    ("project", lambda run: wandb_log(run / "iter_0").about["project"], "tones"),
    ("name", lambda run: run.parent.name, "twice"),
    ("seed", lambda run: [one["seed"] for one in results(run)["iterations"]], [3, 4]),
    ("iterations", lambda run: len(results(run)["iterations"]), 2),
    ("output_dir", lambda run: run.parent.parent.name, "out"),
    ("notes", lambda run: json.loads((run / "environment.json").read_text())["notes"], "a remark"),
    ("tags", lambda run: json.loads((run / "environment.json").read_text())["tags"], ["x", "y"]),
    ("csv", lambda run: (run / "iter_0/logs/version_0/metrics.csv").exists(), True),
    ("wandb", lambda run: len(list(run.rglob("*.wandb"))), 2),
    ("swanlab", lambda run: len(list(run.rglob("*.swanlab"))), 2),
    ("tensorboard", lambda run: len(list(run.glob("iter_*/tensorboard"))), 2),
    ("loggers", lambda run: len(list(run.parents[2].glob("ml/*/*/meta.yaml"))), 2),
    ("workspace", lambda run: swanlab_log(run / "iter_1").about["workspace"], "lab"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "read", "value"), ENVIRONMENT, ids=[row[0] for row in ENVIRONMENT])
def test_settings_of_the_environment(run: Path, name: str, read, value) -> None:
    assert read(run) == value


def test_every_setting_of_the_environment_has_a_row() -> None:
    assert [row[0] for row in ENVIRONMENT] == list(EnvironmentArgs.model_fields)


def columns(run: Path) -> dict[str, dict[int, float]]:
    """`metrics.csv` by name and step."""
    found: dict[str, dict[int, float]] = {}
    with (run / "logs" / "version_0" / "metrics.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            for name, value in row.items():
                if value and name not in ("step", "epoch"):
                    found.setdefault(name, {})[int(row["step"])] = float(value)
    return found


def close(ours: dict[int, float], theirs: dict[int, float]) -> bool:
    return ours.keys() == theirs.keys() and all(ours[step] == pytest.approx(theirs[step], rel=1e-6) for step in ours)


@pytest.mark.slow
@pytest.mark.parametrize("iteration", [0, 1])
def test_wandb(run: Path, iteration: int) -> None:
    log = wandb_log(run / f"iter_{iteration}")
    assert log.about["project"] == "tones"
    assert log.about["name"] == f"twice-iter_{iteration}"
    assert log.about["group"] == "twice-run_000"
    assert (log.about["notes"], log.about["tags"], log.about["job_type"]) == ("a remark", ["x", "y"], "train")
    assert log.exit_code == 0
    assert {artifact.type for artifact in log.artifacts} == {"model"}
    assert any("best" in artifact.aliases for artifact in log.artifacts)


@pytest.mark.slow
def test_swanlab(run: Path) -> None:
    log = swanlab_log(run / "iter_0")
    assert {name: log.about[name] for name in ("project", "workspace", "name", "group", "description", "tags")} == {
        "project": "tones", "workspace": "lab", "name": "twice-iter_0", "group": "twice-run_000",
        "description": "a remark", "tags": ["x", "y"],
    }  # fmt: skip
    assert log.state == "RUN_STATE_FINISHED"


@pytest.mark.slow
@pytest.mark.parametrize("read", [wandb_log, swanlab_log])
def test_metrics_are_those_of_the_csv_file(run: Path, read) -> None:
    scalars = read(run / "iter_0").scalars
    written = columns(run / "iter_0")
    assert {"train_loss", "val_loss", "test_loss"} <= set(written)
    for name, values in written.items():
        assert close(values, scalars[name]), name


@pytest.mark.slow
@pytest.mark.parametrize("read", [wandb_log, swanlab_log])
def test_the_whole_config_and_the_checkpoints_are_kept(run: Path, read) -> None:
    config = read(run / "iter_1").config
    assert config["environment"]["name"] == "twice"
    assert config["environment"]["iterations"] == 2
    assert config["environment"]["MLFLOW_ALLOW_FILE_STORE"] is True
    assert config["task"]["init_args"] == {"lr": 5e-3}
    assert config["trainer"]["args"]["num_epochs"] == 1
    assert config["trainer"]["args"]["patience"] == 10
    assert config["run"] == {"folder": str(run.relative_to(run.parents[2]) / "iter_1"), "seed": 4, "tuned": {}}
    assert set(config["checkpoints"]) == {"best", "last"}
    for version in config["checkpoints"].values():
        assert hashlib.sha256(Path(version["path"]).read_bytes()).hexdigest() == version["sha256"]
        assert Path(version["path"]).is_relative_to(run / "iter_1" / "checkpoints")


def test_arguments_of_registered_parts_and_secrets(here: Path) -> None:
    Path("a").mkdir()
    Path("a/__init__.py").write_text("def B(**settings): ...\n")
    Path("a/b.py").write_text("def own(*settings): ...\n")
    Path("c.yaml").write_text(
        "data: {name: simulated_bearing, args: {batch_size: 8}}\n"
        "task: {class_path: a.B, init_args: {api_key: x, tokens: [z], max_tokens: 4, lr: 1, "
        "inner: [{password: y, k: 2}]}}\n"
        "trainer: {name: a.b:own, args: {num_epochs: 3, extra: 4}}\n"
    )
    config = load("c.yaml", [], {}).config
    assert config is not None
    values = hyperparameters(config, {"seed": 7})
    assert values["data"]["args"]["batch_size"] == 8
    assert set(values["data"]["args"]) == set(SimulatedBearingArgs.model_fields)
    assert values["task"]["init_args"] == {"max_tokens": 4, "lr": 1, "inner": [{"k": 2}]}
    assert (values["trainer"]["args"]["num_epochs"], values["trainer"]["args"]["extra"]) == (3, 4)
    assert values["run"] == {"seed": 7}


@pytest.mark.slow
def test_csv_keeps_the_config_too(run: Path) -> None:
    values = yaml.safe_load((run / "iter_0/logs/version_0/hparams.yaml").read_text())
    assert values["trainer"]["args"]["num_epochs"] == 1


@pytest.mark.slow
def test_mlflow_has_a_run_for_each_iteration(folder: Path, run: Path) -> None:
    metas = [yaml.safe_load(path.read_text()) for path in (folder / "ml").glob("*/*/meta.yaml")]
    assert [meta["status"] for meta in metas] == [3, 3]  # finished
    losses = sorted(path.read_text().split()[1] for path in (folder / "ml").glob("*/*/metrics/val_loss"))
    expected = [value for number in (0, 1) for value in columns(run / f"iter_{number}")["val_loss"].values()]
    assert [float(loss) for loss in losses] == pytest.approx(sorted(expected))
    assert len(list((folder / "ml").glob("*/*/params/trainer/args/num_epochs"))) == 2


@pytest.mark.slow
def test_nothing_is_written_beside_the_run_and_little_is_said(
    folder: Path, run: Path, done: subprocess.CompletedProcess[str]
) -> None:
    assert {path.name for path in folder.iterdir()} <= {
        "c.yaml", "own_parts.py", "failing.py", "out", "results", "ml", "home", "__pycache__",
    }  # fmt: skip
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "wandb" in line or "swanlab" in line]
    ways = [f"{name} sync out/twice/run_000/iter_{at}/" for at in (0, 1) for name in ("wandb", "swanlab")]
    assert len(lines) == 4
    assert all(way in line for way, line in zip(ways, lines, strict=True))


@pytest.mark.slow
def test_the_ids_are_left_for_a_resumed_run(run: Path) -> None:
    ids = json.loads((run / "iter_0" / "tracking.json").read_text())
    assert ids == {"wandb": wandb_log(run / "iter_0").about["id"], "swanlab": swanlab_log(run / "iter_0").about["id"]}


@pytest.mark.slow
def test_a_failing_training_fails_its_runs(folder: Path) -> None:
    mlflow = "[{class_path: pytorch_lightning.loggers.MLFlowLogger, init_args: {experiment_name: t, save_dir: mlf}}]"
    words = ("task.class_path=failing.T", "environment.name=failing", f"environment.loggers={mlflow}")
    done = vibench(folder, "train", "c.yaml", *words)
    assert done.returncode == 1
    assert "a fault of mine" in done.stderr
    run = folder / "results/failing/run_000"
    assert wandb_log(run).exit_code == 1
    log = swanlab_log(run)
    assert log.state == "RUN_STATE_CRASHED"
    assert "a fault of mine" in log.error
    (meta,) = (folder / "mlf").glob("*/*/meta.yaml")
    assert yaml.safe_load(meta.read_text())["status"] == 4  # failed
    assert f"wandb: kept offline; `wandb sync {run.relative_to(folder)}" in done.stderr


@pytest.mark.slow
def test_a_resumed_training_goes_on_in_the_same_runs(folder: Path) -> None:
    (folder / "mended.py").write_text(
        "import own_parts, pathlib\n"
        "class T(own_parts.Classify):\n"
        "    def training_step(self, batch, i):\n"
        "        if self.current_epoch == 1 and not pathlib.Path('mended').exists(): raise RuntimeError('not yet')\n"
        "        return super().training_step(batch, i)\n"
    )
    words = (
        "task.class_path=mended.T",
        "environment.name=resumed",
        "environment.loggers=[]",
        "trainer.args.num_epochs=2",
    )
    assert vibench(folder, "train", "c.yaml", *words).returncode == 1
    (folder / "mended").touch()
    done = vibench(folder, "train", "c.yaml", *words, "--resume")
    assert done.returncode == 0, done.stderr
    run = folder / "results/resumed/run_000"
    ids = json.loads((run / "tracking.json").read_text())
    loss = columns(run)["train_loss"]
    for service, read, parts in (
        ("wandb", wandb_log, "wandb/offline-run-*"),
        ("swanlab", swanlab_log, "swanlog/run-*"),
    ):
        logs = [read(part) for part in sorted(run.glob(parts))]
        assert [log.about["id"] for log in logs] == [ids[service]] * 2
        assert close(loss, logs[0].scalars["train_loss"] | logs[1].scalars["train_loss"])


@pytest.mark.slow
def test_ctrl_c_ends_the_runs_as_stopped(folder: Path) -> None:
    words = ["environment.name=stopped", "trainer.args.num_epochs=100000", "environment.loggers=[]"]
    command = [sys.executable, "-m", "vibench", "train", "c.yaml", *words]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=ENV) as process:
        kept = folder / "results/stopped/run_000/checkpoints"
        deadline = time.monotonic() + 120
        while not list(kept.glob("epoch*.ckpt")) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    run = folder / "results/stopped/run_000"
    assert wandb_log(run).exit_code == 130
    log = swanlab_log(run)
    assert (log.state, log.error) == ("RUN_STATE_ABORTED", "stopped by the user")
    assert {"best", "last"} == set(log.config["checkpoints"])


@pytest.mark.slow
@pytest.mark.parametrize("service", ["wandb", "swanlab"])
def test_online_without_a_login_fails_before_anything_starts(folder: Path, service: str) -> None:
    words = ("environment.wandb=false", "environment.swanlab=false", f"environment.{service}=true")
    checked = vibench(folder, "validate", "c.yaml", *words)
    assert checked.returncode == 0
    assert "warning[no-login]" in checked.stderr
    done = vibench(folder, "train", "c.yaml", "environment.name=online", *words)
    assert done.returncode == 1
    assert "error[no-login]" in done.stderr
    for way in (f"{service} login", f"{service}: {{mode: offline}}", f"{service}: false"):
        assert way in done.stderr
    assert not (folder / "results" / "online").exists()
