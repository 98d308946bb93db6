"""Every callback of Lightning's that a file can list: built by both of its names, and what it did in a training."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from lightning_fabric.utilities.spike import TrainingSpikeException
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from vibench.config.compose import compose_file
from vibench.config.load import load
from vibench.schemas.components import lightnings
from vibench.schemas.experiment import Experiment
from vibench.trainer_factory.build import build
from vibench.trainer_factory.plan import plan

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
EPOCHS, BATCHES, SIZE = 3, 6, 4


class Data(pl.LightningDataModule):
    def __init__(self) -> None:
        super().__init__()
        self.batch_size = SIZE
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(BATCHES * SIZE, 4, generator=generator)
        self.items = TensorDataset(x, x.sum(1, keepdim=True))

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.items, batch_size=self.batch_size)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.items, batch_size=SIZE)


class Tiny(pl.LightningModule):
    """Keeps a diary of its training: what each step and each epoch ended with."""

    def __init__(self, fails_at: int = -1, jumps_at: int = -1) -> None:
        super().__init__()
        self.backbone, self.head = nn.Linear(4, 4), nn.Linear(4, 1)
        self.lr, self.fails_at, self.jumps_at = 0.01, fails_at, jumps_at
        self.sizes: list[int] = []
        self.weights: list[Tensor] = []
        self.epochs: list[dict[str, Any]] = []

    def _loss(self, batch: Any) -> Tensor:
        x, y = batch
        return nn.functional.mse_loss(self.head(self.backbone(x)), y)

    def training_step(self, batch: Any, index: int) -> Tensor:
        if self.current_epoch == self.fails_at:
            raise RuntimeError("as planned")
        self.sizes.append(len(batch[0]))
        loss = self._loss(batch)
        self.log("train_loss", loss)
        return loss * (1000 if index == self.jumps_at else 1)

    def validation_step(self, batch: Any, index: int) -> None:
        self.log("val_loss", self._loss(batch))

    def on_train_batch_end(self, *_: Any) -> None:
        self.weights.append(self.head.weight.detach().clone())

    def on_train_epoch_end(self) -> None:
        group = self.trainer.optimizers[0].param_groups[0]
        frozen = not self.backbone.weight.requires_grad
        self.epochs.append({"frozen": frozen, "steps": self.trainer.global_step, "lr": group["lr"]})

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD([p for p in self.parameters() if p.requires_grad], lr=self.lr)


class Quiet(pl.Callback):
    """A callback of the user's own."""

    def __init__(self, greeting: str = "") -> None:
        self.greeting = greeting


@dataclass
class Done:
    """A training that is over, and what there is to be seen of it."""

    trainer: pl.Trainer
    module: Tiny
    data: Data
    callback: Any
    folder: Path
    printed: str = ""
    error: Exception | None = None
    logged: set[str] = field(default_factory=set)

    @property
    def head(self) -> Tensor:
        return self.module.head.weight.detach()


def averaged(done: Done) -> bool:
    return torch.allclose(done.head, torch.stack(done.module.weights).mean(0), atol=1e-6)


def moving_average(done: Done) -> bool:
    mean = done.module.weights[0]
    for weights in done.module.weights[1:]:
        mean = 0.5 * mean + 0.5 * weights
    return torch.allclose(done.head, mean, atol=1e-6)


def average_of_epochs(done: Done) -> bool:
    """Lightning takes the weights that an epoch starts with, of the second one and later, at the rate asked for."""
    starts = [done.module.weights[BATCHES * epoch - 1] for epoch in (1, 2)]
    return torch.allclose(done.head, torch.stack(starts).mean(0), atol=1e-6) and done.module.epochs[-1]["lr"] == 0.02


def files(done: Done, folder: str) -> list[str]:
    return sorted(path.name for path in (done.folder / folder).iterdir())


def zeros(done: Done) -> float:
    weights = torch.cat([done.module.backbone.weight.flatten(), done.module.head.weight.flatten()])
    return float((weights == 0).float().mean())


# callback, its arguments, settings beside it, what the module does, what is seen afterwards, and its value
ROWS: list[tuple[str, str, str, dict[str, int], Callable[[Done], Any], Any]] = [
    (
        "BackboneFinetuning",
        "unfreeze_backbone_at_epoch: 2",
        "",
        {},
        lambda done: [epoch["frozen"] for epoch in done.module.epochs],
        [True, True, False],
    ),
    (
        "BatchSizeFinder",
        "init_val: 3, max_trials: 2, steps_per_trial: 1",
        "",
        {},
        lambda done: (done.callback.optimal_batch_size, done.data.batch_size, done.module.sizes[-1]),
        (6, 6, 6),
    ),
    (
        "DeviceStatsMonitor",
        "cpu_stats: true",
        "",
        {},
        lambda done: any("cpu_percent" in name for name in done.logged),
        True,
    ),
    (
        "EarlyStopping",
        "monitor: val_loss, patience: 1, min_delta: 1000",
        "",
        {},
        lambda done: (len(done.module.epochs), done.callback.stopped_epoch),
        (2, 1),
    ),
    ("EMAWeightAveraging", "decay: 0.5", "", {}, moving_average, True),
    (
        "GradientAccumulationScheduler",
        "scheduling: {1: 3}",
        "",
        {},
        lambda done: [epoch["steps"] for epoch in done.module.epochs],
        [6, 8, 10],
    ),
    (
        "LearningRateFinder",
        "num_training_steps: 20, early_stop_threshold: null",
        "",
        {},
        lambda done: done.module.lr == done.callback.optimal_lr.suggestion() != 0.01,
        True,
    ),
    ("LearningRateMonitor", "logging_interval: step", "", {}, lambda done: "lr-SGD" in done.logged, True),
    (
        "ModelCheckpoint",
        "dirpath: kept, filename: '{epoch}', save_top_k: -1, monitor: train_loss",
        "",
        {},
        lambda done: files(done, "kept"),
        ["epoch=0.ckpt", "epoch=1.ckpt", "epoch=2.ckpt"],
    ),
    (
        "ModelPruning",
        "pruning_fn: l1_unstructured, amount: 0.5, parameter_names: [weight], use_lottery_ticket_hypothesis: false",
        "num_epochs: 1",
        {},
        zeros,
        0.5,
    ),
    ("ModelSummary", "max_depth: 1", "", {}, lambda done: "backbone | Linear" in done.printed, True),
    (
        "OnExceptionCheckpoint",
        "dirpath: there, filename: fell",
        "",
        {"fails_at": 1},
        lambda done: (str(done.error), files(done, "there"), torch.load("there/fell.ckpt")["epoch"]),
        ("as planned", ["fell.ckpt"], 1),
    ),
    ("RichModelSummary", "max_depth: 1", "", {}, lambda done: "backbone" in done.printed and "┃" in done.printed, True),
    ("RichProgressBar", "leave: true", "", {}, lambda done: "Epoch 2/2" in done.printed, True),
    (
        "SpikeDetection",
        "exclude_batches_path: ./jumps.json",
        "",
        {"jumps_at": 4},
        lambda done: (type(done.error), done.callback.bad_batches, Path("jumps.json").exists()),
        (TrainingSpikeException, [3, 4], True),
    ),
    (
        "StochasticWeightAveraging",
        "swa_lrs: 0.02, swa_epoch_start: 2, annealing_epochs: 1, annealing_strategy: linear",
        "",
        {},
        average_of_epochs,
        True,
    ),
    ("Timer", "duration: 00:00:00:00", "", {}, lambda done: done.trainer.global_step, 0),
    ("TQDMProgressBar", "refresh_rate: 1, leave: true", "", {}, lambda done: "Epoch 2: 100%" in done.printed, True),
    ("WeightAveraging", "{}", "", {}, averaged, True),
]


def built(folder: Path, args: str) -> pl.Trainer:
    Path("c.yaml").write_text(f"trainer: {{args: {{{args}}}}}")
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None, [d.message for d in loaded.report.diagnostics]
    return build(plan(loaded.config.experiment, str(folder)))


def listed(name: str, arguments: str) -> str:
    inner = "" if arguments == "{}" else arguments
    return f"{{name: {name}, args: {{{inner}}}}}"


def by_path(name: str, arguments: str) -> str:
    inner = "" if arguments == "{}" else arguments
    return f"{{class_path: pytorch_lightning.callbacks.{name}, init_args: {{{inner}}}}}"


def trained(here: Path, name: str, arguments: str, settings: str, does: dict[str, int]) -> Done:
    quiet = ", ".join(
        f"{key}: false" for key, kind in (("enable_progress_bar", "ProgressBar"), ("enable_model_summary", "Summary"))
        if not name.endswith(kind)
    )  # fmt: skip
    length = settings or f"num_epochs: {EPOCHS}"
    common = f"accelerator: cpu, log_every_n_steps: 1, save_top_k: 0, {quiet}, {length}"
    trainer = built(here / "run", f"{common}, callbacks: [{listed(name, arguments)}]")
    (callback,) = [found for found in trainer.callbacks if type(found) is getattr(pl.callbacks, name)][-1:]
    torch.manual_seed(0)
    done = Done(trainer, Tiny(**does), Data(), callback, here)
    try:
        trainer.fit(done.module, done.data)
    except Exception as error:
        if not does:
            raise
        done.error = error
    for path in (here / "run").rglob("metrics.csv"):
        done.logged |= set(next(csv.reader(path.open(encoding="utf-8"))))
    return done


@pytest.mark.parametrize(("name", "arguments", "settings", "does", "seen", "value"), ROWS, ids=[row[0] for row in ROWS])
def test_what_a_callback_does(
    here: Path, name: str, arguments: str, settings: str, does: dict[str, int], seen: Any, value: Any,
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.INFO)
    done = trained(here, name, arguments, settings, does)
    done.printed = "".join(capsys.readouterr()) + caplog.text
    assert seen(done) == value


def test_every_callback_has_a_row() -> None:
    assert [row[0] for row in ROWS] == list(lightnings("callbacks").models)


@pytest.mark.parametrize(("name", "arguments"), [row[:2] for row in ROWS], ids=[row[0] for row in ROWS])
def test_both_names_build_the_same(here: Path, name: str, arguments: str) -> None:
    made = [
        next(callback for callback in reversed(trainer.callbacks) if type(callback) is getattr(pl.callbacks, name))
        for trainer in (
            built(here, f"callbacks: [{write(name, arguments)}], save_top_k: 0") for write in (listed, by_path)
        )
    ]
    first, second = (
        {key: repr(value) for key, value in vars(one).items() if " at 0x" not in repr(value)} for one in made
    )
    assert first == second


def test_the_order_is_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As written, but for what Lightning itself puts first (searches) and last (checkpoints)."""
    first = {"BatchSizeFinder", "LearningRateFinder"}
    last = {"ModelCheckpoint", "OnExceptionCheckpoint"}
    alone = {"TQDMProgressBar", "RichModelSummary", "WeightAveraging"}  # another of the kind stands in the list
    rows = [row[:2] for row in ROWS if row[0] not in first | last | alone]
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    own = f"{{class_path: {Path(__file__).stem}.Quiet, init_args: {{greeting: hello}}}}"
    for listing in (rows, rows[::-1]):
        entries = [(listed, by_path)[index % 2](*row) for index, row in enumerate(listing)]
        trainer = built(here, f"callbacks: [{', '.join([own, *entries, own])}], num_epochs: 20")
        names = [type(callback).__name__ for callback in trainer.callbacks]
        users = ["Quiet", *(name for name, _ in listing), "Quiet"]
        assert names[-len(users) - 2 :] == [*users, "ModelCheckpoint", "LastCheckpoint"]


def test_a_checkpoint_of_a_fall_is_gone_on_from_unasked(here: Path) -> None:
    """What the warning `callback-resumes` says."""
    row = ("OnExceptionCheckpoint", "dirpath: there, filename: fell", "")
    fell = trained(here, *row, {"fails_at": 1})
    again = trained(here, *row, {"fails_at": EPOCHS})
    assert (len(fell.module.epochs), len(again.module.epochs)) == (1, EPOCHS - 1)


WATCHED = [
    ("early_stopping: {monitor: test_loss}, save_top_k: 0", "not available"),
    ("monitor: test_loss", "nobody logs it"),
    ("early_stopping: {monitor: val_loss}, limit_val_batches: 0, save_top_k: 0", "not available"),
    ("val_check_interval: 7, limit_train_batches: 6", "val_check_interval"),
]


@pytest.mark.parametrize(("args", "words"), WATCHED)
def test_what_the_rules_call_an_error_stops_lightning(here: Path, args: str, words: str) -> None:
    Path("c.yaml").write_text(
        f"trainer: {{args: {{accelerator: cpu, num_epochs: 1, enable_progress_bar: false, {args}}}}}"
    )
    experiment = Experiment.model_validate_json(dumps(compose_file("c.yaml", [], {}).tree))
    with pytest.raises((RuntimeError, ValueError, MisconfigurationException), match=words):
        build(plan(experiment, str(here / "run"))).fit(Tiny(), Data())


def test_a_training_metric_can_stop_a_training(here: Path) -> None:
    args = "accelerator: cpu, num_epochs: 3, enable_progress_bar: false, save_top_k: 0"
    stop = "early_stopping: {monitor: train_loss, patience: 1, min_delta: 1000}"
    module = Tiny()
    built(here, f"{args}, {stop}").fit(module, Data())
    assert len(module.epochs) == 2
