"""`docs/reference/settings.md`: every key that a file may hold."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from pydantic import BaseModel

from tools.pages import HEAD
from vibench.config.wording import expected_of
from vibench.editor.examples import default_of, example_of
from vibench.editor.words import meanings
from vibench.schemas.base import Setting, default_value, setting_of
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.loggers import SwanlabSettings, TensorboardSettings, WandbSettings
from vibench.schemas.trainer import (
    OWNED,
    ActivationCheckpointSettings,
    CheckpointSettings,
    EarlyStoppingSettings,
    LearningRateFinderSettings,
    PruningSettings,
    TrainerArgs,
)

INTRODUCTION = """# Settings

`null` means "not written" wherever it is not listed as a value. A number like `1e2` serves where an integer is asked.
Editors show the same text: [editor set-up](../guides/editor.md).
"""
SECTIONS: dict[str, type[BaseModel]] = {
    "environment": EnvironmentArgs,
    "environment.tensorboard": TensorboardSettings,
    "environment.wandb": WandbSettings,
    "environment.swanlab": SwanlabSettings,
    "trainer.args": TrainerArgs,
    "trainer.args.checkpoint": CheckpointSettings,
    "trainer.args.early_stopping": EarlyStoppingSettings,
    "trainer.args.pruning": PruningSettings,
    "trainer.args.auto_lr_find": LearningRateFinderSettings,
    "trainer.args.gradient_checkpointing": ActivationCheckpointSettings,
    **{
        f"{kind}.args of {name}": builtin.args_model()
        for kind, parts in BUILTINS.items()
        for name, builtin in parts.items()
    },
    **{f"Callback {name}": model for name, model in lightnings("callbacks").models.items()},
    **{f"Profiler {name}": model for name, model in lightnings("profilers").models.items()},
}


def settings_page() -> str:
    """The page."""
    lines = [HEAD, INTRODUCTION]
    for title, model in SECTIONS.items():
        lines += [f"## {title}", "", (model.__doc__ or "").partition("\n")[0], ""]
        for name in model.model_fields:
            lines += _setting(model, name)
    lines += ["## Arguments of the Trainer that are not set directly", ""]
    lines += [f"- `{name}`: {why}" for name, why in OWNED.items()]
    return "\n".join(lines) + "\n"


def _setting(model: type[BaseModel], name: str) -> Iterator[str]:
    field, says = model.model_fields[name], setting_of(model, name)
    yield from (f"### `{name}`", "", f"{field.description}", "")
    yield f"- **takes** {expected_of(field)}"
    if field.is_required():
        yield "- **must be written**"
    elif default_value(field) is not None:
        yield f"- **default** `{dumps(default_of(field), ensure_ascii=False)}`"
    yield from _rest(says)
    yield from (f"- `{value}`: {sentence}" for value, sentence in _choices(model, name).items())
    example = example_of(model, name)
    if field.is_required() or example != default_of(field):
        yield f"- **example** `{name}: {dumps(example, ensure_ascii=False)}`"
    yield ""


def _choices(model: type[BaseModel], name: str) -> dict[str, str]:
    return {dumps(value).strip('"'): sentence for value, sentence in meanings(model.model_fields[name]).items()}


def _rest(says: Setting) -> Iterator[str]:
    if says.feeds:
        yield f"- **becomes** `{says.feeds}`"
    if says.aliases:
        yield "- **also written** " + ", ".join(f"`{alias}`" for alias in says.aliases)
    if says.nested:
        parent, _, inner = says.nested.partition(".")
        yield f"- **also in** `{parent}:`" + (f" as `{inner}`" if inner else "")
    if says.deprecated:
        yield f"- **deprecated** {says.deprecated}"
