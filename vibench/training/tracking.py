"""What the loggers are told of a run beside its metrics, and how their runs end.

Every logger gets the whole config as hyper-parameters when `fit` begins (TensorBoard the tuned values alone beside
Lightning's own: its page of them is made for a flat few), and path and digest of the best and last checkpoint when it
ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger

from vibench.config.load import Config
from vibench.config.parts import SECTIONS, is_built_in
from vibench.files import write_json
from vibench.schemas.components import BUILTINS, Kind
from vibench.trainer_factory.callbacks.hooks import without_idle_hooks
from vibench.trainer_factory.identity import RUN_IDS
from vibench.trainer_factory.loggers.runs import TrackedRun
from vibench.training.changes import is_secret
from vibench.training.run import say


@contextmanager
def tracked(trainer: pl.Trainer, config: Config, folder: Path, facts: dict[str, Any]) -> Iterator[None]:
    """Tell the loggers of `trainer` about the run while the block trains and tests; end their runs with the block.

    `facts`: what they are told beside the config, as `run`: the seed, values that a tuner found, ….

    A run ends as failed, or as stopped, when the block does. Where it can be seen is said at the end, the address of
    an online one at the beginning too.
    """
    teller = without_idle_hooks(Teller(hyperparameters(config, facts), folder))
    trainer.callbacks.insert(0, teller)  # type: ignore[attr-defined]
    try:
        yield
    except BaseException:
        for logger in trainer.loggers:
            logger.finalize("failed")
        raise
    finally:
        for run in _runs(trainer):
            _say_place(run)
            run.finish()


class Teller(pl.Callback):
    """Tells the loggers the hyper-parameters when `fit` begins, and the checkpoints' versions when it ends."""

    def __init__(self, hyperparameters: dict[str, Any], folder: Path) -> None:
        self.hyperparameters = hyperparameters
        self.folder = folder

    def setup(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        """Log the hyper-parameters; leave the ids of the runs beside the run."""
        if stage != "fit" or not trainer.is_global_zero:
            return
        for logger in _told(trainer):
            logger.log_hyperparams(self.hyperparameters)
        tuned = self.hyperparameters["run"].get("tuned")
        for board in trainer.loggers if tuned else ():
            if isinstance(board, TensorBoardLogger):
                board.log_hyperparams(tuned)
        ids = {run.service: run.run_id for run in _runs(trainer) if run.place}
        if ids:
            write_json(self.folder / RUN_IDS, ids)
        for run in _runs(trainer):
            if run.place.startswith("http"):
                _say_place(run)  # to be followed from now on

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Log the versions of the checkpoints."""
        self._log_checkpoints(trainer)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        """Log the versions of the checkpoints that there are."""
        self._log_checkpoints(trainer)

    def _log_checkpoints(self, trainer: pl.Trainer) -> None:
        others = [logger for logger in _told(trainer) if not isinstance(logger, CSVLogger)]
        if others and trainer.is_global_zero:
            versions = checkpoint_versions(trainer)
            for logger in others if versions else ():
                logger.log_hyperparams({"checkpoints": versions})


def _told(trainer: pl.Trainer) -> list[Logger]:
    return [logger for logger in trainer.loggers if not isinstance(logger, TensorBoardLogger)]


def _runs(trainer: pl.Trainer) -> list[TrackedRun]:
    return [logger for logger in trainer.loggers if isinstance(logger, TrackedRun)]


def _say_place(run: TrackedRun) -> None:
    if run.place:
        say(f"{run.service}: {run.place}")


def hyperparameters(config: Config, facts: dict[str, Any]) -> dict[str, Any]:
    """Every setting of a config, nested as in the file, without secrets; and the facts of the run."""
    values = config.experiment.model_dump(mode="json", exclude={"base_configs"})
    values["environment"]["name"] = config.name
    values["trainer"]["args"].update(config.own)
    values.update({kind: _with_defaults(kind, values[kind]) for kind in SECTIONS if values[kind]})
    cleaned: dict[str, Any] = without_secrets(values)
    return {**cleaned, "run": facts}


def _with_defaults(kind: Kind, section: dict[str, Any]) -> dict[str, Any]:
    """A section that names a registered part, with the arguments that are not written."""
    if not is_built_in(kind, section):
        return section
    written = {key: value for key, value in (section.get("args") or {}).items() if value is not None}
    args = BUILTINS[kind][section["name"]].args_model().model_validate_json(dumps(written))
    return {**section, "args": args.model_dump(mode="json")}


def without_secrets(value: Any) -> Any:
    """A tree without the keys that are named like secrets."""
    if isinstance(value, dict):
        return {key: without_secrets(inner) for key, inner in value.items() if not is_secret(key, inner)}
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def checkpoint_versions(trainer: pl.Trainer) -> dict[str, dict[str, Any]]:
    """`best` and `last`: path and SHA-256 of each checkpoint that was kept; a sharded one is a folder without."""
    best = getattr(trainer.checkpoint_callback, "best_model_path", "")
    last = [getattr(callback, "last_model_path", "") for callback in trainer.checkpoint_callbacks]
    found = {"best": best, "last": next((path for path in reversed(last) if path), "")}
    return {name: _version(Path(path)) for name, path in found.items() if path and Path(path).exists()}


def _version(path: Path) -> dict[str, Any]:
    if path.is_dir():
        return {"path": str(path)}
    with path.open("rb") as file:
        return {"path": str(path), "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
