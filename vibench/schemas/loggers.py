"""The loggers of `environment` as models. What the run itself decides (folders, names, project) is not repeated."""

from typing import Annotated, Any

from pydantic import Field

from vibench.schemas.base import Expects, NaturalInt, NonEmpty, PositiveFloat, PositiveInt, StrictModel, setting
from vibench.schemas.choices import AllCheckpoints, FilePolicy, SwanlabMode, SwanlabResume, WandbMode, WandbResume

SubFolder = Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*$"), Expects("a folder below the run (a relative path)")]
Scalars = dict[str, Any]
HexColor = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#1f77b4"]), Expects("a colour `#RRGGBB`")]
SwanlabProject = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=r"^[0-9a-zA-Z_\-+.]+$"),
    Expects("a name of SwanLab's (up to 100 Latin letters, digits, `_`, `-`, `+`, `.`)"),
]
SwanlabWorkspace = Annotated[
    str,
    Field(min_length=1, max_length=25, pattern=r"^[0-9a-zA-Z_\-]+$"),
    Expects("a workspace of SwanLab's (up to 25 Latin letters, digits, `_`, `-`)"),
]


class TensorboardSettings(StrictModel):
    """Arguments of Lightning's `TensorBoardLogger` and of torch's `SummaryWriter` behind it."""

    log_graph: bool = setting(
        False,
        "Write the graph of the model; it needs an `example_input_array` on the LightningModule.",
        feeds="TensorBoardLogger.log_graph",
    )
    default_hp_metric: bool = setting(
        True, "Log `hp_metric` -1 with the hyper-parameters.", feeds="TensorBoardLogger.default_hp_metric"
    )
    prefix: str = setting("", "Put in front of every metric's name.", feeds="TensorBoardLogger.prefix")
    sub_dir: SubFolder | None = setting(
        None, "Folder of the event files below `tensorboard`.", feeds="TensorBoardLogger.sub_dir"
    )
    max_queue: PositiveInt = setting(10, "Events kept before they are written.", feeds="TensorBoardLogger.max_queue")
    flush_secs: PositiveFloat = setting(
        120.0, "Seconds after which events are written.", feeds="TensorBoardLogger.flush_secs"
    )
    filename_suffix: str = setting(
        "", "Put behind the names of the event files.", feeds="TensorBoardLogger.filename_suffix"
    )
    purge_step: NaturalInt | None = setting(
        None, "Hide events from this step on, those of a run before.", feeds="TensorBoardLogger.purge_step"
    )


class WandbSettings(StrictModel):
    """Arguments of Lightning's `WandbLogger` and of `wandb.init` behind it."""

    project: NonEmpty | None = setting(
        None, "Project, where it is not `environment.project`.", feeds="WandbLogger.project"
    )
    entity: NonEmpty | None = setting(None, "User or team that owns the project.", feeds="WandbLogger.entity")
    name: NonEmpty | None = setting(None, "Name of the run, where it is not the run's own.", feeds="WandbLogger.name")
    group: NonEmpty | None = setting(None, "Group of runs that are shown together.", feeds="WandbLogger.group")
    job_type: NonEmpty | None = setting(None, "Kind of job, like `train`.", feeds="WandbLogger.job_type")
    tags: list[NonEmpty] | None = setting(
        None, "Labels, where they are not `environment.tags`.", feeds="WandbLogger.tags"
    )
    notes: str | None = setting(None, "A remark, where it is not `environment.notes`.", feeds="WandbLogger.notes")
    mode: WandbMode = setting(
        "online",
        "Send at once, keep in files to be sent later, or do nothing; `WANDB_MODE` says where it is not written.",
        feeds="WandbLogger.mode",
    )
    init_timeout: PositiveFloat = setting(
        20.0, "Seconds to wait for the server; without an answer the run is kept offline, with a warning.",
        feeds="WandbLogger.init_timeout",
    )  # fmt: skip
    log_model: bool | AllCheckpoints = setting(
        False, "Send checkpoints as artifacts: at the end, or (`all`) whenever one is saved.",
        feeds="WandbLogger.log_model",
    )  # fmt: skip
    prefix: str = setting("", "Put in front of every metric's name.", feeds="WandbLogger.prefix")
    checkpoint_name: NonEmpty | None = setting(
        None, "Name of the artifact of checkpoints.", feeds="WandbLogger.checkpoint_name"
    )
    add_file_policy: FilePolicy = setting(
        "mutable", "Copy checkpoints for the artifact, or take them as they are.", feeds="WandbLogger.add_file_policy"
    )
    id: NonEmpty | None = setting(None, "The run's id, to go on with one.", feeds="WandbLogger.id")
    resume: WandbResume | None = setting(None, "What to do where a run of that id exists.", feeds="WandbLogger.resume")
    save_code: bool | None = setting(None, "Keep the main script with the run.", feeds="WandbLogger.save_code")
    config: Scalars = setting({}, "Further values kept with the run.", feeds="WandbLogger.config")


class SwanlabSettings(StrictModel):
    """Arguments of `swanlab.init`."""

    project: SwanlabProject | None = setting(
        None, "Project, where it is not `environment.project`.", feeds="SwanLabLogger.project"
    )
    workspace: SwanlabWorkspace | None = setting(
        None, "User or team that owns the project.", feeds="SwanLabLogger.workspace"
    )
    experiment_name: NonEmpty | None = setting(
        None, "Name of the run, where it is not the run's own.", feeds="SwanLabLogger.experiment_name"
    )
    description: str | None = setting(
        None, "A remark, where it is not `environment.notes`.", feeds="SwanLabLogger.description"
    )
    tags: list[NonEmpty] | None = setting(
        None, "Labels, where they are not `environment.tags`.", feeds="SwanLabLogger.tags"
    )
    group: NonEmpty | None = setting(None, "Group of runs that are shown together.", feeds="SwanLabLogger.group")
    job_type: NonEmpty | None = setting(None, "Kind of job, like `train`.", feeds="SwanLabLogger.job_type")
    mode: SwanlabMode = setting(
        "cloud",
        "Send at once (`cloud`, which is `online`), show locally, keep in files to be sent later, or do nothing; "
        "`SWANLAB_MODE` says where it is not written.",
        feeds="SwanLabLogger.mode",
    )
    init_timeout: PositiveFloat = setting(
        20.0, "Seconds to wait for the server; without an answer the run is kept offline, with a warning.",
        feeds="SwanLabLogger.init_timeout",
    )  # fmt: skip
    prefix: str = setting("", "Put in front of every metric's name.", feeds="SwanLabLogger.prefix")
    public: bool | None = setting(None, "Let everybody see the project.", feeds="SwanLabLogger.public")
    id: NonEmpty | None = setting(None, "The run's id, to go on with one.", feeds="SwanLabLogger.id")
    resume: bool | SwanlabResume | None = setting(
        None, "What to do where a run of that id exists.", feeds="SwanLabLogger.resume"
    )
    color: HexColor | None = setting(None, "Colour of the run's curves, `#RRGGBB`.", feeds="SwanLabLogger.color")
    config: Scalars = setting({}, "Further values kept with the run.", feeds="SwanLabLogger.config")


# Lightning's loggers that need a package of their own, which is imported under this name.
PACKAGES = {
    "WandbLogger": "wandb",
    "MLFlowLogger": "mlflow",
    "CometLogger": "comet_ml",
    "LitLogger": "litlogger",
    "SwanLabLogger": "swanlab",
}
# Arguments of the loggers that no setting is named after, and where their content comes from.
NOT_IN_YAML: dict[str, dict[str, str]] = {
    "TensorBoardLogger": {
        "save_dir": "the run's own folder",
        "name": "`tensorboard` below it",
        "version": "none: a run has one",
        "kwargs": "those of `SummaryWriter` stand beside it",
        "log_dir": "the run's own folder",
        "comment": "torch reads it only where no folder is given",
    },
    "WandbLogger": {
        "save_dir": "the run's own folder",
        "dir": "the run's own folder",
        "version": "write `id`, which it is another name of",
        "offline": "write `mode: offline`",
        "anonymous": "W&B has removed it",
        "experiment": "an object: a run that was begun in Python",
        "kwargs": "those of `wandb.init` stand beside it",
    },
    "SwanLabLogger": {
        "save_dir": "the run's own folder",
        "log_dir": "`swanlog` below the run's own folder",
        "name": "write `experiment_name`, which it is another name of",
        "settings": "an object; SwanLab's own settings files and variables are read",
        "callbacks": "objects",
        "reinit": "a run has one",
        "parallel": "the first process keeps the run alone",
        "kwargs": "those of `swanlab.init` stand beside it",
    },
}
