"""Lightning's Tuner before the fit: what it finds is used, logged and written; what it lacks is said."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from vibench import ConfigError, train

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")]
CONFIG = """\
environment: {project: t, seed: 3, tensorboard: true}
data: {class_path: own_parts.TonesData, init_args: {batch_size: 16}}
model: {class_path: own_parts.SmallNet}
task: {class_path: own_parts.Classify, init_args: {lr: 1e-7}}
trainer: {args: {num_epochs: 1, accelerator: cpu, log_every_n_steps: 2, enable_progress_bar: false}}
"""
OTHERS = """\
import own_parts, torch

class Fixed(own_parts.Classify):
    def __init__(self, model):
        super().__init__(model)
        del self.lr

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 1e-3)

class NoSize(own_parts.TonesData):
    def setup(self, stage):
        super().setup(stage)

    def __getattribute__(self, name):
        if name == "batch_size":
            raise AttributeError(name)
        return super().__getattribute__(name)

class Odd(own_parts.Classify):
    def __init__(self, model, lr=1e-3):
        super().__init__(model, lr)
        self.save_hyperparameters({"loss": torch.nn.MSELoss()})
"""


@pytest.fixture
def folder(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(ROOT / "examples/own_parts.py", here)
    (here / "other_parts.py").write_text(OTHERS)
    (here / "c.yaml").write_text(CONFIG)
    monkeypatch.syspath_prepend(str(here))
    return here


def test_what_is_found_is_used_logged_and_written(folder: Path) -> None:
    words = ("trainer.args.auto_lr_find={min_lr: 1e-5, num_training: 40}", "trainer.args.auto_scale_batch_size=power")
    run = train("c.yaml", words).run_dir
    rows = yaml.safe_load((run / "run.yaml").read_text())
    rate, size = rows["task.init_args.lr"], rows["data.init_args.batch_size"]
    assert rate["from"] == size["from"] == "tuned"
    assert 1e-5 < rate["value"] < 1
    assert size["value"] > 16
    assert (run / "figures/lr_find.png").read_bytes().startswith(b"\x89PNG")
    last = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    assert last["optimizer_states"][0]["param_groups"][0]["lr"] == rate["value"]
    result = json.loads((run / "results.json").read_text())["iterations"][0]
    assert result["steps"] == -(-512 // size["value"])
    logged = yaml.safe_load((run / "logs/version_0/hparams.yaml").read_text())
    assert logged["run"]["tuned"] == {"task.init_args.lr": rate["value"], "data.init_args.batch_size": size["value"]}
    board = yaml.safe_load((run / "tensorboard/hparams.yaml").read_text())
    assert board == {"task.init_args.lr": rate["value"], "data.init_args.batch_size": size["value"]}
    assert not list(folder.rglob(".lr_find*")) + list(folder.rglob(".scale_batch_size*"))


def test_tuning_leaves_the_training_as_it_is(folder: Path) -> None:
    """The same seed and the found value written by hand: the same run."""
    tuned = train("c.yaml", ("trainer.args.auto_lr_find={num_training: 30}",)).run_dir
    rate = yaml.safe_load((tuned / "run.yaml").read_text())["task.init_args.lr"]["value"]
    by_hand = train("c.yaml", (f"task.init_args.lr={rate!r}",)).run_dir
    texts = [(run / "logs/version_0/metrics.csv").read_text() for run in (tuned, by_hand)]
    assert list(csv.reader(texts[0].splitlines())) == list(csv.reader(texts[1].splitlines()))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("task.class_path=other_parts.Fixed", "~task.init_args", "trainer.args.auto_lr_find=true"),
            "`Fixed` has no attribute `lr`",
        ),
        (
            ("data.class_path=other_parts.NoSize", "trainer.args.auto_scale_batch_size=true"),
            "`NoSize` has no attribute `batch_size`",
        ),
    ],
)
def test_nothing_to_tune_is_said_before_training(folder: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match="nothing-to-tune") as error:
        train("c.yaml", words)
    assert said in str(error.value)
    assert not list(folder.rglob("*.ckpt"))


def test_hyper_parameters_that_are_objects_do_not_stop_the_search(folder: Path) -> None:
    run = train("c.yaml", ("task.class_path=other_parts.Odd", "trainer.args.auto_lr_find=true")).run_dir
    assert yaml.safe_load((run / "run.yaml").read_text())["task.init_args.lr"]["from"] == "tuned"


def test_a_search_without_a_slope_is_an_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match="tuning-failed"):
        train("c.yaml", ("trainer.args.auto_lr_find={min_lr: 10, max_lr: 1e9, num_training: 100}",))


def test_from_python_the_trainer_tunes_when_it_fits(folder: Path) -> None:
    import own_parts  # type: ignore[import-not-found]

    from vibench.trainer_factory import trainer_factory

    args = {"num_epochs": 40, "accelerator": "cpu", "auto_lr_find": {"num_training": 40}, "auto_scale_batch_size": True}
    trainer = trainer_factory({}, {"args": {**args, "enable_progress_bar": False}}, None, folder / "run")
    task, data = own_parts.Classify(own_parts.SmallNet(), lr=1e-7), own_parts.TonesData(batch_size=16)
    trainer.fit(task, datamodule=data)
    assert task.lr != 1e-7
    assert data.batch_size != 16


def test_from_python_a_batch_size_is_not_searched_in_several_processes(here: Path) -> None:
    from vibench.trainer_factory import trainer_factory

    args = {"accelerator": "cpu", "devices": 2, "strategy": "ddp", "auto_scale_batch_size": True}
    with pytest.raises(ConfigError, match=r"tuner-conflict.*cannot be searched for in 2 processes"):
        trainer_factory({}, {"args": args}, None, here / "run")
