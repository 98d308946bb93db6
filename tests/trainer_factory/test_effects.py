"""Every setting of the Default_trainer: its value in YAML, and what is seen on the real objects that were built."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import pytorch_lightning as pl
from pytorch_lightning import callbacks as plc

from vibench.config.load import load
from vibench.schemas.trainer import (
    ActivationCheckpointSettings,
    CheckpointSettings,
    EarlyStoppingSettings,
    LearningRateFinderSettings,
    PruningSettings,
    TrainerArgs,
)
from vibench.trainer_factory.build import build
from vibench.trainer_factory.callbacks.activation_checkpointing import ActivationCheckpointing
from vibench.trainer_factory.callbacks.last import LastCheckpoint
from vibench.trainer_factory.callbacks.pruning import ModelPruning
from vibench.trainer_factory.factory import export_variables
from vibench.trainer_factory.plan import plan, with_finders

IGNORED = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


def built(here: Path, text: str) -> pl.Trainer:
    (here / "c.yaml").write_text(text)
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None, [d.message for d in loaded.report.diagnostics]
    return build(plan(loaded.config.experiment, str(here / "run")))


def the(trainer: pl.Trainer, kind: type) -> object:
    (found,) = [callback for callback in trainer.callbacks if type(callback).__name__ == kind.__name__]
    return found


def ckpt(trainer: pl.Trainer) -> plc.ModelCheckpoint:
    return the(trainer, plc.ModelCheckpoint)  # type: ignore[return-value]


def last(trainer: pl.Trainer) -> LastCheckpoint:
    return the(trainer, LastCheckpoint)  # type: ignore[return-value]


def stop(trainer: pl.Trainer) -> plc.EarlyStopping:
    return the(trainer, plc.EarlyStopping)  # type: ignore[return-value]


def prune(trainer: pl.Trainer) -> ModelPruning:
    return the(trainer, ModelPruning)  # type: ignore[return-value]


def sparing(trainer: pl.Trainer) -> ActivationCheckpointing:
    return the(trainer, ActivationCheckpointing)  # type: ignore[return-value]


def names(trainer: pl.Trainer) -> list[str]:
    return [type(callback).__name__ for callback in trainer.callbacks]


# setting, YAML of trainer.args, what is read off the Trainer, its value
ROWS = [
    ("num_epochs", "num_epochs: 7", lambda t: t.max_epochs, 7),
    ("num_epochs", "max_epochs: 7", lambda t: t.max_epochs, 7),
    ("num_epochs", "{}", lambda t: t.max_epochs, 100),
    ("num_epochs", "max_steps: 5", lambda t: t.max_epochs, -1),
    ("max_steps", "max_steps: 1e2", lambda t: t.max_steps, 100),
    ("min_epochs", "min_epochs: 2", lambda t: t.min_epochs, 2),
    ("min_steps", "min_steps: 2", lambda t: t.min_steps, 2),
    ("max_time", "max_time: 00:12:00:00", lambda t: the(t, plc.Timer)._duration, 43200.0),
    ("max_time", "max_time: {hours: 1, seconds: 5}", lambda t: the(t, plc.Timer)._duration, 3605.0),
    ("gpus", "gpus: 0", lambda t: (type(t.accelerator).__name__, t.num_devices), ("CPUAccelerator", 1)),
    ("gpus", "gpus: 2, accelerator: cpu, strategy: ddp_spawn", lambda t: t.num_devices, 2),
    ("devices", "devices: 2, accelerator: cpu", lambda t: t.num_devices, 2),
    ("accelerator", "accelerator: cpu", lambda t: type(t.accelerator).__name__, "CPUAccelerator"),
    ("device", "device: cpu", lambda t: type(t.accelerator).__name__, "CPUAccelerator"),
    ("strategy", "strategy: ddp_spawn, accelerator: cpu", lambda t: type(t.strategy).__name__, "DDPStrategy"),
    (
        "strategy",
        "accelerator: cpu, strategy: {class_path: pytorch_lightning.strategies.DDPStrategy, init_args: {timeout: 9}}",
        lambda t: t.strategy._timeout,
        timedelta(seconds=9),
    ),
    ("num_nodes", "num_nodes: 2, accelerator: cpu, strategy: ddp", lambda t: t.num_nodes, 2),
    (
        "sync_batchnorm",
        "sync_batchnorm: true, strategy: ddp, devices: 2",
        lambda t: type(t.strategy._layer_sync).__name__,
        "TorchSyncBatchNorm",
    ),
    (
        "find_unused_parameters",
        "find_unused_parameters: true, strategy: ddp, accelerator: cpu",
        lambda t: t.strategy._ddp_kwargs["find_unused_parameters"],
        True,
    ),
    (
        "ddp_timeout",
        "ddp_timeout: 30, strategy: ddp_spawn, accelerator: cpu",
        lambda t: (t.strategy._timeout, t.strategy._start_method),
        (timedelta(seconds=30), "spawn"),
    ),
    (
        "use_distributed_sampler",
        "use_distributed_sampler: false",
        lambda t: t._accelerator_connector.use_distributed_sampler,
        False,
    ),
    (
        "use_distributed_sampler",
        "replace_sampler_ddp: false",
        lambda t: t._accelerator_connector.use_distributed_sampler,
        False,
    ),
    ("mixed_precision", "mixed_precision: true, accelerator: cpu", lambda t: t.precision, "bf16-mixed"),
    ("mixed_precision", "mixed_precision: true", lambda t: t.precision, "bf16-mixed"),
    ("precision", "precision: 16, accelerator: cpu", lambda t: t.precision, "bf16-mixed"),
    ("precision", "precision: 64", lambda t: t.precision, "64-true"),
    ("precision", "precision: bf16", lambda t: t.precision, "bf16-mixed"),
    ("precision", "precision: '32'", lambda t: t.precision, "32-true"),
    ("amp_backend", "amp_backend: native", lambda t: t.precision, "32-true"),
    ("gradient_clip_val", "gradient_clip_val: 0.5", lambda t: t.gradient_clip_val, 0.5),
    (
        "gradient_clip_algorithm",
        "gradient_clip_val: 1, gradient_clip_algorithm: value",
        lambda t: t.gradient_clip_algorithm.value,
        "value",
    ),
    ("accumulate_grad_batches", "accumulate_grad_batches: 4", lambda t: t.accumulate_grad_batches, 4),
    (
        "accumulate_grad_batches",
        "accumulate_grad_batches: {0: 2, 4: 8}",
        lambda t: the(t, plc.GradientAccumulationScheduler).scheduling,
        {0: 2, 4: 8},
    ),
    ("check_val_every_n_epoch", "check_val_every_n_epoch: 3", lambda t: t.check_val_every_n_epoch, 3),
    (
        "check_val_every_n_epoch",
        "check_val_every_n_epoch: null, val_check_interval: 30",
        lambda t: (t.check_val_every_n_epoch, t.val_check_interval),
        (None, 30),
    ),
    ("val_check_interval", "val_check_interval: 0.25", lambda t: t.val_check_interval, 0.25),
    ("val_check_interval", "val_check_interval: 00:00:01:00", lambda t: t._val_check_time_interval, 60.0),
    ("limit_train_batches", "limit_train_batches: 1", lambda t: repr(t.limit_train_batches), "1"),
    ("limit_train_batches", "limit_train_batches: 1.0", lambda t: repr(t.limit_train_batches), "1.0"),
    ("limit_val_batches", "limit_val_batches: 5", lambda t: t.limit_val_batches, 5),
    ("limit_test_batches", "limit_test_batches: 0.5", lambda t: t.limit_test_batches, 0.5),
    ("limit_predict_batches", "limit_predict_batches: 0", lambda t: t.limit_predict_batches, 0),
    ("overfit_batches", "overfit_batches: 0.01", lambda t: t.overfit_batches, 0.01),
    ("fast_dev_run", "fast_dev_run: true", lambda t: (t.fast_dev_run, t.max_steps), (True, 1)),
    ("num_sanity_val_steps", "num_sanity_val_steps: 0", lambda t: t.num_sanity_val_steps, 0),
    (
        "reload_dataloaders_every_n_epochs",
        "reload_dataloaders_every_n_epochs: 2",
        lambda t: t.reload_dataloaders_every_n_epochs,
        2,
    ),
    ("log_every_n_steps", "log_every_n_steps: 7", lambda t: t.log_every_n_steps, 7),
    ("enable_progress_bar", "enable_progress_bar: false", lambda t: t.progress_bar_callback, None),
    ("progress_bar", "progress_bar: tqdm", lambda t: type(t.progress_bar_callback).__name__, "TQDMProgressBar"),
    ("progress_bar", "progress_bar: rich", lambda t: type(t.progress_bar_callback).__name__, "RichProgressBar"),
    ("progress_bar", "progress_bar: auto", lambda t: type(t.progress_bar_callback).__name__, "PlainProgressBar"),
    ("enable_model_summary", "enable_model_summary: false", lambda t: "ModelSummary" in names(t), False),
    ("enable_model_summary", "enable_model_summary: true", lambda t: "ModelSummary" in names(t), True),
    (
        "enable_autolog_hparams",
        "enable_autolog_hparams: false",
        lambda t: t.enable_autolog_hparams,
        False,
    ),
    ("model_registry", "model_registry: me/m", lambda t: t._model_registry, "me/m"),
    ("profiler", "profiler: simple", lambda t: type(t.profiler).__name__, "SimpleProfiler"),
    ("profiler", "profiler: simple", lambda t: Path(t.profiler.dirpath).name, "profiler"),
    ("profiler", "profiler: advanced", lambda t: type(t.profiler).__name__, "AdvancedProfiler"),
    (
        "profiler",
        "profiler: {name: SimpleProfiler, args: {extended: false}}",
        lambda t: (t.profiler.extended, Path(t.profiler.dirpath).name),
        (False, "profiler"),
    ),
    ("log_gpu_memory", "log_gpu_memory: true", lambda t: "DeviceStatsMonitor" in names(t), True),
    ("detect_anomaly", "detect_anomaly: true", lambda t: t._detect_anomaly, True),
    ("benchmark", "benchmark: true", lambda t: __import__("torch").backends.cudnn.benchmark, True),
    ("inference_mode", "inference_mode: false", lambda t: t.fit_loop.epoch_loop.val_loop.inference_mode, False),
    ("barebones", "barebones: true", lambda t: (t.barebones, t.loggers, t.checkpoint_callback), (True, [], None)),
    (
        "plugins",
        "plugins: [{class_path: pytorch_lightning.plugins.AsyncCheckpointIO}]",
        lambda t: type(t.strategy.checkpoint_io).__name__,
        "AsyncCheckpointIO",
    ),
    ("enable_checkpointing", "enable_checkpointing: false", lambda t: t.checkpoint_callback, None),
    ("checkpoint", "checkpoint: {monitor: val_acc}", lambda t: (ckpt(t).monitor, ckpt(t).mode), ("val_acc", "max")),
    (
        "checkpoint",
        "checkpoint: {mode: max}, monitor: my_own",
        lambda t: (ckpt(t).monitor, ckpt(t).mode),
        ("my_own", "max"),
    ),
    ("monitor_metric", "monitor_metric: val_f1", lambda t: (ckpt(t).monitor, ckpt(t).mode), ("val_f1", "max")),
    ("monitor_metric", "monitor: val_acc_CWRU", lambda t: ckpt(t).mode, "max"),
    ("mode", "monitor: my_thing, mode: max", lambda t: ckpt(t).mode, "max"),
    ("save_top_k", "save_top_k: -1", lambda t: ckpt(t).save_top_k, -1),
    ("save_top_k", "checkpoint: {save_top_k: 5}", lambda t: ckpt(t).save_top_k, 5),
    ("save_top_k", "save_top_k: 0", lambda t: (ckpt(t).save_top_k, ckpt(t).monitor), (0, None)),
    ("save_last", "save_last: true", lambda t: (last(t).write, last(t).path.name), (True, "last.ckpt")),
    ("save_last", "save_last: false", lambda t: (last(t).write, ckpt(t).save_last), (False, False)),
    ("save_last", "save_last: link", lambda t: ckpt(t).save_last, "link"),
    ("filename", "filename: 'e{epoch}'", lambda t: ckpt(t).filename, "e{epoch}"),
    ("every_n_epochs", "every_n_epochs: 4", lambda t: ckpt(t)._every_n_epochs, 4),
    ("every_n_epochs", "every_n_epochs: 4", lambda t: last(t).every_n_epochs, 4),
    ("every_n_train_steps", "every_n_train_steps: 4", lambda t: last(t).every_n_train_steps, 4),
    (
        "train_time_interval",
        "train_time_interval: 00:00:05:00",
        lambda t: last(t).train_time_interval,
        timedelta(minutes=5),
    ),
    ("save_weights_only", "save_weights_only: true", lambda t: ckpt(t).save_weights_only, True),
    ("auto_insert_metric_name", "auto_insert_metric_name: true", lambda t: ckpt(t).auto_insert_metric_name, True),
    ("save_on_train_epoch_end", "save_on_train_epoch_end: true", lambda t: ckpt(t)._save_on_train_epoch_end, True),
    ("save_on_exception", "save_on_exception: true", lambda t: ckpt(t).save_on_exception, True),
    ("enable_version_counter", "enable_version_counter: false", lambda t: ckpt(t)._enable_version_counter, False),
    ("early_stopping", "early_stopping: true", lambda t: (stop(t).monitor, stop(t).mode), ("val_loss", "min")),
    ("early_stopping", "early_stopping: {}", lambda t: stop(t).patience, 10),
    ("early_stopping", "early_stopping: false", lambda t: "EarlyStopping" in names(t), False),
    ("patience", "early_stopping: true, patience: 4", lambda t: stop(t).patience, 4),
    ("patience", "early_stopping: {patience: 4}", lambda t: stop(t).patience, 4),
    ("min_delta", "early_stopping: true, min_delta: 0.1", lambda t: stop(t).min_delta, -0.1),
    ("pruning", "pruning: false", lambda t: "ModelPruning" in names(t), False),
    ("pruning", "pruning: true", lambda t: (prune(t).stages, prune(t).schedule), ([0.2], "once")),
    ("pruning", "pruning: {}", lambda t: prune(t).stages, [0.2]),
    ("pruning", "pruning: 0.3", lambda t: prune(t).stages, [0.3]),
    ("pruning", "pruning: 40", lambda t: prune(t).stages, [40]),
    ("pruning", "pruning: [0.1, 0.3, 0.5]", lambda t: prune(t).stages, [0.1, 0.3, 0.5]),
    ("pruning", "pruning: {amount: [0.1, 0.3, 0.5]}", lambda t: prune(t).stages, [0.1, 0.3, 0.5]),
    ("pruning", "pruning: 0.3, pruning_amount: 0.3", lambda t: prune(t).stages, [0.3]),
    ("pruning_amount", "pruning: true, pruning_amount: 0.4", lambda t: prune(t).amount, 0.4),
    ("pruning_amount", "pruning: {amount: 4}", lambda t: prune(t).amount, 4),
    (
        "pruning_method",
        "pruning: true, pruning_method: random_unstructured",
        lambda t: prune(t).pruning_fn.__name__,
        "RandomUnstructured",
    ),
    (
        "pruning_method",
        "pruning: {method: ln_structured, dim: 0, norm: 2}",
        lambda t: (prune(t).pruning_fn.func.__name__, prune(t).pruning_fn.keywords),
        ("ln_structured", {"dim": 0, "n": 2}),
    ),
    ("gradient_checkpointing", "gradient_checkpointing: true", lambda t: sparing(t).modules, None),
    (
        "gradient_checkpointing",
        "gradient_checkpointing: {modules: [A*, b.c]}",
        lambda t: sparing(t).modules,
        ["A*", "b.c"],
    ),
    ("gradient_checkpointing", "gradient_checkpointing: false", lambda t: "ActivationCheckpointing" in names(t), False),
    (
        "callbacks",
        "callbacks: [{class_path: pytorch_lightning.callbacks.DeviceStatsMonitor, init_args: {cpu_stats: true}}]",
        lambda t: the(t, plc.DeviceStatsMonitor)._cpu_stats,
        True,
    ),
    (
        "callbacks",
        "callbacks: [{name: StochasticWeightAveraging, args: {swa_lrs: 1}}]",
        lambda t: the(t, plc.StochasticWeightAveraging)._swa_lrs,
        1.0,
    ),
    (
        "callbacks",
        "callbacks: [{name: GradientAccumulationScheduler, args: {scheduling: {0: 2}}}]",
        lambda t: the(t, plc.GradientAccumulationScheduler).scheduling,
        {0: 2},
    ),
    (
        "callbacks",
        "callbacks: [{name: ModelCheckpoint, args: {train_time_interval: 00:00:01:00}}]",
        lambda t: [c._train_time_interval for c in t.checkpoint_callbacks if hasattr(c, "_train_time_interval")],
        [None, timedelta(minutes=1)],
    ),
    (
        "callbacks",
        "callbacks: [{name: LearningRateMonitor, args: {logging_interval: epoch}}]",
        lambda t: [type(c).__module__.split(".")[0] for c in t.callbacks if type(c).__name__ == "LearningRateMonitor"],
        ["pytorch_lightning"],
    ),
    (
        "callbacks",
        "callbacks: [{name: TQDMProgressBar, args: {refresh_rate: 3}}]",
        lambda t: t.progress_bar_callback.refresh_rate,
        3,
    ),
]


@IGNORED
@pytest.mark.parametrize(("setting", "text", "read", "value"), ROWS, ids=[f"{r[0]}: {r[1]}" for r in ROWS])
def test_effect(here: Path, setting: str, text: str, read, value) -> None:
    inner = "" if text == "{}" else text
    trainer = built(here, f"trainer: {{args: {{{inner}}}}}")
    assert type(trainer) is pl.Trainer
    assert read(trainer) == value


@IGNORED
@pytest.mark.parametrize("value", ["true", "false", "warn"])
def test_deterministic(here: Path, value: str) -> None:
    import torch

    try:
        built(here, f"trainer: {{args: {{deterministic: {value}}}}}")
        assert torch.are_deterministic_algorithms_enabled() == (value != "false")
        assert torch.is_deterministic_algorithms_warn_only_enabled() == (value == "warn")
    finally:
        torch.use_deterministic_algorithms(False)


EARLY_STOPPING = [
    ("monitor", "val_acc", lambda c: c.monitor, "val_acc"),
    ("mode", "min", lambda c: c.mode, "min"),
    ("stopping_threshold", "0.1", lambda c: c.stopping_threshold, 0.1),
    ("divergence_threshold", "9", lambda c: c.divergence_threshold, 9.0),
    ("check_finite", "false", lambda c: c.check_finite, False),
    ("strict", "false", lambda c: c.strict, False),
    ("verbose", "true", lambda c: c.verbose, True),
    ("check_on_train_epoch_end", "true", lambda c: c._check_on_train_epoch_end, True),
    ("log_rank_zero_only", "true", lambda c: c.log_rank_zero_only, True),
]


LR_SEARCH = [
    ("min_lr", "1e-6", lambda c: c._min_lr, 1e-6),
    ("max_lr", "0.5", lambda c: c._max_lr, 0.5),
    ("num_training", "40", lambda c: c._num_training_steps, 40),
    ("mode", "linear", lambda c: c._mode, "linear"),
    ("early_stop_threshold", "null", lambda c: c._early_stop_threshold, None),
]


@IGNORED
@pytest.mark.parametrize(("name", "text", "read", "value"), LR_SEARCH)
def test_settings_of_the_search_for_a_learning_rate(here: Path, name: str, text: str, read, value) -> None:
    (here / "c.yaml").write_text(f"trainer: {{args: {{auto_lr_find: {{{name}: {text}}}}}}}")
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None
    planned = plan(loaded.config.experiment, str(here / "run"))
    assert (planned.tuner or {})["lr_find"][name] == value  # what `vibench train` hands to the Tuner
    assert read(the(build(with_finders(planned)), plc.LearningRateFinder)) == value


@pytest.mark.parametrize(
    ("text", "mode"), [("true", "power"), ("power", "power"), ("binsearch", "binsearch"), ("false", None)]
)
@IGNORED
def test_the_search_for_a_batch_size(here: Path, text: str, mode: str | None) -> None:
    (here / "c.yaml").write_text(f"trainer: {{args: {{auto_scale_batch_size: {text}}}}}")
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None
    planned = plan(loaded.config.experiment, str(here / "run"))
    assert planned.tuner == ({"batch_size": {"mode": mode}} if mode else None)
    if mode:
        assert the(build(with_finders(planned)), plc.BatchSizeFinder)._mode == mode


def test_resuming_in_the_plan(here: Path) -> None:
    (here / "a.ckpt").write_text("")
    for text, wanted in (
        ("resume_from_checkpoint: a.ckpt", {"checkpoint": "a.ckpt"}),
        ("auto_resume: true", {"newest_unfinished": True}),
        ("auto_resume: false", None),
    ):
        (here / "c.yaml").write_text(f"trainer: {{args: {{{text}}}}}")
        loaded = load("c.yaml", [], {})
        assert loaded.config is not None
        assert plan(loaded.config.experiment, "run").resume == wanted


@IGNORED
@pytest.mark.parametrize(("name", "text", "read", "value"), EARLY_STOPPING)
def test_early_stopping_settings(here: Path, name: str, text: str, read, value) -> None:
    trainer = built(here, f"trainer: {{args: {{early_stopping: {{{name}: {text}}}}}}}")
    assert read(stop(trainer)) == value


STRUCTURED = "method: ln_structured, norm: 2"
PRUNING = [
    ("parameter_names", "[weight, bias]", lambda c: c._parameter_names, ["weight", "bias"]),
    ("use_global_unstructured", "false", lambda c: c._use_global_unstructured, False),
    ("make_pruning_permanent", "false", lambda c: c._make_pruning_permanent, False),
    ("use_lottery_ticket_hypothesis", "false", lambda c: c._use_lottery_ticket_hypothesis, False),
    ("resample_parameters", "true", lambda c: c._resample_parameters, True),
    ("schedule", "every_epoch", lambda c: c.schedule, "every_epoch"),
    ("dim", f"1, {STRUCTURED}", lambda c: c.dim, 1),
    ("dim", f"-1, {STRUCTURED}", lambda c: c._use_global_unstructured, False),
    ("norm", "1, method: ln_structured, dim: 0", lambda c: c.pruning_fn.keywords["n"], 1),
]


@IGNORED
@pytest.mark.parametrize(("name", "text", "read", "value"), PRUNING)
def test_pruning_settings(here: Path, name: str, text: str, read, value) -> None:
    """What each does in a training is shown in test_pruning.py."""
    assert read(prune(built(here, f"trainer: {{args: {{pruning: {{{name}: {text}}}}}}}"))) == value


def test_the_tables_are_complete() -> None:
    """Every setting has a row."""
    elsewhere = {
        "deterministic",  # below
        *("auto_lr_find", "auto_scale_batch_size"),  # below, and in tests/training/test_tuning.py
        *("auto_resume", "resume_from_checkpoint"),  # in tests/resume
    }
    shown = {row[0] for row in ROWS} | elsewhere
    assert set(TrainerArgs.model_fields) == shown
    assert set(EarlyStoppingSettings.model_fields) == {row[0] for row in EARLY_STOPPING}
    assert set(PruningSettings.model_fields) == {row[0] for row in PRUNING}
    assert set(LearningRateFinderSettings.model_fields) == {row[0] for row in LR_SEARCH}
    assert set(CheckpointSettings.model_fields) <= {
        row[1].partition("checkpoint: {")[2].partition(":")[0] for row in ROWS
    }
    assert set(ActivationCheckpointSettings.model_fields) == {"modules"}
    assert any("gradient_checkpointing: {modules:" in row[1] for row in ROWS)


@IGNORED
def test_defaults(here: Path) -> None:
    trainer = built(here, "trainer: {name: Default_trainer}")
    assert [type(logger).__name__ for logger in trainer.loggers] == ["CSVLogger"]
    assert names(trainer) == [
        *("Watch", "LearningRateMonitor", "ModelSummary", "PlainProgressBar"),
        *("ModelCheckpoint", "LastCheckpoint"),
    ]
    checkpoint = ckpt(trainer)
    assert (checkpoint.save_top_k, last(trainer).write, checkpoint.monitor) == (3, True, "val_loss")
    assert checkpoint.dirpath == str(here / "run" / "checkpoints")
    assert trainer.loggers[0].log_dir == str(here / "run" / "logs" / "version_0")  # type: ignore[attr-defined]


@IGNORED
def test_loggers(here: Path) -> None:
    text = "environment: {tensorboard: {default_hp_metric: false, prefix: p}, loggers: [{class_path: LOGGER}]}"
    text = text.replace("LOGGER", "pytorch_lightning.loggers.CSVLogger, init_args: {save_dir: elsewhere}")
    trainer = built(here, text)
    assert [type(logger).__name__ for logger in trainer.loggers] == ["CSVLogger", "TensorBoardLogger", "CSVLogger"]
    board = trainer.loggers[1]
    assert board.log_dir == str(here / "run" / "tensorboard") + "/"  # type: ignore[attr-defined]
    assert (board._default_hp_metric, board._prefix) == (False, "p")  # type: ignore[attr-defined]


@IGNORED
def test_variables_of_the_environment_never_change_a_trainer(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PL_TRAINER_MAX_EPOCHS", "3")
    monkeypatch.setenv("PL_TRAINER_LIMIT_TRAIN_BATCHES", "3")
    trainer = built(here, "trainer: {args: {}}")
    assert (trainer.max_epochs, trainer.limit_train_batches) == (100, 1.0)


def test_upper_case_keys_are_exported(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VB_NEW", raising=False)
    monkeypatch.setenv("VB_TAKEN", "shell")
    (here / "c.yaml").write_text("environment: {VB_NEW: 3, VB_TAKEN: file, VB_ON: true}")
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None
    import os

    try:
        assert export_variables(loaded.config.experiment) == ["VB_TAKEN"]
        assert (os.environ["VB_NEW"], os.environ["VB_TAKEN"], os.environ["VB_ON"]) == ("3", "shell", "true")
    finally:
        for name in ("VB_NEW", "VB_ON"):
            os.environ.pop(name, None)


@pytest.mark.parametrize(
    ("monitor", "filename"),
    [
        ("val_loss", "epoch{epoch:02d}-val_loss{val_loss:.4f}"),
        ("val_acc_CWRU", "epoch{epoch:02d}-val_acc_CWRU{val_acc_CWRU:.4f}"),
        ("val/acc", "epoch{epoch:02d}-val_acc{val/acc:.4f}"),
        ("val:acc", "epoch{epoch:02d}-step{step}"),
    ],
)
@IGNORED
def test_file_names_survive_metric_names(here: Path, monitor: str, filename: str) -> None:
    trainer = built(here, f"trainer: {{args: {{monitor: '{monitor}'}}}}")
    checkpoint = ckpt(trainer)
    assert checkpoint.filename == filename
    made = checkpoint.format_checkpoint_name({monitor: __import__("torch").tensor(0.5), "epoch": 3, "step": 9})
    name = Path(made).relative_to(checkpoint.dirpath).as_posix()
    assert "/" not in name
    assert name.startswith("epoch03-")


@pytest.mark.parametrize(
    ("template", "insert"),
    [("epoch{epoch:02d}-val_loss{val_loss:.2f}", False), ("{epoch}-{val_loss:.2f}", True), ("a{val/x}", False)],
)
@IGNORED
def test_names_are_inserted_where_the_template_has_none(here: Path, template: str, insert: bool) -> None:
    trainer = built(here, f"trainer: {{args: {{filename: '{template}'}}}}")
    assert ckpt(trainer).auto_insert_metric_name is insert
