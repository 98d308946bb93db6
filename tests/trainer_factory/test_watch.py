"""What goes wrong in silence is seen: metrics that nobody logs, losses that are no numbers, data that is slow."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, TensorDataset

from vibench import ConfigError
from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.callbacks.watch import NotFinite, Watch

pytestmark = pytest.mark.filterwarnings(
    "ignore::FutureWarning", "ignore:.*does not have many workers.*", "ignore:You defined a `validation_step`"
)
QUIET = {"accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False, "log_every_n_steps": 1}


class Slow(TensorDataset):
    seconds = 0.0

    def __getitem__(self, index: int) -> Any:
        time.sleep(self.seconds)
        return super().__getitem__(index)


class Task(pl.LightningModule):
    """Logs `val_loss` and `val_acc`, and what it is told to at the end of the training epoch."""

    def __init__(self, lr: float = 0.1, at_epoch_end: str = "", in_sanity: bool = True) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.lr, self.at_epoch_end, self.in_sanity = lr, at_epoch_end, in_sanity

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        loss = self.layer(batch[0]).square().mean()
        self.log("train_loss", loss, on_epoch=True, on_step=False)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        if self.in_sanity or not self.trainer.sanity_checking:
            self.log_dict({"val_loss": self.layer(batch[0]).square().mean(), "val_acc": 0.5})

    def on_train_epoch_end(self) -> None:
        if self.at_epoch_end:
            self.log(self.at_epoch_end, 1.0)

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), self.lr)


class Silent(Task):
    def validation_step(self, batch: Any, batch_idx: int) -> None:
        pass


def data(seconds: float = 0.0) -> DataLoader[Any]:
    items = Slow(torch.randn(16, 4))
    items.seconds = seconds
    return DataLoader(items, 4)


def fitted(here: Path, task: Task, **args: Any) -> pl.Trainer:
    trainer = trainer_factory({}, {"args": {"num_epochs": 2, **QUIET, **args}}, None, here / "run")
    trainer.fit(task, data(), data())
    return trainer


def test_a_misspelt_metric_stops_before_the_first_step(here: Path) -> None:
    task = Task()
    weights = task.layer.weight.clone()
    with pytest.raises(ConfigError, match="metric-not-logged") as error:
        fitted(here, task, monitor_metric="val_los", mode="min")
    (found,) = error.value.diagnostics
    assert found.suggestion == "val_loss"
    assert "logged are `val_loss`, `val_acc`" in found.message
    assert torch.equal(task.layer.weight, weights)


@pytest.mark.parametrize("task", [Task(), Task(in_sanity=False)])
def test_another_metric_warns_and_stops_after_the_first_epoch(here: Path, task: Task) -> None:
    with (
        pytest.warns(UserWarning, match="`score_f1` is watched, and the sanity validation logged"),
        pytest.raises(ConfigError, match="`score_f1` is watched, and nobody logs it; logged are"),
    ):
        fitted(here, task, monitor_metric="score_f1")
    assert not list(here.rglob("epoch*.ckpt"))


def test_a_training_metric_is_not_judged_too_early(here: Path) -> None:
    trainer = fitted(here, Task(), monitor_metric="train_loss")
    assert trainer.checkpoint_callback.best_model_path
    assert trainer.current_epoch == 2


@pytest.mark.filterwarnings("ignore:`epoch_f1` is watched")
def test_a_metric_logged_when_the_epoch_ends_is_in_time(here: Path) -> None:
    trainer = fitted(here, Task(at_epoch_end="epoch_f1"), monitor_metric="epoch_f1")
    assert trainer.checkpoint_callback.best_model_path


def test_the_default_metric_may_be_missing_and_the_last_checkpoint_is_kept(here: Path) -> None:
    with pytest.warns(UserWarning, match="nobody logs `val_loss`.*the last one alone is kept"):
        trainer = fitted(here, Silent())
    assert trainer.current_epoch == 2
    assert [path.name for path in here.rglob("*.ckpt")] == ["last.ckpt"]


def test_a_written_metric_may_not_be_missing(here: Path) -> None:
    with pytest.raises(ConfigError, match="metric-not-logged"), pytest.warns(UserWarning, match="logged nothing"):
        fitted(here, Silent(), monitor_metric="val_loss")


@pytest.mark.filterwarnings("ignore:`val_loss` is watched")
def test_early_stopping_on_a_metric_that_is_missing_is_explained(here: Path) -> None:
    from vibench.training.failure import as_finding

    with pytest.raises(RuntimeError, match="Early stopping conditioned") as error:
        fitted(here, Silent(), early_stopping=True, patience=1)
    found = as_finding(error.value)
    assert found is not None
    assert "`val_loss` is watched, and nobody logs it; logged are `train_loss`" in str(found)


def test_a_loss_that_is_no_number_stops_the_training(here: Path) -> None:
    with pytest.raises(NotFinite, match=r"the training loss is (inf|nan), and so are weights of layer\.weight"):
        fitted(here, Task(lr=1e30), num_epochs=50)


def test_a_metric_that_is_no_number_does_not(here: Path) -> None:
    class OneBadBatch(Task):
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            loss = super().training_step(batch, batch_idx)
            return loss if batch_idx else {"loss": loss * 0 + self.layer.weight.sum() * 0, "note": float("nan")}

    assert fitted(here, OneBadBatch()).current_epoch == 2


def test_data_that_starves_the_training_is_said_once(here: Path) -> None:
    trainer = pl.Trainer(
        max_epochs=2, callbacks=[Watch(settings="data.args.num_workers = 0", after=0.1)], accelerator="cpu",
        logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    with pytest.warns(UserWarning, match="waited") as caught:
        trainer.fit(Task(), data(0.02))
    texts = [str(one.message) for one in caught if "waited" in str(one.message)]
    assert len(texts) == 1
    assert "of its time (0 s of this epoch) for data. Settings that bear on it: data.args.num_workers = 0" in texts[0]
