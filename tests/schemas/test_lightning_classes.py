"""The models of Lightning's classes against the installed classes: names, defaults, sentences, and real objects."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
from pydantic_core import PydanticUndefined

from vibench.config.load import load
from vibench.schemas import loggers
from vibench.schemas.base import default_value, setting_of
from vibench.schemas.components import lightnings
from vibench.trainer_factory.loggers.wandb import WandbLogger
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import plan

TABLES = ("callbacks", "loggers", "profilers")
PAIRS = [(table, name) for table in TABLES for name in lightnings(table).models]
BEHIND_KWARGS = {
    "PyTorchProfiler": {"record_shapes", "profile_memory", "with_stack", "with_flops", "with_modules"},
}


def signature(table: str, name: str) -> dict[str, inspect.Parameter]:
    found = dict(inspect.signature(getattr(getattr(pl, table), name).__init__).parameters)
    del found["self"]
    return found


@pytest.mark.parametrize("table", TABLES)
def test_every_class_is_known(table: str) -> None:
    known = lightnings(table)
    assert set(known.models) | set(known.unusable) == set(getattr(pl, table).__all__)
    assert not set(known.models) & set(known.unusable)
    assert set(known.not_in_yaml) <= set(known.models)


@pytest.mark.parametrize(("table", "name"), PAIRS)
def test_names_and_defaults_are_lightnings(table: str, name: str) -> None:
    fields = lightnings(table).models[name].model_fields
    installed = signature(table, name)
    apart = lightnings(table).not_in_yaml.get(name, {})
    assert set(fields) - BEHIND_KWARGS.get(name, set()) | set(apart) == set(installed)
    for key in set(fields) & set(installed):
        default = installed[key].default
        ours = default_value(fields[key])
        if default is inspect.Parameter.empty:
            assert ours is PydanticUndefined, key
        elif setting_of(lightnings(table).models[name], key).becomes.startswith("pytorch_lightning."):
            assert {part: getattr(ours, part) for part in type(ours).model_fields} == vars(default)
        else:
            assert ours == (str(default) if "device(" in repr(default) else default), key


@pytest.mark.parametrize(("table", "name"), PAIRS)
def test_every_setting_has_a_sentence(table: str, name: str) -> None:
    model = lightnings(table).models[name]
    assert model.__doc__
    for key, field in model.model_fields.items():
        assert field.description, key
        assert field.description.endswith("."), key


# A class, arguments as YAML (each one where its kind allows it), and what is seen on the object.
BUILT: list[tuple[str, str, dict[str, Any]]] = [
    ("BackboneFinetuning", "unfreeze_backbone_at_epoch: 3, train_bn: false, rounding: 4",
     {"unfreeze_backbone_at_epoch": 3, "train_bn": False, "rounding": 4}),
    ("BatchSizeFinder", "mode: binsearch, max_val: 64", {"_mode": "binsearch", "_max_val": 64}),
    ("DeviceStatsMonitor", "cpu_stats: true", {"_cpu_stats": True}),
    ("EarlyStopping", "monitor: m, patience: 0, stopping_threshold: 1", {"patience": 0, "stopping_threshold": 1.0}),
    ("EMAWeightAveraging", "decay: 0.9, update_starting_at_epoch: 2, device: cpu",
     {"update_starting_at_epoch": 2, "_device": "torch.device('cpu')"}),
    ("GradientAccumulationScheduler", "scheduling: {0: 1, 3: 2}", {"scheduling": {0: 1, 3: 2}}),
    ("LearningRateFinder", "max_lr: 1, early_stop_threshold: null", {"_early_stop_threshold": None, "_max_lr": 1.0}),
    ("LearningRateMonitor", "logging_interval: step", {"logging_interval": "step"}),
    ("ModelCheckpoint", "train_time_interval: {minutes: 2}, monitor: m, save_top_k: 4",
     {"_train_time_interval": "datetime.timedelta(seconds=120)", "save_top_k": 4}),
    ("ModelPruning", "pruning_fn: ln_structured, pruning_dim: 0, pruning_norm: 2, use_global_unstructured: false, "
     "amount: 2", {"amount": 2, "_use_global_unstructured": False}),
    ("ModelSummary", "max_depth: 3", {"_max_depth": 3}),
    ("OnExceptionCheckpoint", "dirpath: there", {"dirpath": "there"}),
    ("RichModelSummary", "max_depth: -1", {"_max_depth": -1}),
    ("RichProgressBar", "refresh_rate: 2, theme: {metrics: bold red}",
     {"_refresh_rate": 2, "theme.metrics": "bold red", "theme.time": "dim"}),
    ("SpikeDetection", "window: 3, rtol: null, atol: 2", {"rtol": None, "atol": 2.0}),
    ("StochasticWeightAveraging", "swa_lrs: [1, 0.1], swa_epoch_start: 3, device: null",
     {"_swa_lrs": [1.0, 0.1], "_swa_epoch_start": 3, "_device": None}),
    ("Timer", "duration: 00:01:00:00, interval: epoch", {"_duration": 3600.0}),
    ("TQDMProgressBar", "refresh_rate: 9, leave: true", {"_refresh_rate": 9, "_leave": True}),
    ("WeightAveraging", "use_buffers: false", {"_use_buffers": False}),
]  # fmt: skip


def read(thing: Any, path: str) -> Any:
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


@pytest.mark.parametrize(("name", "arguments", "seen"), BUILT, ids=[row[0] for row in BUILT])
def test_a_callback_of_a_file_is_built(here: Path, name: str, arguments: str, seen: dict[str, Any]) -> None:
    path = Path("c.yaml")
    path.write_text(f"trainer: {{args: {{callbacks: [{{name: {name}, args: {{{arguments}}}}}]}}}}")
    config = load(path, [], {}).config
    assert config is not None
    part = plan(config.experiment, "run").callbacks[-1]  # the user's own come last
    callback = made(part, "here")
    assert type(callback) is getattr(pl.callbacks, name)
    for attribute, value in seen.items():
        found = read(callback, attribute)
        assert (repr(found) if "(" in str(value) else found) == (value if "torch" not in str(value) else repr(found))


def test_every_callback_has_a_row() -> None:
    assert [row[0] for row in BUILT] == list(lightnings("callbacks").models)


WRONG = [
    ("EarlyStopping", "{}", "missing-key", "monitor"),
    ("ModelPruning", "{pruning_fn: ln_structured}", "bad-combination", "use_global_unstructured"),
    ("ModelCheckpoint", "{save_top_k: 3}", "bad-combination", "monitor"),
    ("ModelCheckpoint", "{every_n_epochs: 1, every_n_train_steps: 1}", "bad-combination", "every_n_train_steps"),
    ("GradientAccumulationScheduler", "{scheduling: {}}", "wrong-type", "factors"),
    ("StochasticWeightAveraging", "{swa_lrs: 0}", "wrong-type", "number > 0"),
    ("StochasticWeightAveraging", "{swa_lrs: 1, avg_fn: mean}", "unknown-key", "subclass the callback"),
    ("RichProgressBar", "{theme: {metrics_: bold}}", "unknown-key", "metrics"),
    ("SpikeDetection", "{exclude_batches_path: jumps.json}", "wrong-type", "./jumps.json"),
    ("LambdaCallback", "{}", "wrong-class", "write a callback class"),
    ("ThroughputMonitor", "{}", "wrong-class", "batch_size_fn"),
    ("EarlyStoping", "{monitor: a}", "unknown-name", "EarlyStopping"),
]


@pytest.mark.parametrize(("name", "arguments", "code", "words"), WRONG)
def test_what_a_callback_would_refuse_is_found_before(
    here: Path, name: str, arguments: str, code: str, words: str
) -> None:
    path = Path("c.yaml")
    path.write_text(f"trainer: {{args: {{callbacks: [{{name: {name}, args: {arguments}}}]}}}}")
    (finding,) = load(path, [], {}).report.diagnostics
    assert finding.code == code
    assert words in f"{finding.message} {finding.hint}"
    assert finding.span is not None
    assert finding.span.source.name == "c.yaml"


# A logger, its arguments, and the code and words of what is wrong; none where it is fine.
LOGGERS = [
    ("name: MLFlowLogger, args: {experiment_name: e, save_dir: there}", "", ""),
    ("class_path: pytorch_lightning.loggers.MLFlowLogger, init_args: {log_model: all}", "", ""),
    ("name: MLFlowLogger, args: {experiment: e}", "unknown-key", "experiment_name"),
    ("name: MlflowLogger", "unknown-name", "MLFlowLogger"),
    ("name: CSVLogger", "missing-key", "save_dir"),
    ("name: WandbLogger", "wrong-class", "`wandb: true`"),
    ("class_path: pytorch_lightning.loggers.TensorBoardLogger", "wrong-class", "`tensorboard: true`"),
    ("name: CometLogger, args: {api_key: k}", "unknown-key", "COMET_API_KEY"),
]


@pytest.mark.parametrize(("text", "code", "words"), LOGGERS, ids=[row[0] for row in LOGGERS])
def test_lightnings_loggers_in_a_file(here: Path, text: str, code: str, words: str) -> None:
    path = Path("c.yaml")
    path.write_text(f"environment: {{loggers: [{{{text}}}]}}")
    found = [one for one in load(path, [], {}).report.diagnostics if one.code != "missing-package"]
    assert [one.code for one in found] == [code] * bool(code)
    assert all(words in f"{one.message} {one.hint}" for one in found)


@pytest.mark.parametrize(
    ("model", "owner"),
    [(loggers.TensorboardSettings, "TensorBoardLogger"), (loggers.WandbSettings, "WandbLogger")],
)
def test_loggers_take_what_is_fed(model: Any, owner: str) -> None:
    """Fed arguments and those left out make up the signature; what is beyond it goes through `**kwargs`."""
    import wandb
    from torch.utils.tensorboard import SummaryWriter

    behind = {"TensorBoardLogger": SummaryWriter.__init__, "WandbLogger": wandb.init}[owner]
    taken = set(inspect.signature(behind).parameters) - {"self"}
    installed = set(inspect.signature(getattr(pl.loggers, owner).__init__).parameters) - {"self"}
    ours = set(inspect.signature(WandbLogger.__init__).parameters) if owner == "WandbLogger" else set()
    fed = {setting_of(model, name).feeds for name in model.model_fields}
    names = {feed.removeprefix(f"{owner}.") for feed in fed}
    apart = set(loggers.NOT_IN_YAML[owner])
    assert all(feed.startswith(f"{owner}.") for feed in fed)
    assert not names & apart
    assert installed <= names | apart
    assert names | apart <= installed | taken | ours
    for name, field in model.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_swanlabs_logger_takes_what_is_fed() -> None:
    """Our logger hands on to `swanlab.init` what it does not take itself; each argument is written or has a reason."""
    import swanlab

    from vibench.trainer_factory.loggers.swanlab import SwanLabLogger

    own = set(inspect.signature(SwanLabLogger.__init__).parameters) - {"self", "init"}
    behind = set(inspect.signature(swanlab.init).parameters)
    model = loggers.SwanlabSettings
    names = {setting_of(model, name).feeds.removeprefix("SwanLabLogger.") for name in model.model_fields}
    apart = set(loggers.NOT_IN_YAML["SwanLabLogger"])
    assert not names & apart
    assert own | behind <= names | apart
    assert names <= own | behind | {"experiment_name"}  # another name of `name`
