"""The factory as PHM-Vibench's pipelines call it: its namespaces, what it writes into them, its calling forms.

The inputs have the form of its own code and files (v0.1.0); `docs/guides/phm-vibench.md` has the shim.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.demos.boring_classes import BoringModel

from tests.phm_vibench_forms import (
    DISPLAY,
    ConfigWrapper,
    as_the_task_does,
    environment,
    orchestrated,
    trainer,
    two_stages,
    wrapped,
)
from tests.run_logs import swanlab_log, wandb_log
from vibench import ConfigError, ConfigWarning
from vibench.trainer_factory import (
    build_trainer,
    trainer_factory,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:pytorch_lightning", "ignore::FutureWarning", "ignore::vibench.config.load.ConfigWarning"
)
GUIDE = Path(__file__).parents[2] / "docs/guides/phm-vibench.md"


class Task(BoringModel):
    """Logs what is watched."""

    def validation_step(self, batch: Any, index: int) -> Any:
        out = super().validation_step(batch, index)
        self.log("val_loss", out["x"])
        return out


# ---- the namespaces of its pipelines

SECTIONS = {
    "single GPU": trainer,
    "two stages": two_stages,
    "no monitor": lambda: wrapped({"num_epochs": 2, "accelerator": "cpu"}),
    "accelerator auto": lambda: wrapped({"max_epochs": 3, "accelerator": "auto", "devices": "auto", "gpus": "auto"}),
    "no device": lambda: wrapped({"name": "Default_trainer", "num_epochs": 3, "gpus": 1}),
    "below args": lambda: wrapped({"name": "Default_trainer", "args": {"num_epochs": 3, "accelerator": "cpu"}}),
    "nothing": lambda: wrapped({}),
}


@pytest.mark.parametrize("form", SECTIONS)
def test_a_namespace_of_its_is_taken_and_taken_again(here: Path, form: str) -> None:
    args_environment, args_trainer = environment(iterations=2, stage_name="pretrain"), SECTIONS[form]()
    for iteration in range(2):
        path = f"results/demo/{DISPLAY}/iter_{iteration}"
        args_trainer.logger_name = DISPLAY
        as_the_task_does(orchestrated(args_trainer, path))
        before = deepcopy((args_environment, args_trainer))
        built = build_trainer(args_environment, args_trainer, ConfigWrapper(batch_size=16), path)
        assert (args_environment, args_trainer) == before
        assert type(built) is pl.Trainer
        assert built.loggers[0].save_dir == built.default_root_dir == path  # type: ignore[attr-defined]
        assert type(built.accelerator).__name__ == "CPUAccelerator"
        assert built.num_devices == 1


def test_logger_name_is_the_name_at_the_loggers_and_path_the_folder(here: Path) -> None:
    path = f"save/{DISPLAY}/iter_0"
    asked = environment(wandb={"mode": "offline"}, swanlab={"mode": "offline"}, iterations=2)
    args_trainer = trainer(num_epochs=1, logger_name=DISPLAY, early_stopping=False)
    del args_trainer.patience
    built = build_trainer(asked, args_trainer, ConfigWrapper(), path)
    built.fit(Task())
    for logger in built.loggers[1:]:
        logger.finish()  # type: ignore[attr-defined]
    assert wandb_log(Path(path)).about["name"] == DISPLAY
    assert swanlab_log(Path(path)).about["name"] == DISPLAY
    checkpoint = next(one for one in built.callbacks if isinstance(one, ModelCheckpoint))  # type: ignore[attr-defined]
    assert Path(checkpoint.best_model_path).parent == (here / path / "checkpoints")


@pytest.mark.parametrize("name", ["a b", "ünï/../x", "x" * 300, "7"])
@pytest.mark.parametrize("beside_args", [False, True])
def test_a_display_name_is_any_text(here: Path, name: str, beside_args: bool) -> None:
    args: dict[str, Any] = {"num_epochs": 2, "accelerator": "cpu"}
    section = wrapped({"args": args} if beside_args else args)
    section.logger_name = name
    asked = environment(swanlab={"mode": "disabled"})
    built = build_trainer(asked, section, None, "out")
    assert built.loggers[1]._init["experiment_name"] == name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("asked", "seen"),
    [({"name": "mine"}, "mine"), ({"name": "a/b"}, "a/b"), ({"experiment_name": "hse/x"}, DISPLAY), ({}, DISPLAY)],
)
def test_the_name_of_the_file_is_stronger(here: Path, asked: dict[str, Any], seen: str) -> None:
    section = trainer(logger_name=DISPLAY)
    built = build_trainer(environment(swanlab={"mode": "disabled"}, **asked), section, None, "out")
    assert built.loggers[1]._init["experiment_name"] == seen  # type: ignore[attr-defined]


def test_both_names_of_the_folder(here: Path) -> None:
    asked = {"args_environment": environment(), "args_trainer": trainer(), "args_data": ConfigWrapper()}
    assert build_trainer(**asked, path="a").default_root_dir == "a"
    assert trainer_factory(**asked, experiment_path=Path("b")).default_root_dir == "b"
    with pytest.raises(TypeError, match="both"):
        trainer_factory(**asked, experiment_path="a", path="b")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="no folder"):
        trainer_factory(**asked)  # type: ignore[call-overload]


# ---- what the framework writes is weaker than the file


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ({"monitor": "val_acc"}, "val_acc"),
        ({"monitor_metric": "val_acc"}, "val_acc"),
        ({"checkpoint": {"monitor": "val_acc"}}, "val_acc"),
        ({}, "val_total_loss"),
    ],
)
def test_the_monitor_of_the_file_is_stronger(here: Path, written: dict[str, Any], seen: str) -> None:
    section = wrapped({"args": {"accelerator": "cpu", "num_epochs": 2, **written}})
    orchestrated(section, "out")
    built = build_trainer(environment(), section, None, "out")
    assert built.checkpoint_callback.monitor == seen  # type: ignore[union-attr]


def test_the_monitor_of_a_flat_file_is_stronger_under_either_name(here: Path) -> None:
    section = orchestrated(wrapped({"num_epochs": 2, "accelerator": "cpu", "monitor_metric": "val_acc"}), "out")
    assert section.monitor == "val_total_loss"
    built = build_trainer(environment(), section, None, "out")
    assert built.checkpoint_callback.monitor == "val_acc"  # type: ignore[union-attr]


@pytest.mark.parametrize("wrong", ["text", 3, [1]])
def test_a_section_that_is_no_mapping_is_an_error(here: Path, wrong: Any) -> None:
    for sections in ((wrong, {}), ({}, wrong)):
        with pytest.raises(ConfigError, match="expected"):
            build_trainer(*sections, None, "out")


@pytest.mark.parametrize(
    ("written", "devices", "accelerator"),
    [
        ({"devices": 2, "accelerator": "cpu"}, 2, "CPUAccelerator"),
        ({"gpus": 0}, 1, "CPUAccelerator"),
        ({"devices": 1, "accelerator": "auto"}, 1, "CPUAccelerator"),
        ({}, 1, "CPUAccelerator"),
    ],
)
def test_the_devices_of_the_file_are_stronger(
    here: Path, written: dict[str, Any], devices: int, accelerator: str
) -> None:
    section = wrapped({"args": {"num_epochs": 2, "log_every_n_steps": 7, **written}})
    orchestrated(section, "out")
    section.gpus = 4
    if not written:
        del section.gpus
    built = build_trainer(environment(), section, None, "out")
    assert (built.num_devices, type(built.accelerator).__name__) == (devices, accelerator)
    assert built.log_every_n_steps == 7


@pytest.mark.filterwarnings("error::vibench.config.load.ConfigWarning")
def test_one_gpu_on_a_cpu_is_no_warning(here: Path) -> None:
    build_trainer(environment(), trainer(logger_name=DISPLAY), None, "out")


@pytest.mark.parametrize(
    ("written", "unused"),
    [
        ({}, True),
        ({"strategy": "ddp"}, False),
        ({"strategy": "auto"}, False),
        ({"find_unused_parameters": False}, False),
        ({"ddp_timeout": 60}, True),
    ],
)
def test_several_devices_have_the_strategy_that_it_had(here: Path, written: dict[str, Any], unused: bool) -> None:
    section = trainer(gpus=2, early_stopping=False, **written)
    del section.patience
    built = build_trainer(environment(), section, None, "out")
    assert built.num_devices == 2
    assert type(built.strategy).__name__ == "DDPStrategy"
    assert bool(built.strategy._ddp_kwargs.get("find_unused_parameters")) is unused  # type: ignore[attr-defined]


# ---- what is its own, and what is wrong


def test_what_nothing_reads_is_ignored_with_a_warning(here: Path) -> None:
    section = trainer(
        wandb=False, save_checkpoints=True, learning_rate=1e-3, weight_decay="1e-4", warmup_epochs=5,
        compute_metrics=True, test_after_training=True, use_wandb=True,
    )  # fmt: skip
    asked = environment(PHMBench="/data", stage_name="stage_1_pretrain", random_seeds=[42, 123], wandb=False)
    with pytest.warns(ConfigWarning) as caught:
        built = build_trainer(asked, section, None, "out")
    told = " ".join(str(one.message) for one in caught)
    for name in ("wandb", "save_checkpoints", "learning_rate", "PHMBench", "stage_name", "random_seeds", "use_wandb"):
        assert f"{name}: ignored" in told
    assert [type(logger).__name__ for logger in built.loggers] == ["CSVLogger"]


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({"num_epohcs": 3}, "trainer.num_epohcs"),
        ({"epochs": 3}, "trainer.epochs"),
        ({"save_checkpoints": False}, "trainer.save_checkpoints"),
        ({"seed": 7}, "trainer.seed"),
        ({"args": {"stage_name": "x"}}, "trainer.args.stage_name"),
        ({"args": {"save_checkpoints": True}}, "trainer.args.save_checkpoints"),
    ],
)
def test_what_may_be_meant_for_a_setting_is_an_error(here: Path, section: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_trainer(environment(), wrapped(section), None, "out")
    assert path in {one.path for one in caught.value.diagnostics if one.severity == "error"}


def test_the_text_of_an_error_begins_with_errors(here: Path) -> None:
    section = trainer(gpus=2, patience=50, zzz=1, precison=16, num_epochs="ten")
    with pytest.raises(ConfigError) as caught:
        build_trainer(environment(PHMBench="/data"), section, None, "out")
    kinds = [line.partition("[")[0] for line in str(caught.value).splitlines()]
    assert kinds.count("error") == 2
    assert kinds.count("warning") >= 2
    assert kinds == sorted(kinds)


@pytest.mark.parametrize(
    ("section", "devices"),
    [
        ({"args": {"num_epochs": 3}, "gpus": 1}, 1),
        ({"num_epochs": 3, "accelerator": "auto", "gpus": 1}, 1),
        ({"num_epochs": 3, "device": "auto", "gpus": 1}, 1),
        ({"num_epochs": 3, "gpus": 1}, 1),
    ],
)
def test_one_gpu_that_the_task_wrote_is_one_device(here: Path, section: dict[str, Any], devices: int) -> None:
    assert build_trainer(environment(), wrapped(section), None, "out").num_devices == devices


def test_the_number_of_devices_stays_where_the_file_says_the_kind(here: Path) -> None:
    section = orchestrated(wrapped({"args": {"num_epochs": 3, "accelerator": "cpu"}}), "out")
    section.devices = 2
    assert build_trainer(environment(), section, None, "out").num_devices == 2


def test_no_environment_and_no_folder(here: Path) -> None:
    section = as_the_task_does(orchestrated(trainer(logger_name=DISPLAY), "out"))
    built = build_trainer(None, section, None, "")
    assert built.checkpoint_callback.dirpath == str(here / "checkpoints")  # type: ignore[union-attr]
    assert type(build_trainer(None, None, None, "out")) is pl.Trainer


def test_the_monitor_beside_args_is_weaker_under_either_name(here: Path) -> None:
    section = wrapped({"args": {"num_epochs": 3, "accelerator": "cpu"}, "monitor_metric": "val_acc"})
    built = build_trainer(environment(), orchestrated(section, "out"), None, "out")
    assert built.checkpoint_callback.monitor == "val_acc"  # type: ignore[union-attr]


def test_a_run_that_the_framework_began_is_used_by_every_trainer_and_is_its_own_to_end(here: Path) -> None:
    """`Pipeline_04` calls `init_lab` once, and the factory for each stage."""
    import swanlab
    import wandb

    mine = wandb.init(project="p", mode="offline", dir=str(here), settings=wandb.Settings(silent=True))
    swan = swanlab.init(project="p", mode="offline", log_dir=str(here / "swanlog"))
    try:
        for stage in ("pretrain", "finetune"):
            asked = environment(wandb={"mode": "offline"}, swanlab={"mode": "offline"})
            built = build_trainer(asked, trainer(num_epochs=1, early_stopping=False, patience=None), None, stage)
            built.fit(Task())
            assert built.loggers[1].experiment is wandb.run is mine  # type: ignore[attr-defined]
            assert built.loggers[2].experiment is swanlab.get_run()  # type: ignore[attr-defined]
            for logger in built.loggers[1:]:
                logger.finalize("failed")
        assert wandb.run is mine
        assert swan.alive
        assert len(list(here.rglob("*.wandb"))) == 1
    finally:
        swanlab.finish()
        wandb.finish()


# ---- the shim of the guide

FILES = re.findall(r"```python\n# (src/\S+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
CALLER = """
import warnings
from types import SimpleNamespace as Namespace

warnings.simplefilter("ignore")
from src.trainer_factory import TRAINER_REGISTRY, build_trainer, resolve_trainer_module
from src.trainer_factory.trainer_factory import trainer_factory

environment = Namespace(project="p", seed=1, output_dir="results")
data = Namespace()
for name in ("Default_trainer", "CustomTrainer"):
    section = Namespace(name=name, num_epochs=4, device="cpu", gpus=1, logger_name="metadata.xlsx/M_x/T_y_1")
    print(build_trainer(environment, section, data, path="out").max_epochs)
print(trainer_factory(environment, Namespace(args=dict(num_epochs=5, accelerator="cpu")), data, "out").max_epochs)
print(build_trainer(environment, Namespace(trainer_name="CustomTrainer", num_epochs=6, gpus=0), data, "out").max_epochs)
print(type(TRAINER_REGISTRY.get("CustomTrainer")).__name__, resolve_trainer_module(section))
"""


def test_the_shim_of_the_guide(here: Path) -> None:
    assert [name for name, _ in FILES] == [
        f"src/trainer_factory/{name}.py" for name in ("__init__", "trainer_factory", "CustomTrainer")
    ]
    for name, text in FILES:
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    (here / "src/__init__.py").touch()
    (here / "main.py").write_text(CALLER)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "main.py"], capture_output=True, text=True, env=environ, check=False)
    assert done.stdout.split("\n")[:-1] == ["4", "4", "5", "6", "function src.trainer_factory.Default_trainer"], (
        done.stderr
    )
