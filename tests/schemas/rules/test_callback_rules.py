"""Callbacks that clash: with settings, with what vibench makes, with each other."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException

from vibench.config.load import Config, load
from vibench.diagnostics import ConfigError
from vibench.schemas.components import lightnings
from vibench.trainer_factory.build import build
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import plan

OWN = """\
from pytorch_lightning import callbacks

class Dots(callbacks.ProgressBar):
    pass

class Rates(callbacks.LearningRateMonitor):
    pass

class Layers(callbacks.ModelSummary):
    pass

class Stop(callbacks.EarlyStopping):
    pass
"""


def loaded(args: str):
    Path("c.yaml").write_text(f"trainer: {{args: {{{args}}}}}")
    return load("c.yaml", [], {})


def found(args: str) -> list[tuple[str, str]]:
    return [(d.code, d.path.removeprefix("trainer.args.")) for d in loaded(args).report.diagnostics]


def built(args: str, folder: Path) -> pl.Trainer:
    config = loaded(args).config
    assert isinstance(config, Config)
    return build(plan(config.experiment, str(folder)))


def listed(*names: str) -> str:
    return ", ".join(f"{{name: {name}}}" if "{" not in name else name for name in names)


# settings, callbacks, index of the one that is too many, the other place
CLASHES = [
    ("", ("TQDMProgressBar", "RichProgressBar"), 1, "callbacks.0"),
    ("enable_progress_bar: false, ", ("TQDMProgressBar",), 0, "enable_progress_bar"),
    ("enable_model_summary: false, ", ("RichModelSummary",), 0, "enable_model_summary"),
    ("", ("ModelSummary", "RichModelSummary"), 1, "callbacks.0"),
    ("enable_checkpointing: false, ", ("ModelCheckpoint",), 0, "enable_checkpointing"),
    ("", ("LearningRateMonitor", "LearningRateMonitor"), 1, "callbacks.0"),
    ("", ("DeviceStatsMonitor", "DeviceStatsMonitor"), 1, "callbacks.0"),
    ("max_time: 00:01:00:00, ", ("Timer",), 0, "max_time"),
    ("", ("Timer", "Timer"), 1, "callbacks.0"),
    ("", ("WeightAveraging", "EMAWeightAveraging"), 1, "callbacks.0"),
    ("early_stopping: true, ", ("{name: EarlyStopping, args: {monitor: val_loss}}",), 0, "early_stopping"),
    ("monitor: a_loss, ", ("{name: ModelCheckpoint, args: {monitor: a_loss, dirpath: x}}",), 0, "monitor"),
    (
        "monitor: val_acc, every_n_epochs: 2, ",
        ("{name: ModelCheckpoint, args: {monitor: val_acc, mode: max, every_n_epochs: 2}}",),
        0,
        "monitor",
    ),
    ("", ("ModelCheckpoint", "ModelCheckpoint"), 1, "callbacks.0"),
    (
        "",
        (
            "{name: EarlyStopping, args: {monitor: a}}",
            "{class_path: pytorch_lightning.callbacks.early_stopping.EarlyStopping, init_args: {monitor: a}}",
        ),
        1,
        "callbacks.0",
    ),
    (
        "accumulate_grad_batches: 2, ",
        ("{name: GradientAccumulationScheduler, args: {scheduling: {0: 2}}}",),
        0,
        "accumulate_grad_batches",
    ),
]


@pytest.mark.parametrize(("settings", "callbacks", "index", "other"), CLASHES)
def test_a_clash_names_both_places(
    here: Path, settings: str, callbacks: tuple[str, ...], index: int, other: str
) -> None:
    report = loaded(f"{settings}callbacks: [{listed(*callbacks)}]").report
    (finding,) = report.diagnostics
    assert (finding.code, finding.path) == ("duplicate-callback", f"trainer.args.callbacks.{index}")
    assert [related.path for related in finding.related] == [f"trainer.args.{other}"]
    assert finding.hint


@pytest.mark.parametrize(
    "args",
    [
        "callbacks: [{name: EarlyStopping, args: {monitor: a}}, {name: EarlyStopping, args: {monitor: b}}]",
        "callbacks: [{name: ModelCheckpoint, args: {monitor: val_loss, every_n_epochs: 2}}]",
        "callbacks: [{name: ModelCheckpoint}, {name: ModelCheckpoint, args: {every_n_train_steps: 5}}]",
        "early_stopping: true, callbacks: [{name: EarlyStopping, args: {monitor: train_loss}}]",
        "max_time: 00:01:00:00, callbacks: [{name: ModelSummary}, {name: LearningRateMonitor}]",
        "callbacks: [{name: ModelPruning, args: {pruning_fn: l1_unstructured, parameter_names: [weight]}}, "
        "{name: ModelPruning, args: {pruning_fn: random_unstructured, parameter_names: [bias]}}]",
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_several_of_a_kind_are_built_in_order(here: Path, args: str) -> None:
    assert found(args) == []
    config = loaded(args).config
    assert config is not None
    wanted = [part.name for part in plan(config.experiment, "run").callbacks][
        -len(config.experiment.trainer.args.callbacks) :
    ]
    names = [type(callback).__name__ for callback in built(args, here).callbacks]
    assert [name for name in names if name in wanted][-len(wanted) :] == wanted


REQUIRED = {
    "EarlyStopping": "monitor: a",
    "GradientAccumulationScheduler": "scheduling: {0: 2}",
    "ModelPruning": "pruning_fn: l1_unstructured",
    "OnExceptionCheckpoint": "dirpath: x",
    "StochasticWeightAveraging": "swa_lrs: 1",
}


@pytest.mark.parametrize("name", lightnings("callbacks").models)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_lightning_refuses_twice_is_refused_before(here: Path, name: str) -> None:
    one = f"{{name: {name}, args: {{{REQUIRED.get(name, '')}}}}}"
    config = loaded(f"callbacks: [{one}]").config
    assert config is not None
    part = plan(config.experiment, "run").callbacks[-1]
    try:
        pl.Trainer(callbacks=[made(part, ""), made(part, "")], logger=False)
    except (MisconfigurationException, RuntimeError):
        assert ("duplicate-callback", "callbacks.1") in found(f"callbacks: [{one}, {one}]")


@pytest.mark.parametrize(
    ("callbacks", "strategy", "refused"),
    [
        ("BatchSizeFinder", "ddp_spawn", True),
        ("BatchSizeFinder", "auto", False),
        ("LearningRateFinder", "ddp", False),
        ("Timer", "ddp", False),
    ],
)
def test_callbacks_that_a_strategy_has_no_place_for(here: Path, callbacks: str, strategy: str, refused: bool) -> None:
    expected = [("callback-strategy", "callbacks.0")] if refused else []
    assert found(f"accelerator: cpu, strategy: {strategy}, callbacks: [{listed(callbacks)}]") == expected


def test_the_direction_of_a_callback_is_checked(here: Path) -> None:
    """Lightning's `min` keeps the worst accuracy."""
    for name in ("EarlyStopping", "ModelCheckpoint"):
        row = f"callbacks: [{{name: {name}, args: {{monitor: val_acc}}}}]"
        assert found(row) == [("monitor-direction", "callbacks.0.args.monitor")]
        row = f"callbacks: [{{name: {name}, args: {{monitor: val_acc, mode: min}}}}]"
        assert found(row) == [("monitor-direction", "callbacks.0.args.mode")]
        assert found(row.replace("min", "max")) == []
        assert found(f"callbacks: [{{name: {name}, args: {{monitor: thing}}}}]") == []


def test_barebones_forbids_what_needs_logs_or_displays(here: Path) -> None:
    callbacks = listed("LearningRateMonitor", "SpikeDetection", "TQDMProgressBar")
    assert found(f"barebones: true, callbacks: [{callbacks}]") == [
        ("barebones-conflict", "callbacks.0"),
        ("barebones-conflict", "callbacks.2"),
    ]


def test_what_goes_on_without_being_asked_is_told(here: Path) -> None:
    row = "callbacks: [{name: OnExceptionCheckpoint, args: {dirpath: there}}]"
    assert found(row) == [("callback-resumes", "callbacks.0")]
    assert found("checkpoint: {save_on_exception: true}") == []


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_ours_give_way_to_the_users_descendants(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names do not say what they are: only the built objects show it."""
    Path("own_callbacks.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(here))
    own = ", ".join(f"{{class_path: own_callbacks.{name}}}" for name in ("Dots", "Rates", "Layers"))
    trainer = built(f"callbacks: [{own}]", here)
    names = [type(callback).__name__ for callback in trainer.callbacks]
    assert names == ["Watch", "Dots", "Rates", "Layers", "ModelCheckpoint", "LastCheckpoint"]
    assert type(trainer.progress_bar_callback).__name__ == "Dots"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "args",
    [
        "callbacks: [{class_path: own_callbacks.Dots}, {class_path: own_callbacks.Dots}]",
        "callbacks: [{class_path: own_callbacks.Stop, init_args: {monitor: a}}, "
        "{class_path: own_callbacks.Stop, init_args: {monitor: a}}]",
    ],
)
def test_what_only_lightning_can_see_is_a_finding_too(here: Path, args: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("own_callbacks.py").write_text(OWN)
    monkeypatch.syspath_prepend(str(here))
    with pytest.raises(ConfigError) as caught:
        built(args, here)
    assert [d.code for d in caught.value.diagnostics] == ["trainer-refuses"]
