"""A validated experiment becomes a plan: the Trainer's arguments, callbacks and loggers. Pure: no torch, no machine.

Every argument of the Trainer is in the plan, also where it is Lightning's default: an argument that is not passed
could be filled from a `PL_TRAINER_…` variable. What a setting `feeds` is copied in a loop; what several settings
make together has a function in `DERIVED`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import LearningRateFinderSettings, TrainerArgs
from vibench.schemas.world import ALONE, World
from vibench.trainer_factory.identity import Identity
from vibench.trainer_factory.planning.callbacks import activations, callbacks_of, users_callbacks
from vibench.trainer_factory.planning.loggers import loggers_of
from vibench.trainer_factory.planning.parts import NONE_NAMED, PL, Named, Part, feeding
from vibench.trainer_factory.planning.trainer import BAREBONES, DERIVED


@dataclass(frozen=True)
class Plan:
    """What would be built. `trainer` may hold parts as values (strategy, profiler, plugins)."""

    trainer: dict[str, Any]
    callbacks: list[Part]
    loggers: list[Part]
    run_dir: str
    tuner: dict[str, Any] | None = None
    resume: dict[str, Any] | None = None


def plan(
    experiment: Experiment,
    path: str,
    identity: Identity | None = None,
    named: Named = NONE_NAMED,
    world: World = ALONE,
) -> Plan:
    """What a run of `experiment` below the folder `path` consists of.

    `identity` is how loggers know it, `named` the registered parts that it names, `world` how the process stands
    among those that a launcher started.
    """
    args = experiment.trainer.args
    trainer = feeding(args, "Trainer", TrainerArgs.model_fields)
    trainer.update({name: derive(args, path) for name, derive in DERIVED.items()})
    if trainer["devices"] == "auto" and world.local_size is not None:
        trainer["devices"] = world.local_size  # Lightning alone would train one world for each process
    trainer["default_root_dir"] = path
    if args.barebones:
        trainer.update(BAREBONES)
        return Plan(trainer, [*activations(args), *users_callbacks(args, named)], [], path, _tuner(args), _resume(args))
    identity = identity or Identity(experiment.environment.name or PurePath(path).name)
    loggers = loggers_of(experiment.environment, path, identity)
    return Plan(trainer, callbacks_of(experiment, path, named), loggers, path, _tuner(args), _resume(args))


def with_finders(planned: Plan) -> Plan:
    """The same plan with Lightning's callbacks in place of the tuner: for a Trainer that someone else fits."""
    wanted, finders = planned.tuner or {}, []
    if "batch_size" in wanted:
        finders.append(Part(f"{PL}.callbacks.BatchSizeFinder", wanted["batch_size"]))
    if "lr_find" in wanted:
        search = dict(wanted["lr_find"])
        search["num_training_steps"] = search.pop("num_training")
        finders.append(Part(f"{PL}.callbacks.LearningRateFinder", search))
    return replace(planned, callbacks=[*finders, *planned.callbacks])


def _tuner(args: TrainerArgs) -> dict[str, Any] | None:
    """Arguments of the Tuner's methods."""
    wanted: dict[str, Any] = {}
    if args.auto_scale_batch_size:
        wanted["batch_size"] = {"mode": "power" if args.auto_scale_batch_size is True else args.auto_scale_batch_size}
    if args.auto_lr_find:
        settings = args.auto_lr_find
        search = settings if isinstance(settings, LearningRateFinderSettings) else LearningRateFinderSettings()
        wanted["lr_find"] = search.model_dump()
    return wanted or None


def _resume(args: TrainerArgs) -> dict[str, Any] | None:
    if args.resume_from_checkpoint is not None:
        return {"checkpoint": args.resume_from_checkpoint}
    return {"newest_unfinished": True} if args.auto_resume else None
