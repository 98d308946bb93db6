"""Pruning in real trainings: how sparse the weights get and when, and that nothing is lost by stopping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Metric

from vibench.config.load import ConfigWarning
from vibench.diagnostics import ConfigError
from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.callbacks.pruning import ModelPruning

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory .* exists and is not empty:UserWarning"),
]
QUIET = {
    "accelerator": "cpu", "enable_progress_bar": False, "enable_model_summary": False, "log_every_n_steps": 1,
}  # fmt: skip


class Guess(Metric):
    """A metric that holds a network of its own, as FID and LPIPS do."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Linear(30, 30)
        self.add_state("total", torch.zeros(()))

    def update(self, value: torch.Tensor) -> None:
        self.total += value

    def compute(self) -> torch.Tensor:
        return self.total


class Task(pl.LightningModule):
    """Five classes of noise; batch norm, a weighted loss and a metric with weights that are none of the network's."""

    def __init__(self, optimizer: type[torch.optim.Optimizer] = torch.optim.Adam) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 5))
        self.loss = nn.CrossEntropyLoss(weight=torch.ones(5))
        self.guess = Guess()
        self.optimizer = optimizer
        self.zeros: list[float] = []

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        if batch_idx == 0:
            self.zeros.append(round(zeros(self.state_dict()), 3))
        return self.loss(self.model(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        self.log("val_loss", self.loss(self.model(batch[0]), batch[1]), sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.optimizer(self.parameters(), lr=1e-2)


class Data(pl.LightningDataModule):
    def setup(self, stage: str) -> None:
        random = torch.Generator().manual_seed(0)
        self.set = TensorDataset(torch.randn(64, 16, generator=random), torch.arange(64) % 5)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.set, 16)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.set, 32)


LAYERS = ("model.0.weight", "model.3.weight")


def zeros(state: dict[str, torch.Tensor]) -> float:
    """Share of zeros in the weights of the layers."""
    return sum(int((state[key] == 0).sum()) for key in LAYERS) / sum(state[key].numel() for key in LAYERS)


def fitted(folder: Path, ckpt_path: Any = None, task: Task | None = None, **args: Any) -> tuple[pl.Trainer, Task]:
    pl.seed_everything(1, verbose=False)
    task = task or Task()
    trainer = trainer_factory({}, {"args": {"num_epochs": 4, **QUIET, **args}}, {}, str(folder))
    trainer.fit(task, Data(), ckpt_path=ckpt_path)
    return trainer, task


def loaded(path: str | Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


LOCAL = {"use_global_unstructured": False}
# pruning, share of zeros at the beginning of each of four epochs, and at the end
SCHEDULES = [
    (True, [0, 0, 0.2, 0.2], 0.2),
    (0.5, [0, 0, 0.5, 0.5], 0.5),
    (67, [0, 0, 67 / 672, 67 / 672], 67 / 672),
    ([0.1, 0.3, 0.6], [0, 0.1, 0.3, 0.6], 0.6),
    ({"amount": 0.4, **LOCAL}, [0, 0, 0.4, 0.4], 0.4),
    ({"amount": 30, **LOCAL}, [0, 0, 60 / 672, 60 / 672], 60 / 672),
    ({"amount": [0.1, 0.2, 0.3], **LOCAL}, [0, 0.1, 0.2, 0.3], 0.3),
    ({"amount": 0.2, "schedule": "every_epoch"}, [0, 0.2, 0.36, 0.488], 0.59),
    ({"amount": 100, "schedule": "every_epoch"}, [0, 100 / 672, 200 / 672, 300 / 672], 400 / 672),
    ({"amount": 0.3, "method": "random_unstructured"}, [0, 0, 0.3, 0.3], 0.3),
    ({"amount": 0.3, "method": "random_unstructured", **LOCAL}, [0, 0, 0.3, 0.3], 0.3),
    ({"amount": 0.25, "method": "ln_structured", "dim": 1, "norm": 2}, [0, 0, 0.25, 0.25], 0.25),
    ({"amount": [0.25, 0.5, 0.75], "method": "ln_structured", "dim": 1, "norm": 1}, [0, 0.25, 0.5, 0.75], 0.75),
    ({"amount": 4, "method": "random_structured", "dim": -1}, [0, 0, 148 / 672, 148 / 672], 148 / 672),
    ({"amount": 0.5, "resample_parameters": True}, [0, 0, 0.5, 0.5], 0.5),
    ({"amount": 0.5, "use_lottery_ticket_hypothesis": False}, [0, 0, 0.5, 0.5], 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("pruning", "begins", "end"), SCHEDULES, ids=[str(row[0]) for row in SCHEDULES])
def test_the_amount_is_the_final_sparsity(tmp_path: Path, pruning: Any, begins: list[float], end: float) -> None:
    trainer, task = fitted(tmp_path, pruning=pruning)
    assert task.zeros == pytest.approx(begins, abs=0.003)
    assert zeros(task.state_dict()) == pytest.approx(end, abs=0.003)
    assert not any("_mask" in key or "_orig" in key for key in task.state_dict())
    assert trainer.checkpoint_callback is not None
    for path in (trainer.checkpoint_callback.best_model_path, tmp_path / "checkpoints" / "last.ckpt"):
        state = loaded(path)["state_dict"]
        assert zeros(state) == pytest.approx(end, abs=0.003)
        Task().load_state_dict(state)


def test_structured_pruning_takes_whole_slices(tmp_path: Path) -> None:
    _, task = fitted(tmp_path, pruning={"amount": 8, "method": "ln_structured", "dim": 1, "norm": 2})
    for key, columns in zip(LAYERS, (16, 32), strict=True):
        silent = (task.state_dict()[key] == 0).all(dim=0)
        assert (int(silent.sum()), len(silent)) == (8, columns)


def test_the_smallest_weights_go(tmp_path: Path) -> None:
    """Compared with the same training without pruning, at the end of the epoch before."""
    _, dense = fitted(tmp_path / "dense", num_epochs=2)
    _, task = fitted(tmp_path / "sparse", pruning=0.5)
    before = torch.cat([dense.state_dict()[key].flatten() for key in LAYERS]).abs()
    gone = torch.cat([task.state_dict()[key].flatten() for key in LAYERS]) == 0
    assert before[gone].max() <= before[~gone].min()


def test_biases_only_where_they_are_named_and_norms_never(tmp_path: Path) -> None:
    _, task = fitted(tmp_path, pruning={"amount": 0.5, "parameter_names": ["bias"], **LOCAL})
    state = task.state_dict()
    assert zeros(state) == 0
    assert int((state["model.0.bias"] == 0).sum()) == 16
    assert (state["model.1.weight"] != 0).all()
    assert (state["guess.network.weight"] != 0).all()
    assert (state["loss.weight"] == 1).all()


class Rewound(pl.Callback):
    """Keeps the weights at the beginning of each epoch, after the pruning."""

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def on_train_batch_start(self, trainer: pl.Trainer, task: Any, batch: Any, batch_idx: int) -> None:
        if batch_idx == 0:
            self.seen.append(task.state_dict()["model.0.weight"].clone())


@pytest.mark.parametrize("lottery", [True, False])
def test_the_lottery_ticket_starts_from_the_first_values(tmp_path: Path, lottery: bool) -> None:
    pl.seed_everything(1, verbose=False)
    task, seen = Task(), Rewound()
    first = task.model[0].weight.detach().clone()  # type: ignore[union-attr, operator]
    pruning = {"amount": [0.1, 0.3, 0.5], "use_lottery_ticket_hypothesis": lottery}
    trainer = trainer_factory({}, {"args": {"num_epochs": 4, **QUIET, "pruning": pruning}}, {}, str(tmp_path))
    trainer.callbacks.insert(len(trainer.callbacks) - 1, seen)
    trainer.fit(task, Data())
    for weight in seen.seen[1:]:  # each of the three stages, also the later ones
        kept = weight != 0
        assert torch.equal(weight[kept], first[kept]) == lottery


@pytest.mark.parametrize("pruning", [0.5, [0.1, 0.3, 0.5], {"amount": 0.2, "schedule": "every_epoch"},
                                     {"amount": 0.5, "method": "random_unstructured", "resample_parameters": True},
                                     {"amount": 0.25, "method": "ln_structured", "dim": 1, "norm": 2},
                                     {"amount": 0.5, "make_pruning_permanent": False}], ids=str)  # fmt: skip
@pytest.mark.parametrize("stop", [2, 4])
def test_a_resumed_run_ends_as_one_that_never_stopped(tmp_path: Path, pruning: Any, stop: int) -> None:
    """Stopped before, at and after the pruning; gradients are clipped by their norm, which sees every weight."""
    args = {"pruning": pruning, "num_epochs": 6, "gradient_clip_val": 0.1}
    whole, task = fitted(tmp_path / "whole", **args)
    first = trainer_factory({}, {"args": {**QUIET, **args}}, {}, str(tmp_path / "cut"))
    first.callbacks.append(StopBefore(stop))
    pl.seed_everything(1, verbose=False)
    with pytest.raises(Stopped):
        first.fit(Task(), Data())
    last = tmp_path / "cut" / "checkpoints" / "last.ckpt"
    pl.seed_everything(7, verbose=False)  # what is drawn anew must not matter
    resumed = Task()
    trainer = trainer_factory({}, {"args": {**QUIET, **args}}, {}, str(tmp_path / "cut"))
    trainer.fit(resumed, Data(), ckpt_path=last, weights_only=True)
    assert resumed.zeros == task.zeros[stop - 1 :]  # the epoch's own first batch is when `last.ckpt` is written
    for key, value in task.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key
    ends = loaded(tmp_path / "whole/checkpoints/last.ckpt"), loaded(last)
    torch.testing.assert_close(ends[0]["state_dict"], ends[1]["state_dict"], rtol=0, atol=0)
    torch.testing.assert_close(ends[0]["optimizer_states"], ends[1]["optimizer_states"], rtol=0, atol=0)
    key = "ModelPruning"
    torch.testing.assert_close(ends[0]["callbacks"][key], ends[1]["callbacks"][key], rtol=0, atol=0)
    assert [type(c) for c in whole.callbacks] == [type(c) for c in trainer.callbacks]


class Stopped(Exception):
    """The plug was pulled."""


class StopBefore(pl.Callback):
    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_train_epoch_start(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.current_epoch == self.epoch:
            raise Stopped


def test_a_checkpoint_from_before_the_pruning_is_never_the_best(tmp_path: Path) -> None:
    """The loss is best before it, by far."""

    class Worse(Task):
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", float(self.current_epoch))

    trainer, _ = fitted(tmp_path, task=Worse(), num_epochs=8, pruning=0.5, early_stopping=True, patience=4)
    best = trainer.checkpoint_callback
    assert isinstance(best, pl.callbacks.ModelCheckpoint)
    assert best.best_model_score == 4
    assert Path(best.best_model_path).name.startswith("epoch04")
    assert zeros(loaded(best.best_model_path)["state_dict"]) == 0.5
    kept = sorted(path.name[:7] for path in (tmp_path / "checkpoints").glob("epoch*"))
    assert kept == ["epoch04", "epoch05", "epoch06"]
    assert trainer.current_epoch == 8  # patience counts anew, too


@pytest.mark.filterwarnings("ignore::vibench.config.load.ConfigWarning")
def test_a_training_that_ends_before_the_pruning_says_so(tmp_path: Path) -> None:
    class Flat(Task):
        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", 1.0)

    with pytest.warns(UserWarning, match=r"ended after 3 epochs, before the pruning to 0\.5 after 10 .* 0\.0% of"):
        _, task = fitted(tmp_path, task=Flat(), num_epochs=20, pruning=0.5, early_stopping=True, patience=2)
    assert zeros(task.state_dict()) == 0


@pytest.mark.parametrize(
    ("args", "begins"),
    [({"max_steps": 16}, [0, 0, 0.5, 0.5]), ({"max_steps": 16, "num_epochs": 100}, [0, 0, 0.5, 0.5]),
     ({"max_steps": 8, "accumulate_grad_batches": 2}, [0, 0, 0.5, 0.5])],
)  # fmt: skip
def test_steps_make_epochs(tmp_path: Path, args: dict[str, Any], begins: list[float]) -> None:
    pl.seed_everything(1, verbose=False)
    task = Task()
    trainer_factory({}, {"args": {**QUIET, "pruning": 0.5, **args}}, {}, str(tmp_path)).fit(task, Data())
    assert task.zeros == begins


def test_no_epoch_to_prune_in_is_said(tmp_path: Path) -> None:
    pl.seed_everything(1, verbose=False)
    task = Task()
    with pytest.warns(ConfigWarning, match="without a limit of epochs"):
        trainer = trainer_factory({}, {"args": {**QUIET, "pruning": 0.5, "max_time": "00:00:00:01"}}, {}, str(tmp_path))
    trainer.fit_loop.epoch_loop.max_steps = -1
    with pytest.warns(UserWarning, match="pruning will not reach its amount"):
        trainer.fit(task, Data())


def test_sparsity_is_logged_for_each_layer_by_every_logger(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer = trainer_factory(
        {"tensorboard": True}, {"args": {"num_epochs": 4, **QUIET, "pruning": 0.5}}, {}, str(tmp_path)
    )
    task = Task()
    trainer.fit(task, Data())
    lines = (tmp_path / "logs/version_0/metrics.csv").read_text().splitlines()
    head = lines[0].split(",")
    column = [line.split(",")[head.index("sparsity")] for line in lines[1:]]
    assert [float(value) for value in column if value] == [0, 0, 0.5, 0.5]
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    for key in LAYERS:
        final = board.Scalars(f"sparsity/{key.removesuffix('.weight')}")[-1]
        weight = task.state_dict()[key]
        assert final.value == pytest.approx(float((weight == 0).float().mean()))
        assert final.step == 15  # the step of the epoch's other metrics


def test_masks_stay_on_the_module_where_that_is_asked_for(tmp_path: Path) -> None:
    pruning = {"amount": 0.5, "make_pruning_permanent": False}
    trainer, task = fitted(tmp_path, pruning=pruning)
    assert "weight_mask" in dict(task.model[0].named_buffers())  # type: ignore[union-attr, operator]
    assert "model.0.weight" in task.state_dict()
    best = loaded(trainer.checkpoint_callback.best_model_path)["state_dict"]  # type: ignore[union-attr]
    task.load_state_dict(best)
    torch.testing.assert_close(task.state_dict(), best, rtol=0, atol=0)


def test_checkpoints_of_weights_only_are_plain(tmp_path: Path) -> None:
    fitted(tmp_path, pruning=0.5, save_weights_only=True)
    state = loaded(tmp_path / "checkpoints/last.ckpt")
    assert "callbacks" not in state
    Task().load_state_dict(state["state_dict"])
    assert zeros(state["state_dict"]) == 0.5


class Nothing(Task):
    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.BatchNorm1d(16), nn.Flatten())


class Compiled(Task):
    def __init__(self) -> None:
        super().__init__()
        self.model[0].compile()  # type: ignore[union-attr, operator]


REFUSED = [
    (Nothing, 0.5, "nothing-to-prune", "trainer.args.pruning"),
    (Compiled, 0.5, "not-with-compile", "trainer.args.pruning"),
    (Task, 672, "pruning-amount", "trainer.args.pruning_amount"),
    (Task, {"amount": 160, **LOCAL}, "pruning-amount", "trainer.args.pruning_amount"),
    (Task, 0.0001, "pruning-amount", "trainer.args.pruning_amount"),
    (Task, {"method": "random_structured", "dim": 2}, "pruning-amount", "trainer.args.pruning.dim"),
]


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")  # the compiler's import
@pytest.mark.parametrize(("task", "pruning", "code", "path"), REFUSED)
def test_what_cannot_be_pruned_is_refused(tmp_path: Path, task: type[Task], pruning: Any, code: str, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fitted(tmp_path, task=task(), pruning=pruning)
    assert [(d.code, d.path) for d in caught.value.diagnostics] == [(code, path)]


def test_processes_prune_the_same_weights(tmp_path: Path) -> None:
    """Two processes with different random states; both write what they end with."""

    class Apart(Task):
        def __init__(self) -> None:
            super().__init__()
            del self.guess  # its weights have no part in the loss, which DDP refuses

        def on_train_start(self) -> None:
            torch.manual_seed(self.global_rank)

        def on_train_end(self) -> None:
            torch.save(self.state_dict(), tmp_path / f"rank{self.global_rank}.pt")

    pruning = {"amount": 0.5, "method": "random_unstructured", "resample_parameters": True}
    _, task = fitted(tmp_path, task=Apart(), pruning=pruning, devices=2, strategy="ddp_fork")
    states = [loaded(tmp_path / f"rank{rank}.pt") for rank in (0, 1)]
    assert zeros(states[0]) == 0.5
    for key in LAYERS:
        assert torch.equal(states[0][key], states[1][key])
    assert zeros(task.state_dict()) == 0.5


def test_torchs_transformer_validates_with_todays_weights(tmp_path: Path) -> None:
    """In evaluation it reads weights without calling the layers, and masks are put on when a layer is called."""

    class Transformer(Task):
        def __init__(self) -> None:
            super().__init__()
            layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
            self.model = nn.Sequential(
                nn.Unflatten(1, (1, 16)), nn.TransformerEncoder(layer, 2), nn.Flatten(), nn.Linear(16, 5)
            )
            self.seen = 0

        def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
            return self.loss(self.model(batch[0]), batch[1])

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            super().validation_step(batch, batch_idx)
            for layer in self.model[1].layers:  # type: ignore[union-attr, operator]
                owned = layer.linear1._parameters
                if "weight_orig" in owned:
                    self.seen += 1
                    assert torch.equal(layer.linear1.weight, owned["weight_orig"] * layer.linear1.weight_mask)

    task = Transformer()
    fitted(tmp_path, task=task, pruning=0.5)
    assert task.seen > 0
    assert (task.model[1].layers[0].self_attn.out_proj.weight != 0).all()  # type: ignore[union-attr, operator]


def test_a_weight_that_is_read_without_a_call_is_trained_on(tmp_path: Path) -> None:
    class Tied(Task):
        """The last layer's weights are used by a function of torch's, not by a call of the layer."""

        def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
            last = self.model[3]  # type: ignore[index]
            return self.loss(nn.functional.linear(self.model[:3](batch[0]), last.weight, last.bias), batch[1])  # type: ignore[index]

    _, called = fitted(tmp_path / "called", pruning=0.5)
    pl.seed_everything(1, verbose=False)
    _, read = fitted(tmp_path / "read", task=Tied(), pruning=0.5)
    torch.testing.assert_close(read.state_dict()["model.3.weight"], called.state_dict()["model.3.weight"])


def test_the_checkpoint_at_the_very_end_still_holds_the_masks(tmp_path: Path) -> None:
    """`every_n_train_steps` has `last.ckpt` written once more when training ends."""
    fitted(tmp_path, pruning=0.5, every_n_train_steps=3)
    last = tmp_path / "checkpoints" / "last.ckpt"
    assert loaded(last)["global_step"] == 16
    pl.seed_everything(1, verbose=False)
    _, longer = fitted(tmp_path, ckpt_path=last, num_epochs=6, pruning=0.5, every_n_train_steps=3)
    state = loaded(last)["state_dict"]
    assert longer.zeros == [0.5, 0.5]
    assert all(torch.equal(state[key] == 0, longer.state_dict()[key] == 0) for key in LAYERS)


def test_it_is_lightnings(tmp_path: Path) -> None:
    trainer = trainer_factory({}, {"args": {**QUIET, "pruning": True}}, {}, str(tmp_path))
    (found,) = [c for c in trainer.callbacks if isinstance(c, pl.callbacks.ModelPruning)]
    assert isinstance(found, ModelPruning)
