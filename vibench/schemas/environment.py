"""`environment`: where and under what name an experiment runs, and who is told about it."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from vibench.schemas.base import Expects, NonEmpty, PositiveInt, Shape, StrictModel, Whole, setting
from vibench.schemas.components import Component
from vibench.schemas.loggers import SwanlabSettings, SwanlabWorkspace, TensorboardSettings, WandbSettings

UPPER_CASE = r"^[A-Z][A-Z0-9_]*$"
Seed = Annotated[int, Field(ge=0, le=2**32 - 1), Whole, Expects("an integer from 0 to 4294967295")]
RUN_NAME = r"^[^/\\\x00-\x1f]*[^/\\\x00-\x1f.][^/\\\x00-\x1f]*$"
RunName = Annotated[
    str,
    StringConstraints(pattern=RUN_NAME),
    Expects("a name that can be a folder (no slashes)"),
]


def _true(value: bool) -> bool:
    if not value:
        raise ValueError("always on")
    return value


AlwaysOn = Annotated[
    bool, AfterValidator(_true), Expects("true (the CSV log is always written)"), Shape('{"const": true}')
]


class EnvironmentArgs(StrictModel, extra="allow"):
    """Everything `environment` may hold; UPPER_CASE keys are exported to the process environment."""

    __pydantic_extra__: dict[Annotated[str, Field(pattern=UPPER_CASE)], str | int | float | bool]

    project: NonEmpty = setting("vibench", "Name of the experiment; the project at W&B and SwanLab.")
    name: RunName | None = setting(None, "Name of the run and its folder; the file's own name where it is not written.")
    seed: Seed = setting(42, "Seed of every random generator; iteration i uses seed + i.", changes_result=True)
    iterations: PositiveInt = setting(
        1, "Repeats of the experiment with seeds seed, seed + 1, …; results are their mean."
    )
    output_dir: NonEmpty = setting("results", "Root of all files written.")
    notes: str | None = setting(None, "A remark kept with the run.")
    tags: list[NonEmpty] = setting([], "Labels kept with the run.")
    csv: AlwaysOn = setting(True, "The log of metrics as CSV; always written.")
    wandb: bool | WandbSettings = setting(False, "Log to Weights & Biases.", expands=("mode", "group"))
    swanlab: bool | SwanlabSettings = setting(False, "Log to SwanLab.", expands=("mode", "group"))
    tensorboard: bool | TensorboardSettings = setting(False, "Write TensorBoard files beside the CSV log.")
    loggers: list[Component] = setting(
        [],
        "Any other Lightning loggers, as classes.",
        example=[{"class_path": "pytorch_lightning.loggers.MLFlowLogger"}],
    )
    workspace: SwanlabWorkspace | None = setting(None, "SwanLab workspace.", feeds="SwanLabLogger.workspace")

    @property
    def variables(self) -> dict[str, Any]:
        """The UPPER_CASE keys: what is exported to the process environment."""
        return dict(self.__pydantic_extra__ or {})
