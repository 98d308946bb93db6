"""The task on a real Trainer: what it logs, keeps, refuses and saves, and which optimizer it ends with."""

import json
from typing import get_args

import pytest
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pydantic import ValidationError
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vibench.phm.classification import Classification
from vibench.phm.classification_settings import ClassificationArgs
from vibench.phm.optim import TIMING, UNWRITTEN
from vibench.phm.optim_settings import Optimizer, Scheduler

pytestmark = [
    # Three batches need no workers.
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
    # Lightning 2.6 calls a class of torch's that newer torch deprecates.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
]
OPTIMIZERS = [choice.__name__ for choice in get_args(get_args(Optimizer)[0])]
SCHEDULERS = [choice.__name__ for choice in get_args(get_args(Scheduler)[0])]


class Linear(nn.Linear):
    """Scores of three classes for points in the plane."""

    def __init__(self, classes=3):
        super().__init__(2, classes)
        self.num_classes = classes


def batches(items=30, classes=3):
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(items) % classes
    corners = torch.tensor([[4.0, 0.0], [-4.0, 0.0], [0.0, 4.0], [0.0, -4.0]])
    points = corners[labels] + torch.randn(items, 2, generator=generator)
    return DataLoader(TensorDataset(points, labels), batch_size=10)


def trainer(folder, **args):
    args = {"max_epochs": 3, "log_every_n_steps": 1, "logger": False, "enable_checkpointing": False, **args}
    quiet = {"enable_progress_bar": False, "enable_model_summary": False}
    return pl.Trainer(accelerator="cpu", default_root_dir=folder, **quiet, **args)


def fitted(folder, task_args=None, **trainer_args):
    pl.seed_everything(0, verbose=False)
    task = Classification(Linear(), **(task_args or {"lr": 0.1}))
    run = trainer(folder, **trainer_args)
    run.fit(task, batches(), batches())
    return task, run


def test_logs_what_it_declares(tmp_path):
    task, run = fitted(tmp_path)
    logged = {name for name in Classification.logged_metrics if not name.startswith("test_")}
    assert set(run.callback_metrics) == logged
    assert set(run.test(task, batches(), verbose=False)[0]) == set(Classification.logged_metrics) - logged


def test_a_schedule_that_watches_the_validation_needs_one(tmp_path):
    """What the rule `plateau-never` says before."""
    with pytest.raises(MisconfigurationException, match="ReduceLROnPlateau"):
        fitted(tmp_path, {"lr": 0.1, "scheduler": "ReduceLROnPlateau"}, limit_val_batches=0)


def test_measures_what_was_predicted(tmp_path):
    """Against metrics computed by hand over the whole test, not a mean over batches."""
    task, run = fitted(tmp_path, max_epochs=1)
    data = batches(items=47)
    measured = run.test(task, data, verbose=False)[0]
    points, labels = data.dataset.tensors
    with torch.no_grad():
        scores = task(points)
    said = scores.argmax(1)
    counts = torch.zeros(3, 3, dtype=torch.int64)
    for truth, guess in zip(labels.tolist(), said.tolist(), strict=True):
        counts[truth, guess] += 1
    right = counts.diag().double()
    f1 = (2 * right / (counts.sum(0) + counts.sum(1))).mean()
    assert measured["test_loss"] == pytest.approx(nn.functional.cross_entropy(scores, labels).item(), rel=1e-5)
    assert measured["test_acc"] == pytest.approx((said == labels).double().mean().item())
    assert measured["test_f1"] == pytest.approx(f1.item(), rel=1e-5)
    assert torch.equal(task.test_confusion, counts)


def test_the_confusion_is_of_the_last_test_alone(tmp_path):
    task, run = fitted(tmp_path)
    assert task.test_confusion is None
    for _ in range(2):
        run.test(task, batches(), verbose=False)
        assert task.test_confusion.sum() == 30


def test_predicts_labels_and_probabilities(tmp_path):
    task, run = fitted(tmp_path)
    inputs_alone = DataLoader(batches().dataset.tensors[0], batch_size=10)
    for data in (batches(), inputs_alone):
        first = run.predict(task, data)[0]
        assert first["probabilities"].sum(1).tolist() == pytest.approx([1.0] * 10)
        assert torch.equal(first["label"], first["probabilities"].argmax(1))


@pytest.mark.parametrize("stage", ["fit", "validate", "test"])
def test_a_label_without_a_score_is_refused(tmp_path, stage):
    task, wrong = Classification(Linear()), batches(classes=4)
    loaders = {"train_dataloaders": wrong, "val_dataloaders": batches()} if stage == "fit" else {"dataloaders": wrong}
    with pytest.raises(ValueError, match=r"label 3, outside 0 to 2: model\.args\.num_classes is 3"):
        getattr(trainer(tmp_path), stage)(task, **loaders)


def test_a_negative_label_is_refused():
    with pytest.raises(ValueError, match="label -1"):
        Classification(Linear()).training_step((torch.zeros(2, 2), torch.tensor([0, -1])), 0)


def test_scores_of_another_width_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"expected scores \(batch, 3\) from the model, got \(10, 4\)"):
        trainer(tmp_path).fit(Classification(Linear(4), num_classes=3), batches(), batches())


def test_the_number_of_classes():
    assert Classification(Linear(4)).num_classes == 4
    assert Classification(nn.Linear(2, 5), num_classes=5).num_classes == 5
    with pytest.raises(ValueError, match=r"write task\.args\.num_classes"):
        Classification(nn.Linear(2, 5))


def test_arguments_are_those_of_the_settings():
    assert Classification(Linear()).args == ClassificationArgs()
    arguments = dict(ClassificationArgs(lr=0.5))  # as objects, the way the builder hands them over
    assert Classification(Linear(), **arguments).args.lr == 0.5
    with pytest.raises(ValidationError, match="learning_rate"):
        Classification(Linear(), learning_rate=0.5)


def test_hyperparameters_are_plain_and_a_checkpoint_loads(tmp_path):
    chosen = {"lr": 0.1, "optimizer": {"name": "SGD", "args": {"momentum": 0.5}}, "scheduler": "OneCycleLR"}
    task, run = fitted(tmp_path, chosen)
    run.save_checkpoint(tmp_path / "a.ckpt")
    assert "model" not in task.hparams
    assert json.loads(json.dumps(dict(task.hparams))) == dict(task.hparams)
    again = Classification.load_from_checkpoint(tmp_path / "a.ckpt", model=Linear())
    assert again.args == task.args
    assert torch.equal(again.model.weight, task.model.weight)


def test_the_tuner_may_change_the_learning_rate(tmp_path):
    task = Classification(Linear(), scheduler="OneCycleLR")
    task.lr = 0.25
    run = trainer(tmp_path)
    run.fit(task, batches(), batches())
    assert run.optimizers[0].param_groups[0]["max_lr"] == 0.25


def test_label_smoothing():
    scores, labels = torch.tensor([[9.0, 0.0, 0.0]]), torch.tensor([0])
    sharp, smooth = (Classification(Linear(), label_smoothing=s).loss(scores, labels) for s in (0.0, 0.3))
    assert smooth > sharp + 1


OPTIMIZER_ARGS = {
    "Adam": {"betas": [0.8, 0.95], "weight_decay": 0.1, "amsgrad": True},
    "AdamW": {"weight_decay": 0.2, "eps": 1e-6},
    "NAdam": {"momentum_decay": 0.01, "decoupled_weight_decay": True},
    "SGD": {"momentum": 0.9, "nesterov": True},
    "RMSprop": {"alpha": 0.9, "centered": True},
}
SCHEDULER_ARGS = {
    "CosineAnnealingLR": ({"T_max": 7, "eta_min": 0.01}, {"T_max": 7, "eta_min": 0.01}),
    "StepLR": ({"step_size": 2, "gamma": 0.5}, {"step_size": 2, "gamma": 0.5}),
    "MultiStepLR": ({"milestones": [1, 2]}, {"milestones": {1: 1, 2: 1}, "gamma": 0.1}),
    "ExponentialLR": ({"gamma": 0.9}, {"gamma": 0.9}),
    "ReduceLROnPlateau": (
        {"monitor": "val_acc", "factor": 0.3, "patience": 0},
        {"mode": "max", "factor": 0.3, "patience": 0},
    ),
    "OneCycleLR": ({"total_steps": 50, "three_phase": True}, {"total_steps": 50}),
}


def test_the_tables_name_every_choice():
    assert set(OPTIMIZER_ARGS) == set(OPTIMIZERS)
    assert set(SCHEDULER_ARGS) == set(SCHEDULERS)
    assert set(TIMING) <= set(SCHEDULERS)


def test_every_argument_that_may_stay_unwritten_is_filled():
    fields = {
        name: field
        for choice in get_args(get_args(Scheduler)[0])
        for name, field in choice.model_fields["args"].annotation.model_fields.items()
    }
    assert {name for name, field in fields.items() if field.default is None} == set(UNWRITTEN)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_optimizer_is_torchs_with_its_arguments(tmp_path, name):
    args = OPTIMIZER_ARGS[name]
    _, run = fitted(tmp_path, {"lr": 0.02, "optimizer": {"name": name, "args": args}})
    assert type(run.optimizers[0]) is getattr(torch.optim, name)
    group = run.optimizers[0].param_groups[0]
    assert group["lr"] == 0.02
    assert {key: group[key] for key in args} == {k: tuple(v) if k == "betas" else v for k, v in args.items()}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_scheduler_is_torchs_with_its_arguments(tmp_path, name):
    written, becomes = SCHEDULER_ARGS[name]
    chosen = {"lr": 0.02, "optimizer": "SGD", "scheduler": {"name": name, "args": written}}
    _, run = fitted(tmp_path, chosen)
    config = run.lr_scheduler_configs[0]
    assert type(config.scheduler) is getattr(torch.optim.lr_scheduler, name)
    assert {key: getattr(config.scheduler, key) for key in becomes} == becomes
    assert config.interval == ("step" if name == "OneCycleLR" else "epoch")
    assert config.monitor == written.get("monitor")


def rates(folder, scheduler, **trainer_args):
    _, run = fitted(folder, {"lr": 0.1, "optimizer": "SGD", "scheduler": scheduler}, **trainer_args)
    return run.lr_scheduler_configs[0].scheduler, run.optimizers[0].param_groups[0]["lr"]


def test_a_cosine_ends_with_the_epochs(tmp_path):
    scheduler, rate = rates(tmp_path, "CosineAnnealingLR", max_epochs=5)
    assert scheduler.T_max == 5
    assert rate == pytest.approx(0, abs=1e-9)


def test_one_cycle_ends_with_the_steps(tmp_path):
    scheduler, _ = rates(tmp_path, "OneCycleLR", max_epochs=5, accumulate_grad_batches=2)
    assert scheduler.total_steps == scheduler.last_epoch == 10  # three batches make two steps


def test_one_cycle_knows_max_steps(tmp_path):
    assert rates(tmp_path, "OneCycleLR", max_epochs=-1, max_steps=7)[0].total_steps == 7


def test_a_plateau_is_judged_after_validations_only(tmp_path):
    plateau = {"name": "ReduceLROnPlateau", "args": {"patience": 0, "threshold": 1e6, "threshold_mode": "abs"}}
    _, rate = rates(tmp_path, plateau, max_epochs=4, check_val_every_n_epoch=2)
    assert rate == pytest.approx(0.01)  # judged twice: the first sets the best


@pytest.mark.parametrize(("scheduler", "key"), [("CosineAnnealingLR", "T_max"), ("OneCycleLR", "total_steps")])
def test_an_endless_training_has_no_schedule_to_its_end(tmp_path, scheduler, key):
    with pytest.raises(ValueError, match=rf"{scheduler} needs .*task\.args\.scheduler\.args\.{key}"):
        fitted(tmp_path, {"scheduler": scheduler}, max_epochs=-1, max_time="00:00:00:05")
