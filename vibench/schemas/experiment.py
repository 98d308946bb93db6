"""The root of a config file."""

from typing import Annotated, Any

from pydantic import StringConstraints

from vibench.schemas.base import Expects, StrictModel, setting
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.trainer import TrainerArgs

DEFAULT_TRAINER = "Default_trainer"
# Custom trainers by name; `register_trainer` fills it.
REGISTERED_TRAINERS: dict[str, Any] = {}
# Sections of other frameworks that may stand in the same file; nothing here reads them.
FOREIGN_SECTIONS = dict.fromkeys(("pipeline", "stages", "training", "evaluation"), "PHM-Vibench's own pipelines")

TrainerName = Annotated[
    str,
    StringConstraints(pattern=r"^\w[\w.-]*(:\w+)?$"),
    Expects("a registered trainer, or `package.module:function`"),
]
ModuleName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$"), Expects("the dotted name of a module")
]


class TrainerSection(StrictModel):
    """`trainer`: which trainer, and its settings."""

    name: TrainerName = setting(DEFAULT_TRAINER, "A registered trainer, or `package.module:function`.")
    args: TrainerArgs = setting(
        TrainerArgs.model_construct(), "Settings of the trainer; they may also stand beside `name`."
    )


class Experiment(StrictModel):
    """A whole config file."""

    environment: EnvironmentArgs = setting(
        EnvironmentArgs.model_construct(), "Where and under what name the experiment runs, and who is told about it."
    )
    data: dict[str, Any] | None = setting(None, "The data: a LightningDataModule.")
    model: dict[str, Any] | None = setting(None, "The network: a torch module, or a LightningModule.")
    task: dict[str, Any] | None = setting(None, "What is learnt: a LightningModule that takes the model.")
    trainer: TrainerSection = setting(TrainerSection.model_construct(), "How it is trained.")
    imports: list[ModuleName] = setting([], "Modules to import first: they register trainers and parts.")
    base_configs: dict[str, str] | list[str] = setting([], "Files this one is laid over.")
