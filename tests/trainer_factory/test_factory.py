"""`trainer_factory` as frameworks call it: what it takes, what it leaves alone, what it raises."""

from __future__ import annotations

from argparse import Namespace
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytorch_lightning as pl
from pydantic import BaseModel

from vibench import ConfigError, ConfigWarning
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import REGISTERED_TRAINERS, TrainerSection
from vibench.schemas.trainer import TrainerArgs
from vibench.trainer_factory import build_trainer, register_trainer, trainer_factory

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pytorch_lightning", "ignore::FutureWarning")
ENVIRONMENT: dict[str, Any] = {"project": "p", "seed": 1, "tensorboard": {"log_graph": True}}
ARGS: dict[str, Any] = {"num_epochs": 3, "devices": 1, "accelerator": "cpu", "early_stopping": {"patience": 2}}
CANONICAL = {**ARGS, "early_stopping": True, "patience": 2}


def names(trainer: pl.Trainer) -> list[str]:
    return [type(logger).__name__ for logger in trainer.loggers]


def spaces(kind: Any, value: Any) -> Any:
    if isinstance(value, dict):
        return kind(**{key: spaces(kind, inner) for key, inner in value.items()})
    return value


FORMS = {
    "dict": (ENVIRONMENT, {"name": "Default_trainer", "args": ARGS}),
    "flat": (ENVIRONMENT, {"name": "Default_trainer", **ARGS}),
    "args alone": (ENVIRONMENT, ARGS),
    "Namespace": (spaces(Namespace, ENVIRONMENT), spaces(Namespace, {"name": "Default_trainer", "args": ARGS})),
    "SimpleNamespace": (spaces(SimpleNamespace, ENVIRONMENT), spaces(SimpleNamespace, {"args": ARGS})),
    "models": (EnvironmentArgs(**ENVIRONMENT), TrainerArgs(**CANONICAL)),
    "section": (EnvironmentArgs(**ENVIRONMENT), TrainerSection(args=TrainerArgs(**CANONICAL))),
}


@pytest.mark.parametrize("form", FORMS)
def test_it_takes_what_frameworks_have(here: Path, form: str) -> None:
    environment, args = FORMS[form]
    before = deepcopy((environment, args))
    for _ in range(2):  # the same objects again for the next iteration
        trainer = trainer_factory(environment, args, None, here / "run")
        assert type(trainer) is pl.Trainer
        assert (trainer.max_epochs, trainer.num_devices) == (3, 1)
        assert names(trainer) == ["CSVLogger", "TensorBoardLogger"]
        assert trainer.early_stopping_callback is not None
        assert trainer.early_stopping_callback.patience == 2
    assert (environment, args) == before


def test_it_has_the_name_that_pipelines_import() -> None:
    assert build_trainer is trainer_factory


def test_what_frameworks_write_beside_args_is_theirs(here: Path) -> None:
    args = SimpleNamespace(args={"devices": 1, "accelerator": "cpu"}, logger_name="run_7", gpus=4)
    trainer = trainer_factory({}, args, None, here)
    assert trainer.num_devices == 1
    assert type(trainer.accelerator).__name__ == "CPUAccelerator"


def test_every_mistake_is_raised_at_once(here: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        trainer_factory({"sed": 1}, {"args": {"num_epoch": 3, "precision": 17, "logger": True}}, None, here)
    codes = {d.path: d.code for d in caught.value.diagnostics}
    assert codes == {
        "environment.sed": "unknown-key",
        "trainer.args.num_epoch": "unknown-key",
        "trainer.args.precision": "wrong-type",
        "trainer.args.logger": "owned-key",
    }
    assert "did you mean `num_epochs`?" in str(caught.value)


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 0])
def test_what_no_file_could_hold_is_refused(here: Path, value: Any) -> None:
    with pytest.raises(ConfigError, match=r"trainer\.args\.num_epochs: expected a plain value"):
        trainer_factory({}, {"args": {"num_epochs": value}}, None, here)


def test_warnings_are_warnings(here: Path) -> None:
    with pytest.warns(ConfigWarning, match="patience"):
        trainer_factory({}, {"args": {"patience": 3, "accelerator": "cpu"}}, None, here)


def test_variables_of_vibench_are_not_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIBENCH_TRAINER__ARGS__NUM_EPOCHS", "9")
    assert trainer_factory({}, {"args": {"num_epochs": 2, "accelerator": "cpu"}}, None, here).max_epochs == 2


class Own(BaseModel):
    steps: int = 3


def call(args: dict[str, Any], path: Path, seen: dict[str, Any]) -> pl.Trainer:
    @register_trainer("Mine", args=Own)
    def mine(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
        seen.update(epochs=args_t.num_epochs, gpus=args_t.gpus, wandb=args_e.wandb, project=args_e.project)
        seen.update(steps=args_t.steps, data=args_d, path=path)
        return pl.Trainer(max_steps=args_t.steps, logger=False, accelerator="cpu", enable_checkpointing=False)

    try:
        return trainer_factory({"project": "p"}, {"name": "Mine", "args": args}, {"batch": 1}, path)
    finally:
        del REGISTERED_TRAINERS["Mine"]


def test_a_custom_trainer_sees_settings_as_attributes(here: Path) -> None:
    seen: dict[str, Any] = {}
    assert call({"num_epochs": 2, "steps": 5, "gpus": 0}, here, seen).max_steps == 5
    assert seen == {
        "epochs": 2, "gpus": 0, "wandb": False, "project": "p", "steps": 5, "data": {"batch": 1}, "path": str(here),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"stesp": 1}, "did you mean `steps`"),
        ({"steps": "5"}, "steps: expected an integer"),
        ({"num_epochs": 0}, "≥ 1"),
    ],
)
def test_a_custom_trainers_arguments_are_checked(here: Path, args: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        call(args, here, {})
    assert words in str(caught.value)


def test_an_unknown_trainer_lists_the_known_ones(here: Path) -> None:
    with pytest.raises(ConfigError, match="known: `Default_trainer`"):
        trainer_factory({}, {"name": "Nope"}, None, here)
    with pytest.raises(ValueError, match="registered"):
        register_trainer("Default_trainer")(print)


def test_a_trainer_by_import_path(here: Path) -> None:
    Path("mine_by_path.py").write_text(
        "import pytorch_lightning as pl\n\n\ndef make(args_e, args_t, args_d, path):\n"
        "    return pl.Trainer(max_epochs=args_t.num_epochs, logger=False, accelerator='cpu', "
        "enable_checkpointing=False)\n"
    )
    trainer = trainer_factory({}, {"name": "mine_by_path:make", "args": {"num_epochs": 6}}, None, here)
    assert trainer.max_epochs == 6


def test_a_trainer_of_an_installed_package(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(here))
    (here / "offers_trainer.py").write_text(
        "import pytorch_lightning as pl\n\n\ndef make(args_e, args_t, args_d, path):\n"
        "    return pl.Trainer(max_epochs=8, logger=False, accelerator='cpu', enable_checkpointing=False)\n"
    )
    info = here / "offers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vibench.trainers]\nOffered = offers_trainer:make\n")
    assert trainer_factory({}, {"name": "Offered"}, None, here).max_epochs == 8
    with pytest.raises(ConfigError, match="did you mean `Offered`"):
        trainer_factory({}, {"name": "Ofered"}, None, here)
