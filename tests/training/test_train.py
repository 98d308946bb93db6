"""Real runs, small ones: what they leave, and how they end."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from vibench import ConfigError, train

ROOT = Path(__file__).parent.parent.parent
ENV = {name: value for name, value in os.environ.items() if not name.startswith(("VIBENCH_", "PL_"))}

TINY = """\
environment: {project: t, seed: 3, tensorboard: true, notes: a remark, tags: [x]}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 64}}
model: {class_path: own_parts.SmallNet}
task: {class_path: own_parts.Classify, init_args: {lr: 5e-3}}
trainer: {args: {num_epochs: 2, accelerator: cpu, log_every_n_steps: 2}}
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def vibench(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vibench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**ENV, **more}, timeout=240)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example's classes and a config."""
    path = tmp_path_factory.mktemp("train")
    for name in ("own_parts.py", "own_trainer.py"):
        shutil.copy(ROOT / "examples" / name, path)
    (path / "tiny.yaml").write_text(TINY)
    return path


@pytest.fixture(scope="module")
def run(folder: Path) -> Path:
    """One finished run of two iterations."""
    done = vibench(folder, "train", "tiny.yaml", "environment.iterations=2", "environment.name=twice")
    assert done.returncode == 0, done.stderr
    assert "±" in done.stdout
    return folder / "results" / "twice" / "run_000"


def test_what_a_run_leaves(run: Path) -> None:
    assert (run / "config.yaml").read_text() == TINY
    values = yaml.safe_load((run / "run.yaml").read_text())
    assert values["trainer.args.num_epochs"] == {"value": 2, "from": "tiny.yaml:5"}
    assert values["environment.iterations"] == {"value": 2, "from": "override `environment.iterations=2`"}
    assert values["trainer.args.patience"] == {"value": 10, "from": "default"}
    assert values["task.init_args.lr"] == {"value": 5e-3, "from": "tiny.yaml:4"}
    machine = json.loads((run / "environment.json").read_text())
    assert (machine["notes"], machine["tags"]) == ("a remark", ["x"])
    assert machine["packages"]["pytorch-lightning"]
    for name in ("iter_0", "iter_1"):
        one = run / name
        assert (one / "logs/version_0/metrics.csv").exists()
        assert (one / "checkpoints/last.ckpt").exists()
        assert len(list((one / "checkpoints").glob("epoch*-val_loss*.ckpt"))) == 2
        assert {"loss.png", "acc.png"} <= {path.name for path in (one / "figures").iterdir()}
        assert (one / "model.safetensors").exists()
    assert not list(run.rglob("*.part"))


def test_results_are_mean_and_standard_deviation(run: Path) -> None:
    results = json.loads((run / "results.json").read_text())
    values = [one["metrics"]["test_loss"] for one in results["iterations"]]
    assert [one["seed"] for one in results["iterations"]] == [3, 4]
    assert values[0] != values[1]
    summary = results["metrics"]["test_loss"]
    assert summary["values"] == values
    assert summary["mean"] == pytest.approx(sum(values) / 2)
    assert summary["std"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
    rows = rows_of(run / "results.csv")
    assert list(rows[0])[:2] == ["iteration", "seed"]
    assert [row["iteration"] for row in rows] == ["0", "1", "mean", "std"]


def test_metrics_csv_has_one_row_for_each_logged_step(run: Path) -> None:
    rows = rows_of(run / "iter_0/logs/version_0/metrics.csv")
    steps = [int(row["step"]) for row in rows]
    assert len(steps) == len(set(steps))
    assert steps == sorted(steps)
    assert [row["step"] for row in rows if row["val_loss"]] == ["7", "15"]
    assert all(row["train_loss"] for row in rows if row["val_loss"])
    assert [row["step"] for row in rows if row["train_loss"]] == ["1", "3", "5", "7", "9", "11", "13", "15"]


def test_tensorboard_can_be_read_back(run: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = EventAccumulator(str(run / "iter_0/tensorboard"), size_guidance={"scalars": 0})
    board.Reload()
    rows = rows_of(run / "iter_0/logs/version_0/metrics.csv")
    written = [float(row["val_loss"]) for row in rows if row["val_loss"]]
    assert [event.value for event in board.Scalars("val_loss")] == pytest.approx(written, rel=1e-6)


def test_the_weights_load_into_the_model(run: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from safetensors.torch import load_model

    monkeypatch.syspath_prepend(str(folder))
    from own_parts import SmallNet  # type: ignore[import-not-found]

    model = SmallNet()
    load_model(model, str(run / "iter_0/model.safetensors"))
    results = json.loads((run / "results.json").read_text())
    best = torch.load(run / "iter_0" / results["iterations"][0]["checkpoint"], weights_only=True)["state_dict"]
    for name, value in model.state_dict().items():
        assert torch.equal(value, best[f"model.{name}"])


def test_the_same_seed_gives_the_same_run(folder: Path) -> None:
    words = ("train", "tiny.yaml", "environment.name=same", "trainer.args.num_epochs=1")
    assert vibench(folder, *words).returncode == 0
    assert vibench(folder, *words).returncode == 0
    metrics = [(folder / f"results/same/run_00{number}/logs/version_0/metrics.csv").read_text() for number in (0, 1)]
    assert metrics[0] == metrics[1]


def test_dry_run_builds_and_trains_nothing(folder: Path) -> None:
    done = vibench(folder, "train", "--dry-run", "tiny.yaml", "environment.name=dry")
    assert done.returncode == 0, done.stderr
    for line in ("task: own_parts.Classify (330 parameters)", "max_epochs: 2", "(monitor val_loss, mode min)"):
        assert line in done.stdout
    assert "TensorBoardLogger" in done.stdout
    assert not (folder / "results" / "dry").exists()


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["trainer.args.gradient_clip_val=abc"], "override `trainer.args.gradient_clip_val=abc`"),
        (["~data"], "error[missing-section]"),
        (["data.class_path=own_parts.Nothing"], "error[cannot-import]"),
        (["data.class_path=no_such_module.Nothing"], "error[cannot-import]"),
        (["data.class_path=own_parts.SmallNet", "data.init_args={}"], "error[wrong-class]"),
        (["data.init_args.batch=3"], "error[unknown-key]"),
        (
            ["task={class_path: pytorch_lightning.demos.boring_classes.BoringModel}", "~task.init_args"],
            "error[no-model-parameter]",
        ),
        (["~task"], "error[wrong-class]"),
        (["trainer.name=NoTrainer"], "known: `Default_trainer`"),
        (["imports=[no_such_module]"], "error[cannot-import]"),
        (["trainer.args.devices=2", "trainer.args.strategy=ddp_fork"], "error[untrained-strategy]"),
        (["trainer.args.num_nodes=2"], "error[missing-variable]"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    folder: Path, overrides: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    with pytest.raises(ConfigError, match=re.escape(said)):
        train("tiny.yaml", ("environment.name=wrong", *overrides))
    assert not (folder / "results" / "wrong").exists()


def test_a_wrong_file_fails_before_torch_is_imported(folder: Path) -> None:
    code = (
        "import sys; sys.argv = ['vibench', 'train', 'tiny.yaml', 'trainer.args.num_epoch=3']\n"
        "from vibench.cli.main import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    print(end.code, 'torch' in sys.modules, 'pytorch_lightning' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, env=ENV)
    assert done.stdout == "1 False False\n"


def test_custom_trainer(folder: Path) -> None:
    base = (ROOT / "examples/custom_trainer.yaml").read_text()
    (folder / "custom.yaml").write_text(base)
    done = vibench(folder, "train", "custom.yaml", "trainer.args.enable_progress_bar=false")
    assert done.returncode == 0, done.stderr
    results = json.loads((folder / "results/custom/run_000/results.json").read_text())
    assert results["iterations"][0]["steps"] == 3 * 8
    by_path = vibench(folder, "train", "--dry-run", "custom.yaml", "trainer.name=own_trainer:trainer", "~imports")
    assert by_path.returncode == 0, by_path.stderr
    assert "limit_train_batches: 8" in by_path.stdout
    for override, said in (
        ("trainer.args.steps_per_epoch=0", "steps_per_epoch"),
        ("trainer.args.steps_per_epch=3", "did you mean `steps_per_epoch`?"),
    ):
        wrong = vibench(folder, "train", "--dry-run", "custom.yaml", override)
        assert wrong.returncode == 1
        assert said in wrong.stderr


def test_variables_of_lightnings_trainer_reach_no_custom_trainer_either(folder: Path) -> None:
    (folder / "custom.yaml").write_text((ROOT / "examples/custom_trainer.yaml").read_text())
    done = vibench(folder, "train", "--dry-run", "custom.yaml", PL_TRAINER_LIMIT_VAL_BATCHES="3")
    assert done.returncode == 0, done.stderr
    assert "`PL_TRAINER_LIMIT_VAL_BATCHES` changes no run" in done.stderr
    assert "limit_val_batches: 1.0" in done.stdout


def test_a_task_without_a_test_step_is_said(folder: Path) -> None:
    (folder / "untested.py").write_text("import own_parts\nclass T(own_parts.Classify):\n    test_step = None\n")
    (folder / "untested.py").write_text(
        "import pytorch_lightning as pl, torch, own_parts\n"
        "class T(pl.LightningModule):\n"
        "    def __init__(self, model): super().__init__(); self.model = model\n"
        "    def training_step(self, batch, i): return self.model(batch[0]).square().mean()\n"
        "    def configure_optimizers(self): return torch.optim.SGD(self.parameters(), 0.1)\n"
    )
    words = ("environment.name=untested", "task={class_path: untested.T}", "trainer.args.enable_checkpointing=false")
    done = vibench(folder, "train", "tiny.yaml", "~task", *words)
    assert done.returncode == 0, done.stderr
    assert "the task has no `test_step`" in done.stderr
    assert "the current weights" in done.stderr
    assert json.loads((folder / "results/untested/run_000/results.json").read_text())["metrics"] == {}


NOTHING = """\
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

import own_parts


class NoLoss(own_parts.Classify):
    def training_step(self, batch, index):
        return None


class NoOptimizer(own_parts.Classify):
    def configure_optimizers(self):
        return None


class NeverSteps(own_parts.Classify):
    def __init__(self, model, lr: float = 0.1):
        super().__init__(model, lr)
        self.automatic_optimization = False

    def training_step(self, batch, index):
        return super().training_step(batch, index)


class Dropped(own_parts.TonesData):
    def train_dataloader(self):
        return DataLoader(TensorDataset(torch.zeros(3, 1, 8), torch.zeros(3).long()), batch_size=8, drop_last=True)


class Stream(IterableDataset):
    def __iter__(self):
        return iter(())


class Empty(own_parts.TonesData):
    def train_dataloader(self):
        return DataLoader(Stream(), batch_size=8)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "why"),
    [
        (("task.class_path=nothing.NoLoss",), "`training_step` returned None for all"),
        (("task.class_path=nothing.NeverSteps",), "never called `optimizer.step()`"),
        (("data.class_path=nothing.Dropped",), "the training dataloader yielded no batch"),
        (("data.class_path=nothing.Empty",), "the training dataloader yielded no batch"),
        (("trainer.args.max_time={seconds: 0}",), "`max_time` was over before the first batch"),
        (("trainer.args.limit_train_batches=0",), "`limit_train_batches` is 0"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_training_without_a_step_is_a_failure(
    folder: Path, monkeypatch: pytest.MonkeyPatch, overrides: tuple[str, ...], why: str
) -> None:
    (folder / "nothing.py").write_text(NOTHING)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    name = f"nothing-{overrides[0].rpartition('.')[2].partition('=')[0]}"
    with pytest.raises(ConfigError) as caught:
        train("tiny.yaml", (f"environment.name={name}", *overrides))
    assert [one.code for one in caught.value.diagnostics] == ["nothing-trained"]
    assert why in str(caught.value)
    run = folder / "results" / name / "run_000"
    assert json.loads((run / "status.json").read_text())["state"] == "failed"
    assert not (run / "model.safetensors").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_need_not_step(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nothing.py").write_text(NOTHING)
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    (one,) = train(
        "tiny.yaml", ("environment.name=nothing-to-optimize", "task.class_path=nothing.NoOptimizer")
    ).iterations
    assert one.notes[0] == "nothing was optimized: `configure_optimizers` returned None"
    (one,) = train("tiny.yaml", ("environment.name=trial", "trainer.args.fast_dev_run=true")).iterations
    assert one.epochs == 1


def test_a_failing_task_ends_with_its_traceback(folder: Path) -> None:
    (folder / "failing.py").write_text(
        "import own_parts\n"
        "class T(own_parts.Classify):\n"
        "    def training_step(self, batch, i): raise RuntimeError('a fault of mine')\n"
    )
    done = vibench(folder, "train", "tiny.yaml", "task.class_path=failing.T", "environment.name=failing")
    assert done.returncode == 1
    assert "a fault of mine" in done.stderr
    assert (folder / "results/failing/run_000/run.yaml").exists()


def test_ctrl_c_keeps_what_was_written(folder: Path) -> None:
    command = [sys.executable, "-m", "vibench", "train", "tiny.yaml", "environment.name=stopped"]
    command += ["trainer.args.num_epochs=100000"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True, env=ENV) as process:
        last = folder / "results/stopped/run_000/checkpoints/last.ckpt"
        logged = folder / "results/stopped/run_000/logs/version_0/metrics.csv"
        deadline = time.monotonic() + 120
        while not logged.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 130
    assert str(Path("results/stopped/run_000/checkpoints/last.ckpt")) in said
    rows = rows_of(folder / "results/stopped/run_000/logs/version_0/metrics.csv")
    assert rows[-1]["step"]
    assert last.exists()
