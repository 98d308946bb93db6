"""A validated experiment becomes a plan: the Trainer's arguments, callbacks and loggers. Pure: no torch, no machine.

Every argument of the Trainer is in the plan, also where it is Lightning's default: an argument that is not passed
could be filled from a `PL_TRAINER_…` variable. What a setting `feeds` is copied in a loop; what several settings
make together has a function in `DERIVED`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from vibench.schemas import resolve
from vibench.schemas.base import DurationParts, setting_of
from vibench.schemas.checkpoint_names import default_filename, names_values
from vibench.schemas.components import Component, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.loggers import SwanlabSettings, TensorboardSettings, WandbSettings
from vibench.schemas.trainer import (
    CheckpointArgs,
    EarlyStoppingSettings,
    LearningRateFinderSettings,
    PruningSettings,
    TrainerArgs,
)
from vibench.schemas.world import ALONE, World
from vibench.trainer_factory.identity import Identity

PL = "pytorch_lightning"
OURS = "vibench.trainer_factory"


@dataclass(frozen=True)
class Part:
    """An object to build: a class (or a function that makes one) and its arguments.

    `yields_to`: the class of Lightning's that a callback gives way to, where the user lists one of its kind.
    """

    class_path: str
    init_args: dict[str, Any]
    yields_to: str = ""

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.class_path.rpartition(".")[2]


@dataclass(frozen=True)
class Plan:
    """What would be built. `trainer` may hold parts as values (strategy, profiler, plugins)."""

    trainer: dict[str, Any]
    callbacks: list[Part]
    loggers: list[Part]
    run_dir: str
    tuner: dict[str, Any] | None = None
    resume: dict[str, Any] | None = None


def plan(experiment: Experiment, path: str, identity: Identity | None = None, world: World = ALONE) -> Plan:
    """What a run of `experiment` below the folder `path` consists of.

    `identity` is how loggers know it; `world` how the process stands among those that a launcher started.
    """
    args = experiment.trainer.args
    trainer = feeding(args, "Trainer", TrainerArgs.model_fields)
    trainer.update({name: derive(args, path) for name, derive in DERIVED.items()})
    if trainer["devices"] == "auto" and world.local_size is not None:
        trainer["devices"] = world.local_size  # Lightning alone would train one world for each process
    trainer["default_root_dir"] = path
    if args.barebones:
        trainer.update(BAREBONES)
        return Plan(trainer, [*_activations(args), *_users(args)], [], path, _tuner(args), _resume(args))
    identity = identity or Identity(experiment.environment.name or PurePath(path).name)
    loggers = _loggers(experiment.environment, path, identity)
    return Plan(trainer, _callbacks(experiment, path), loggers, path, _tuner(args), _resume(args))


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


def feeding(model: BaseModel, target: str, names: Any, *, written: bool = False) -> dict[str, Any]:
    """The arguments of `target` that the settings of a model feed; only the written ones if asked."""
    arguments = {}
    for name in names:
        owner, _, argument = setting_of(type(model), name).feeds.partition(".")
        if owner == target and (not written or name in model.model_fields_set):
            arguments[argument] = taken(model, name)
    return arguments


def taken(model: BaseModel, name: str) -> Any:
    """A setting as Lightning takes it."""
    value = getattr(model, name)
    becomes = setting_of(type(model), name).becomes
    if becomes == "timedelta" and value is not None:
        return timedelta(seconds=resolve.seconds(value))
    if becomes == "epochs" and isinstance(value, dict):
        return {int(epoch): factor for epoch, factor in value.items()}
    if becomes and isinstance(value, BaseModel):
        return Part(becomes, {key: taken(value, key) for key in sorted(value.model_fields_set)})
    if isinstance(value, DurationParts):
        return value.model_dump(exclude_defaults=True) or {"seconds": 0}
    return value


# ---- arguments that several settings make together


def _precision(args: TrainerArgs, path: str) -> str:
    asked = str(args.precision or ("16-mixed" if args.mixed_precision else "32-true"))
    full = {"16": "16-mixed", "32": "32-true", "64": "64-true", "bf16": "bf16-mixed"}.get(asked, asked)
    return "bf16-mixed" if full == "16-mixed" and resolve.accelerator(args) == "cpu" else full


_START_METHODS = {"ddp_spawn": "spawn", "ddp_fork": "fork", "ddp_notebook": "fork"}


def _strategy(args: TrainerArgs, path: str) -> str | Part:
    """A name of Lightning's registry, or DDP with its arguments written out."""
    if isinstance(args.strategy, Component):
        return part_of(args.strategy, "strategies")
    if args.find_unused_parameters is None and args.ddp_timeout is None:
        return args.strategy
    base, _, unused = args.strategy.partition("_find_unused_parameters_")
    arguments: dict[str, Any] = {"start_method": _START_METHODS.get(base, "popen")}
    if unused or args.find_unused_parameters is not None:
        arguments["find_unused_parameters"] = bool(args.find_unused_parameters or unused == "true")
    if args.ddp_timeout is not None:
        arguments["timeout"] = timedelta(seconds=args.ddp_timeout)
    return Part(f"{PL}.strategies.DDPStrategy", arguments)


_PROFILERS = {"simple": "SimpleProfiler", "advanced": "AdvancedProfiler", "pytorch": "PyTorchProfiler"}


def _profiler(args: TrainerArgs, path: str) -> str | Part | None:
    """The profiler, its report below the run."""
    if isinstance(args.profiler, Component):
        part = part_of(args.profiler, "profilers")
        if part.name not in _PROFILERS.values():
            return part
        return Part(part.class_path, {"dirpath": f"{path}/profiler", "filename": "report", **part.init_args})
    if args.profiler in _PROFILERS:
        report = {"dirpath": f"{path}/profiler", "filename": args.profiler}
        return Part(f"{PL}.profilers.{_PROFILERS[args.profiler]}", report)
    return args.profiler


def _accumulation(args: TrainerArgs, path: str) -> int:
    return args.accumulate_grad_batches if isinstance(args.accumulate_grad_batches, int) else 1


_SHARDED = ("fsdp", "deepspeed", "xla", "single_xla", "single_tpu")  # these write checkpoints in ways of their own


def _plugins(args: TrainerArgs, path: str) -> list[Part] | None:
    """The user's own, and checkpoints that appear whole, unless a plugin or strategy writes them itself."""
    users = [part_of(component, "plugins") for component in args.plugins]
    writes = isinstance(args.strategy, Component) or args.strategy.startswith(_SHARDED)
    if not writes and not any(part.name.endswith("CheckpointIO") for part in users):
        users.append(Part(f"{OURS}.checkpoint_io.AtomicCheckpointIO", {}))
    return users or None


Derivation = Callable[[TrainerArgs, str], Any]
DERIVED: dict[str, Derivation] = {
    "max_epochs": lambda args, path: resolve.epochs(args),
    "accelerator": lambda args, path: resolve.accelerator(args),
    "devices": lambda args, path: resolve.devices(args),
    "strategy": _strategy,
    "precision": _precision,
    "accumulate_grad_batches": _accumulation,
    "profiler": _profiler,
    "plugins": _plugins,
    "enable_checkpointing": lambda args, path: args.enable_checkpointing,
    "enable_progress_bar": lambda args, path: args.enable_progress_bar,
}
# What `barebones` wants switched off; a rule has refused what was written against it.
BAREBONES: dict[str, Any] = {
    **dict.fromkeys(("enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False),
    **dict.fromkeys(("fast_dev_run", "detect_anomaly"), False),
    **dict.fromkeys(("log_every_n_steps", "num_sanity_val_steps"), 0),
    "profiler": None,
}


# ---- what comes before the fit


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


# ---- callbacks


def _callbacks(experiment: Experiment, path: str) -> list[Part]:
    """Those that vibench makes, and the user's; a class that only its descent shows to be of a kind is met in build."""
    args = experiment.trainer.args
    users = _users(args)
    made = [*_checkpoints(args, path), *_early_stopping(args), *_schedules(args), _watch(experiment), *_displays(args)]
    made += [*_pruning(args), *_activations(args)]  # after the summary, which shows the network as it was built
    return [part for part in made if not _given(part.yields_to, users)] + users


def _given(kind: str, users: list[Part]) -> bool:
    return bool(kind) and any(part.name.endswith(kind) for part in users)


def _displays(args: TrainerArgs) -> Iterator[Part]:
    """What shows the training, unless the user lists another of its kind."""
    yield Part(f"{OURS}.callbacks.learning_rate.LearningRateMonitor", {}, "LearningRateMonitor")
    if args.log_gpu_memory:
        yield Part(f"{PL}.callbacks.DeviceStatsMonitor", {}, "DeviceStatsMonitor")
    if args.enable_model_summary:  # the rich one, Lightning's choice, fills standard output
        yield Part(f"{PL}.callbacks.ModelSummary", {}, "ModelSummary")
    if args.enable_progress_bar:
        yield Part(f"{OURS}.callbacks.progress.progress_bar", {"kind": args.progress_bar}, "ProgressBar")


def _users(args: TrainerArgs) -> list[Part]:
    return [part_of(component, "callbacks") for component in args.callbacks]


def _checkpoints(args: TrainerArgs, path: str) -> list[Part]:
    """The best k after validation, and `last.ckpt` between two batches."""
    if not args.enable_checkpointing:
        return []
    folder = f"{path}/checkpoints"
    monitor, mode = resolve.watched(args, "checkpoint")
    arguments = feeding(args, "ModelCheckpoint", CheckpointArgs.model_fields)
    filename = args.filename or default_filename(monitor)
    arguments |= {
        "dirpath": folder,
        "filename": filename,
        "monitor": monitor if args.save_top_k != 0 else None,
        "assumed": monitor in _assumed(args),
        "mode": mode or "min",
        "auto_insert_metric_name": names_values(args.filename, args.auto_insert_metric_name),
    }
    if args.save_last == "link":
        return [Part(f"{OURS}.callbacks.monitor.ModelCheckpoint", arguments)]
    intervals = feeding(args, "LastCheckpoint", CheckpointArgs.model_fields, written=True)
    last = {"dirpath": folder, "write": args.save_last, "save_weights_only": args.save_weights_only, **intervals}
    if args.every_n_epochs is not None:
        last["every_n_epochs"] = args.every_n_epochs
    arguments["save_last"] = False
    return [
        Part(f"{OURS}.callbacks.monitor.ModelCheckpoint", arguments),
        Part(f"{OURS}.callbacks.last.LastCheckpoint", last),
    ]


def _assumed(args: TrainerArgs) -> tuple[str, ...]:
    """The default metric, where nobody wrote it and only checkpoints watch it."""
    if "monitor_metric" in args.model_fields_set or args.early_stopping or args.checkpoint.monitor:
        return ()
    return (args.monitor_metric,)


_LOADING = ("num_workers", "persistent_workers", "pin_memory", "prefetch_factor", "batch_size")


def _watch(experiment: Experiment) -> Part:
    """What goes wrong in silence, and the settings that decide how fast data is loaded."""
    data = experiment.data or {}
    key = "init_args" if "class_path" in data else "args"
    written = data.get(key) or {}
    values = [f"data.{key}.{name} = {written[name]}" for name in _LOADING if name in written]
    if "num_workers" not in written:
        values.insert(0, f"data.{key}.num_workers is not written")
    return Part(
        f"{OURS}.callbacks.watch.Watch", {"assumed": _assumed(experiment.trainer.args), "settings": ", ".join(values)}
    )


def _early_stopping(args: TrainerArgs) -> list[Part]:
    own = resolve.early_stopping(args)
    if own is None:
        return []
    monitor, mode = resolve.watched(args, "early_stopping")
    arguments = {
        "monitor": monitor,
        "mode": mode or "min",
        **feeding(args, "EarlyStopping", ("patience", "min_delta")),
        **feeding(own, "EarlyStopping", EarlyStoppingSettings.model_fields),
    }
    return [Part(f"{PL}.callbacks.EarlyStopping", arguments)]


def _schedules(args: TrainerArgs) -> list[Part]:
    if isinstance(args.accumulate_grad_batches, int):
        return []
    scheduling = taken(args, "accumulate_grad_batches")
    return [Part(f"{PL}.callbacks.GradientAccumulationScheduler", {"scheduling": scheduling})]


def _pruning(args: TrainerArgs) -> list[Part]:
    own = resolve.pruning(args)
    if own is None:
        return []
    arguments = {
        **feeding(args, "ModelPruning", ("pruning_method",)),
        "amount": resolve.pruning_amount(args),
        **feeding(own, "ModelPruning", PruningSettings.model_fields),
        "use_global_unstructured": resolve.prunes_globally(args, own),
    }
    return [Part(f"{OURS}.callbacks.pruning.ModelPruning", arguments)]


def _activations(args: TrainerArgs) -> list[Part]:
    if args.gradient_checkpointing is False:
        return []
    arguments = {"modules": resolve.checkpointed_modules(args)}
    return [Part(f"{OURS}.callbacks.activation_checkpointing.ActivationCheckpointing", arguments)]


# ---- loggers


def _loggers(environment: EnvironmentArgs, path: str, identity: Identity) -> list[Part]:
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
    return parts + [part_of(component, "loggers") for component in environment.loggers]


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


# ---- the user's own parts


def part_of(component: Component, table: str) -> Part:
    """A component as a part: short names resolved, arguments of Lightning's own classes as Lightning takes them."""
    package = lightnings(table).package
    class_path = component.class_path or f"{package}{component.name}"
    arguments = component.init_args if component.class_path else component.args
    name = class_path.rpartition(".")[2]
    if package and class_path.startswith(package):
        arguments = _as_lightning_takes(table, name, arguments)
    elif table == "strategies" and isinstance(arguments.get("timeout"), int | float):
        arguments = {**arguments, "timeout": timedelta(seconds=arguments["timeout"])}
    return Part(class_path, arguments)


def _as_lightning_takes(table: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that went through the model of a class."""
    from json import dumps

    model = lightnings(table).models[name].model_validate_json(dumps(arguments))
    return {key: taken(model, key) for key in arguments}
