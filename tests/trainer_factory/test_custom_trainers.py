"""Custom trainers as PHM-Vibench's pipelines and their users write and call them."""

from __future__ import annotations

import pickle
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
from pydantic import BaseModel

from tests.phm_vibench_forms import DISPLAY, as_the_task_does, environment, orchestrated, trainer, wrapped
from vibench import ConfigError, ConfigWarning, validate
from vibench.schemas.experiment import REGISTERED_TRAINERS
from vibench.trainer_factory import TRAINER_REGISTRY, build_trainer, register_trainer, resolve_trainer_module

pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:pytorch_lightning", "ignore::FutureWarning", "ignore::vibench.config.load.ConfigWarning"
)


@pytest.fixture
def custom() -> Any:
    seen: dict[str, Any] = {}

    @register_trainer("CustomTrainer")
    def make(*, path: str, args_d: Any, args_t: Any, args_e: Any) -> pl.Trainer:
        seen.update(
            param=args_t.custom_param, nested=args_t.budget.energy, epochs=args_t.max_epochs, monitor=args_t.monitor,
            name=args_t.logger_name, gone=hasattr(args_t, "absent"), project=args_e.project, data=args_d, path=path,
        )  # fmt: skip
        return pl.Trainer(max_epochs=args_t.num_epochs, logger=False, accelerator="cpu", enable_checkpointing=False)

    yield seen
    del REGISTERED_TRAINERS["CustomTrainer"]


def test_a_trainer_without_a_model_takes_any_argument(here: Path, custom: dict[str, Any]) -> None:
    args = {"num_epochs": 1, "custom_param": "value", "budget": {"energy": 2.5}}
    for section in (wrapped({"name": "CustomTrainer", "args": args}), wrapped({"name": "CustomTrainer", **args})):
        section.logger_name = DISPLAY
        assert build_trainer(environment(), section, {"batch": 1}, path="out").max_epochs == 1
        assert custom == {
            "param": "value", "nested": 2.5, "epochs": 1, "monitor": "val_loss", "name": DISPLAY, "gone": False,
            "project": "demo_project", "data": {"batch": 1}, "path": "out",
        }  # fmt: skip


def test_a_near_miss_of_a_setting_is_a_warning_everywhere(here: Path, custom: dict[str, Any]) -> None:
    args = {"num_epohcs": 1, "custom_param": 3, "budget": {"energy": 1}}
    with pytest.warns(ConfigWarning, match="num_epochs"):
        build_trainer({}, {"name": "CustomTrainer", "args": args, "logger_name": DISPLAY}, None, "out")
    Path("c.yaml").write_text(
        "trainer:\n  name: CustomTrainer\n  args: {num_epohcs: 1, custom_param: 3, budget: {energy: 1}}\n"
    )
    report = validate("c.yaml")
    assert [(one.code, one.suggestion) for one in report.diagnostics] == [("misspelt-setting", "num_epochs")]
    assert report.valid


class Budget(BaseModel):
    energy: float


@pytest.mark.parametrize(
    ("args", "codes"),
    [
        ("{energy: 1.5}", []),
        ("{energy: hot}", ["wrong-type"]),
        ("{enregy: 1.5}", ["unknown-key"]),
        ("{energy: 1.5, more: 1}", ["unknown-key"]),
        ("{}", ["missing-key"]),
    ],
)
@pytest.mark.parametrize("registered", [True, False])
def test_validate_knows_the_model_of_a_trainer(here: Path, args: str, codes: list[str], registered: bool) -> None:
    """In this process, or in the source of a module that the file imports."""
    if registered:
        register_trainer("Budgeted", args=Budget)(lambda *args: None)
    else:
        Path("mine.py").write_text(
            "from pydantic import BaseModel\nfrom vibench.trainer_factory import register_trainer\n\n\n"
            "class Budget(BaseModel):\n    energy: float\n\n\n"
            "@register_trainer('Budgeted', args=Budget)\ndef make(args_e, args_t, args_d, path):\n    return None\n"
        )
    imports = "" if registered else "imports: [mine]\n"
    Path("c.yaml").write_text(f"{imports}trainer: {{name: Budgeted, args: {args}}}\n")
    try:
        assert [one.code for one in validate("c.yaml").diagnostics] == codes
    finally:
        REGISTERED_TRAINERS.pop("Budgeted", None)


def test_the_registry_has_the_names_of_its(here: Path, custom: dict[str, Any]) -> None:
    assert TRAINER_REGISTRY.get("CustomTrainer") is REGISTERED_TRAINERS["CustomTrainer"].function
    built = TRAINER_REGISTRY.get("Default_trainer")(args_e=environment(), args_t=trainer(), args_d=None, path="x")
    assert type(built) is pl.Trainer
    assert set(TRAINER_REGISTRY.available()) >= {"Default_trainer", "CustomTrainer"}
    with pytest.raises(KeyError):
        TRAINER_REGISTRY.get("Nope")
    assert resolve_trainer_module(trainer()) == "src.trainer_factory.Default_trainer"
    assert resolve_trainer_module(trainer(trainer_name="Mine")) == "src.trainer_factory.Mine"
    TRAINER_REGISTRY.register("Another")(lambda *args: None)
    assert REGISTERED_TRAINERS.pop("Another")


def as_upstreams_own(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
    """The body of its `Default_trainer`."""
    return pl.Trainer(
        accelerator="cpu" if args_t.device == "cpu" else "auto",
        devices=args_t.gpus,
        max_epochs=args_t.num_epochs,
        logger=False,
        enable_checkpointing=False,
        default_root_dir=path,
        strategy="ddp_find_unused_parameters_true" if args_t.gpus > 1 else "auto",
    )


class Callable_:
    def __call__(self, args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
        return as_upstreams_own(args_e, args_t, args_d, path)


def keywords(**words: Any) -> pl.Trainer:
    return as_upstreams_own(**words)


def some(args_t: Any, path: str, **_: Any) -> pl.Trainer:
    return as_upstreams_own(None, args_t, None, path)


def by_position(environment: Any, settings: Any, data: Any, folder: str, /) -> pl.Trainer:
    return as_upstreams_own(environment, settings, data, folder)


@pytest.mark.parametrize("function", [as_upstreams_own, Callable_(), keywords, some, by_position])
@pytest.mark.parametrize("flat", [True, False])
def test_any_function_sees_what_the_framework_wrote(here: Path, function: Any, flat: bool) -> None:
    register_trainer("Theirs")(function)
    try:
        settings: dict[str, Any] = {"num_epochs": 2, "accelerator": "cpu"}
        section = wrapped({"name": "Theirs", **(settings if flat else {"args": settings})})
        section = as_the_task_does(orchestrated(section, "out"))
        assert build_trainer(environment(), section, None, "out").max_epochs == 2
        assert type(build_trainer(environment(), trainer(), None, "out")) is pl.Trainer
    finally:
        del REGISTERED_TRAINERS["Theirs"]


def test_a_custom_trainer_can_build_on_the_default_one(here: Path) -> None:
    @register_trainer("Longer")
    def longer(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
        assert pickle.loads(pickle.dumps(deepcopy(args_t))).num_epochs == 3
        assert (args_t.framework, args_t.own, args_t.budget.items, args_t.budget["more"]) == ("torch", 1, 7, [1])
        args_t.budget.more.append(2)
        assert args_t.budget.more == [1, 2]
        built = TRAINER_REGISTRY.get("Default_trainer")(args_e=args_e, args_t=args_t, args_d=args_d, path=path)
        assert len(built.callbacks) > 3  # type: ignore[attr-defined]
        assert built.loggers[1]._init["experiment_name"] == DISPLAY  # type: ignore[attr-defined]
        return built

    own = {"framework": "torch", "own": 1, "budget": {"items": 7, "more": [1]}}
    section: dict[str, Any] = {"name": "Longer", "args": {"num_epochs": 3, "accelerator": "cpu", **own}}
    section["logger_name"] = DISPLAY
    try:
        assert build_trainer(environment(swanlab={"mode": "disabled"}), section, None, "out").max_epochs == 3
        raw = TRAINER_REGISTRY.get("Default_trainer")(environment(), trainer(name="Longer"), None, "out")
        assert raw.max_epochs == 10
    finally:
        del REGISTERED_TRAINERS["Longer"]


@pytest.mark.parametrize("name", ["Missing", "a b", 7])
def test_a_trainer_name_that_leads_nowhere_is_an_error(here: Path, name: Any) -> None:
    with pytest.raises(ConfigError, match="leads to no trainer"):
        build_trainer(environment(), trainer(trainer_name=name), None, "out")


class Saving(BaseModel):
    save_dir: str


def test_a_model_may_have_the_names_of_the_framework(here: Path) -> None:
    @register_trainer("Saving", args=Saving)
    def saving(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
        assert args_t.save_dir == "there"
        return pl.Trainer(max_epochs=1, logger=False, accelerator="cpu", enable_checkpointing=False)

    try:
        section = wrapped({"name": "Saving", "num_epochs": 1, "save_dir": "there"})
        assert build_trainer(environment(), section, None, "out").max_epochs == 1
    finally:
        del REGISTERED_TRAINERS["Saving"]


class Open(BaseModel, extra="allow"):
    energy: float


def test_a_model_may_allow_more_than_its_fields(here: Path) -> None:
    @register_trainer("Open", args=Open)
    def opened(args_e: Any, args_t: Any, args_d: Any, path: str) -> pl.Trainer:
        assert (args_t.energy, args_t.beyond) == (1.5, "kept")
        return pl.Trainer(max_epochs=1, logger=False, accelerator="cpu", enable_checkpointing=False)

    try:
        section = wrapped({"name": "Open", "num_epochs": 1, "energy": 1.5, "beyond": "kept"})
        assert build_trainer(environment(), section, None, "out").max_epochs == 1
    finally:
        del REGISTERED_TRAINERS["Open"]
