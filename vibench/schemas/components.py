"""A part named in a config: by import path, as LightningCLI has it, or by a registered name."""

import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, StringConstraints

from vibench.schemas.base import Expects, StrictModel, setting

ClassPath = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"),
    Field(examples=["pytorch_lightning.callbacks.LearningRateMonitor"]),
    Expects("a dotted path to a class (`package.module.Class`)"),
]
Kind = Literal["data", "model", "task"]


class Component(StrictModel):
    """An object to build: `class_path` with `init_args`, or a registered `name` with `args`."""

    class_path: ClassPath | None = setting(None, "Import path of the class, `package.module.Class`.")
    init_args: dict[str, Any] = setting({}, "Arguments of the class.")
    name: str | None = setting(None, "Short or registered name, in place of `class_path`.")
    args: dict[str, Any] = setting({}, "Arguments of what `name` names.")


def is_component(value: Any) -> bool:
    """Whether a value inside arguments names a class to build, as LightningCLI has it."""
    return isinstance(value, dict) and isinstance(value.get("class_path"), str)


COMPONENT_KEYS = tuple(Component.model_fields)


# Places whose parts can be registered by name.
TABLES = ("data", "model", "task", "callbacks")
# Entry points of installed packages, by table.
GROUPS = {
    "data": "vibench.data",
    "model": "vibench.models",
    "task": "vibench.tasks",
    "callbacks": "vibench.callbacks",
    "trainers": "vibench.trainers",
}
# Parts that this process registered, by table and name; `register_data` and its kin fill it.
REGISTERED: dict[str, dict[str, Any]] = {table: {} for table in TABLES}


class Builtin(NamedTuple):
    """A registered part: where its class is and where the model of its arguments is, as `module:name`.

    `plain`: a model that is cheaper to make and that `args` extends by settings with defaults: what it accepts,
    `args` accepts too. `logs`: metrics that a task logs, so that a monitor nobody logs is found before training.
    """

    target: str
    args: str
    plain: str = ""
    logs: tuple[str, ...] = ()

    def args_model(self) -> type[StrictModel]:
        """The model of the arguments; imports Pydantic models only, never torch."""
        return _model(self.args)

    def plain_model(self) -> type[StrictModel]:
        """The cheapest model that may accept the arguments: the full one where it was imported already."""
        known = not self.plain or self.args.partition(":")[0] in sys.modules
        return _model(self.args if known else self.plain)


@cache
def _model(place: str) -> type[StrictModel]:
    module, _, name = place.partition(":")
    model: type[StrictModel] = getattr(import_module(module), name)
    return model


class ClassTable(NamedTuple):
    """Classes of Lightning's: where they live, the models of those that a file can write, and why not the others.

    `not_in_yaml`: by class, the arguments that a file cannot write, with the reason.
    """

    package: str = ""
    models: Mapping[str, type[StrictModel]] = MappingProxyType({})
    unusable: Mapping[str, str] = MappingProxyType({})
    not_in_yaml: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@cache
def lightnings(table: str) -> ClassTable:
    """What is known of Lightning's `callbacks`, `loggers` or `profilers`; nothing of other tables (`plugins`, …)."""
    name = {"callbacks": "callbacks", "profilers": "profilers", "loggers": "lightning_loggers"}.get(table)
    if name is None:
        return ClassTable()
    module = import_module(f"vibench.schemas.{name}")
    models = getattr(module, name.upper())
    return ClassTable(f"pytorch_lightning.{table}.", models, module.UNUSABLE, module.NOT_IN_YAML)


BUILTINS: dict[Kind, dict[str, Builtin]] = {
    "data": {
        "simulated_bearing": Builtin(
            "vibench.phm.bearing:SimulatedBearing", "vibench.phm.settings:SimulatedBearingArgs"
        ),
    },
    "model": {"wdcnn": Builtin("vibench.phm.wdcnn:WDCNN", "vibench.phm.settings:WDCNNArgs")},
    "task": {
        "classification": Builtin(
            "vibench.phm.classification:Classification",
            "vibench.phm.classification_settings:ClassificationArgs",
            plain="vibench.phm.settings:PlainClassificationArgs",
            logs=("train_loss", "val_loss", "val_acc", "val_f1", "test_loss", "test_acc", "test_f1"),
        ),
    },
}
