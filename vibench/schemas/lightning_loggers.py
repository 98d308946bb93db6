"""Lightning's loggers as models: the arguments of each class that `environment.loggers` can write.

Those that `environment` has a key for are named there: their runs have names, places and ends that a list has not.
"""

from __future__ import annotations

from typing import Any

from vibench.schemas.base import Int, NonEmpty, PositiveInt, StrictModel, setting
from vibench.schemas.choices import AllCheckpoints, CometMode


class CSVLogger(StrictModel):
    """A second CSV log, in a folder of its own."""

    save_dir: NonEmpty = setting(..., "Folder of the log.")
    name: str | None = setting("lightning_logs", "Folder below it.")
    version: Int | NonEmpty | None = setting(None, "Folder below that; `version_0`, … by default.")
    prefix: str = setting("", "Put in front of every metric's name.")
    flush_logs_every_n_steps: PositiveInt = setting(100, "Logged steps after which the file is written.")


class MLFlowLogger(StrictModel):
    """A run of MLflow."""

    experiment_name: NonEmpty = setting("lightning_logs", "Name of the experiment.")
    run_name: NonEmpty | None = setting(None, "Name of the run.")
    tracking_uri: NonEmpty | None = setting(None, "Address of the server; `MLFLOW_TRACKING_URI` by default.")
    tags: dict[str, Any] | None = setting(None, "Labels of the experiment, as keys with values.")
    save_dir: NonEmpty | None = setting("./mlruns", "Folder of the runs, where there is no server.")
    log_model: bool | AllCheckpoints = setting(
        False, "Keep checkpoints as artifacts: at the end, or (`all`) whenever one is saved."
    )
    prefix: str = setting("", "Put in front of every metric's name.")
    artifact_location: NonEmpty | None = setting(None, "Where the artifacts of a new experiment are kept.")
    run_id: NonEmpty | None = setting(None, "Id of a run to go on with.")
    synchronous: bool | None = setting(None, "Wait until each value is kept.")


class CometLogger(StrictModel):
    """An experiment of Comet."""

    workspace: NonEmpty | None = setting(None, "Workspace of the project.")
    project: NonEmpty | None = setting(None, "Project of the experiment.")
    experiment_key: NonEmpty | None = setting(None, "Key of an experiment to go on with.")
    mode: CometMode | None = setting(None, "What to do where an experiment of that key exists.")
    online: bool | None = setting(None, "Send at once, or keep in files to be sent later.")
    prefix: str | None = setting(None, "Put in front of every metric's name.")


class LitLogger(StrictModel):
    """An experiment of Lightning AI."""

    root_dir: NonEmpty | None = setting(None, "Folder of the logs.")
    name: NonEmpty | None = setting(None, "Name of the experiment.")
    teamspace: NonEmpty | None = setting(None, "Teamspace that the experiment is shown in.")
    metadata: dict[str, str] | None = setting(None, "Labels of the experiment, as keys with values.")
    store_step: bool = setting(True, "Keep the step with each value.")
    log_model: bool = setting(False, "Send checkpoints.")
    save_logs: bool = setting(True, "Send what is printed.")
    checkpoint_name: NonEmpty | None = setting(None, "Name of the checkpoints.")


LIGHTNING_LOGGERS: dict[str, type[StrictModel]] = {
    model.__name__: model for model in (CSVLogger, MLFlowLogger, CometLogger, LitLogger)
}
UNUSABLE: dict[str, str] = {
    "Logger": "`Logger` is a base for loggers of one's own: name your subclass of it",
    "TensorBoardLogger": "write `tensorboard: true`, or its settings, in `environment`",
    "WandbLogger": "write `wandb: true`, or its settings, in `environment`: it never asks and never waits long",
}
NOT_IN_YAML: dict[str, dict[str, str]] = {
    "CometLogger": {
        "api_key": "it is a secret: set COMET_API_KEY in the shell",
        "kwargs": "those of Comet's own configuration are read from `.comet.config`",
    },
}
