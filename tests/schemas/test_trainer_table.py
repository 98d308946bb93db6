"""THE table of Trainer settings against the installed `pl.Trainer`: a partition, with Lightning's defaults."""

from __future__ import annotations

import inspect

import pytest
import pytorch_lightning as pl

from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.choices import STRATEGIES
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment, TrainerSection
from vibench.schemas.trainer import (
    OWNED,
    ActivationCheckpointSettings,
    CheckpointSettings,
    EarlyStoppingSettings,
    LearningRateFinderSettings,
    PruningSettings,
    TrainerArgs,
)
from vibench.trainer_factory.plan import plan
from vibench.trainer_factory.planning.trainer import DERIVED

SIGNATURE = {k: p for k, p in inspect.signature(pl.Trainer.__init__).parameters.items() if k != "self"}
FED = {
    argument: name
    for name in TrainerArgs.model_fields
    for owner, _, argument in [setting_of(TrainerArgs, name).feeds.partition(".")]
    if owner == "Trainer"
}
# Fed arguments whose default is not Lightning's, and why.
OTHER_DEFAULTS = {
    "max_epochs": "100, as the seed has it; Lightning's None means 1000",
    "log_every_n_steps": "Lightning's None means 50",
    "num_sanity_val_steps": "Lightning's None means 2",
    "enable_model_summary": "Lightning's None means true",
}


def test_the_arguments_are_a_partition() -> None:
    assert FED.keys() | DERIVED.keys() | OWNED.keys() == SIGNATURE.keys()
    assert not FED.keys() & OWNED.keys()
    assert not DERIVED.keys() & OWNED.keys()
    assert set(FED) & set(DERIVED) == {"max_epochs"}  # fed, then lifted by a limit of steps or time
    assert all(OWNED.values())


@pytest.mark.parametrize("argument", sorted(FED))
def test_defaults_are_lightnings(argument: str) -> None:
    same = TrainerArgs.model_fields[FED[argument]].default == SIGNATURE[argument].default
    assert same != (argument in OTHER_DEFAULTS)


def test_a_plan_passes_every_argument() -> None:
    assert plan(Experiment(), "run").trainer.keys() | OWNED.keys() == SIGNATURE.keys()


def test_strategies_are_those_of_the_registry() -> None:
    from pytorch_lightning.strategies import StrategyRegistry

    assert set(STRATEGIES) == {"auto", *StrategyRegistry.available_strategies()}


MODELS = [
    Experiment, TrainerSection, EnvironmentArgs, TrainerArgs, CheckpointSettings, EarlyStoppingSettings,
    PruningSettings, LearningRateFinderSettings, ActivationCheckpointSettings,
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_every_setting_has_a_sentence(model: type[StrictModel]) -> None:
    for name, field in model.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_every_code_is_used_and_documented() -> None:
    import re
    from pathlib import Path

    from vibench.diagnostics import CODES

    root = Path(__file__).parents[2]
    sources = [path for path in (root / "vibench").rglob("*.py") if path.name != "diagnostics.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert {code for code in CODES if f'"{code}"' not in text} == set()
    page = (root / "docs/reference/diagnostics.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)$", page, re.MULTILINE) == list(CODES)
