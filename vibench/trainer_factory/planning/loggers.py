"""The loggers of a plan."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.loggers import SwanlabSettings, TensorboardSettings, WandbSettings
from vibench.trainer_factory.identity import Identity
from vibench.trainer_factory.planning.parts import OURS, PL, Part, feeding, part_of, placed


def loggers_of(environment: EnvironmentArgs, path: str, identity: Identity) -> list[Part]:
    """CSV always and first, so that Lightning's own files go beside it."""
    parts = [Part(f"{OURS}.loggers.csv.CSVLogger", {"save_dir": path, "name": "logs"})]
    if identity.step is not None:
        parts[0].init_args["resume"] = True
    if environment.tensorboard:
        place: dict[str, Any] = {"save_dir": path, "name": "tensorboard", "version": ""}
        if identity.step is not None:
            place["purge_step"] = identity.step
        own = _own(environment.tensorboard, "TensorBoardLogger", TensorboardSettings)
        parts.append(Part(f"{PL}.loggers.TensorBoardLogger", {**place, **own}))
    if environment.wandb:
        shared = _shared(environment, identity, "wandb", name="name", notes="notes")
        own = _own(environment.wandb, "WandbLogger", WandbSettings)
        parts.append(Part(f"{OURS}.loggers.wandb.WandbLogger", {"save_dir": path, **shared, **own}))
    if environment.swanlab:
        shared = _shared(environment, identity, "swanlab", name="experiment_name", notes="description")
        workspace = feeding(environment, "SwanLabLogger", ("workspace",), written=True)
        own = _own(environment.swanlab, "SwanLabLogger", SwanlabSettings)
        parts.append(Part(f"{OURS}.loggers.swanlab.SwanLabLogger", {"save_dir": path, **shared, **workspace, **own}))
    users = [part_of(component, "loggers") for component in environment.loggers]
    return parts + placed(users, "environment.loggers")


def _own(settings: bool | BaseModel, target: str, model: type[BaseModel]) -> dict[str, Any]:
    """The arguments of a logger that its own settings write."""
    return feeding(settings, target, model.model_fields, written=True) if isinstance(settings, BaseModel) else {}


def _shared(environment: EnvironmentArgs, identity: Identity, service: str, *, name: str, notes: str) -> dict[str, Any]:
    """What the services are told of every run, under their names for it; nothing where there is nothing to tell."""
    told = {
        "project": environment.project,
        name: identity.name,
        "group": identity.group,
        notes: environment.notes or None,
        "tags": environment.tags or None,
        "id": identity.ids.get(service),
    }
    return {key: value for key, value in told.items() if value is not None}
