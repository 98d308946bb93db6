"""A part named in a config: by import path, as LightningCLI has it, or by a registered name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from vibench.schemas.base import Expects, StrictModel, setting

ClassPath = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$"),
    Expects("a dotted path to a class (`package.module.Class`)"),
]
Kind = Literal["data", "model", "task"]


class Component(StrictModel):
    """An object to build: `class_path` with `init_args`, or a registered `name` with `args`."""

    class_path: ClassPath | None = setting(None, "Import path of the class, `package.module.Class`.")
    init_args: dict[str, Any] = setting({}, "Arguments of the class.")
    name: str | None = setting(None, "Short or registered name, in place of `class_path`.")
    args: dict[str, Any] = setting({}, "Arguments of what `name` names.")


COMPONENT_KEYS = tuple(Component.model_fields)


@dataclass(frozen=True, slots=True)
class Builtin:
    """A registered part: where its class is and where the model of its arguments is, as `module:name`."""

    target: str
    args: str

    def args_model(self) -> type[StrictModel]:
        """The model of the arguments; imports Pydantic models only, never torch."""
        module, _, name = self.args.partition(":")
        model: type[StrictModel] = getattr(import_module(module), name)
        return model


@dataclass(frozen=True, slots=True)
class ClassTable:
    """Classes of Lightning's: where they live, the models of those that a file can write, and why not the others.

    `not_in_yaml`: by class, the arguments that a file cannot write, with the reason.
    """

    package: str = ""
    models: Mapping[str, type[StrictModel]] = field(default_factory=dict)
    unusable: Mapping[str, str] = field(default_factory=dict)
    not_in_yaml: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@cache
def lightnings(table: str) -> ClassTable:
    """What is known of Lightning's `callbacks` or `profilers`; nothing of other tables (`loggers`, `plugins`, …)."""
    if table not in ("callbacks", "profilers"):
        return ClassTable()
    module = import_module(f"vibench.schemas.{table}")
    models = getattr(module, table.upper())
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
            "vibench.phm.classification:Classification", "vibench.phm.settings:ClassificationArgs"
        ),
    },
}
