"""A validated experiment becomes a plan: the Trainer's arguments, callbacks and loggers. Pure: no torch, no machine.

Every argument of the Trainer is in the plan, also where it is Lightning's default: an argument that is not passed
could be filled from a `PL_TRAINER_…` variable. What a setting `feeds` is copied in a loop; what several settings
make together has a function in `DERIVED`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from vibench.schemas import resolve
from vibench.schemas.base import DurationParts, setting_of
from vibench.schemas.checkpoint_names import default_filename, names_values
from vibench.schemas.components import Component, is_component, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.loggers import TensorboardSettings
from vibench.schemas.trainer import CheckpointArgs, EarlyStoppingSettings, TrainerArgs

if TYPE_CHECKING:
    from vibench.config.offers import Offer

Named = Mapping[tuple[str, str], "Offer"]
NONE_NAMED: Named = MappingProxyType({})
PL = "pytorch_lightning"
OURS = "vibench.trainer_factory"


@dataclass(frozen=True)
class Part:
    """An object to build: a class (or a function that makes one) and its arguments.

    `registered`: the table and the name that it was registered under, where the config names it so. `place`: where it
    stands in the config, if it does.
    """

    class_path: str
    init_args: dict[str, Any]
    registered: tuple[str, str] | None = None
    place: str = field(default="", compare=False)

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


def plan(experiment: Experiment, path: str, named: Named = NONE_NAMED) -> Plan:
    """What a run of `experiment` below the folder `path` consists of; `named`: the registered parts it names."""
    args = experiment.trainer.args
    trainer = feeding(args, "Trainer", TrainerArgs.model_fields)
    trainer.update({name: derive(args, path) for name, derive in DERIVED.items()})
    trainer["default_root_dir"] = path
    if args.barebones:
        trainer.update(BAREBONES)
        return Plan(trainer, _users(args, named), [], path)
    return Plan(trainer, _callbacks(args, path, named), _loggers(experiment.environment, path), path)


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


def _plugins(args: TrainerArgs, path: str) -> list[Part] | None:
    return [part_of(component, "plugins") for component in args.plugins] or None


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


# ---- callbacks


def _callbacks(args: TrainerArgs, path: str, named: Named) -> list[Part]:
    users = _users(args, named)
    names = {part.name for part in users}
    made = [*_checkpoints(args, path), *_early_stopping(args), *_schedules(args)]
    if "LearningRateMonitor" not in names:
        made.append(Part(f"{OURS}.callbacks.learning_rate.LearningRateMonitor", {}))
    if args.log_gpu_memory and "DeviceStatsMonitor" not in names:
        made.append(Part(f"{PL}.callbacks.DeviceStatsMonitor", {}))
    if args.enable_model_summary and not any(name.endswith("ModelSummary") for name in names):
        made.append(Part(f"{PL}.callbacks.ModelSummary", {}))  # the rich one, Lightning's choice, fills standard output
    if args.enable_progress_bar and not any(name.endswith("ProgressBar") for name in names):
        made.append(Part(f"{OURS}.callbacks.progress.progress_bar", {"kind": args.progress_bar}))
    return made + users


def _users(args: TrainerArgs, named: Named) -> list[Part]:
    parts = [part_of(component, "callbacks", named) for component in args.callbacks]
    return placed(parts, "trainer.args.callbacks")


def _checkpoints(args: TrainerArgs, path: str) -> list[Part]:
    """The best k after validation, and `last.ckpt` by steps or time where that is asked for."""
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
        "mode": mode or "min",
        "auto_insert_metric_name": names_values(args.filename, args.auto_insert_metric_name),
    }
    if args.every_n_train_steps is None and args.train_time_interval is None:
        return [Part(f"{PL}.callbacks.ModelCheckpoint", arguments)]
    intervals = feeding(args, "LastCheckpoint", CheckpointArgs.model_fields, written=True)
    last = {"dirpath": folder, "save_weights_only": args.save_weights_only, **intervals}
    arguments["save_last"] = False
    return [
        Part(f"{PL}.callbacks.ModelCheckpoint", arguments),
        Part(f"{OURS}.callbacks.last.LastCheckpoint", last),
    ]


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


# ---- loggers


def _loggers(environment: EnvironmentArgs, path: str) -> list[Part]:
    """CSV always and first, so that Lightning's own files go beside it."""
    parts = [Part(f"{OURS}.loggers.CSVLogger", {"save_dir": path, "name": "logs"})]
    if environment.tensorboard:
        own: dict[str, Any] = {}
        if isinstance(environment.tensorboard, TensorboardSettings):
            settings = environment.tensorboard
            own = feeding(settings, "TensorBoardLogger", type(settings).model_fields, written=True)
        place = {"save_dir": path, "name": "tensorboard", "version": ""}
        parts.append(Part(f"{PL}.loggers.TensorBoardLogger", {**place, **own}))
    users = [part_of(component, "loggers") for component in environment.loggers]
    return parts + placed(users, "environment.loggers")


# ---- the user's own parts


def placed(parts: list[Part], path: str) -> list[Part]:
    """Parts of a list in the config, each with its place there."""
    return [replace(part, place=f"{path}.{index}") for index, part in enumerate(parts)]


def part_of(component: Component, table: str, named: Named = NONE_NAMED) -> Part:
    """A component as a part: short names resolved, arguments of Lightning's own classes as Lightning takes them."""
    offer = named.get((table, component.name or ""))
    if offer is not None and offer.origin != "pytorch_lightning":
        return Part(offer.target or offer.name, parts_in(component.args), (table, offer.name))
    package = lightnings(table).package
    class_path = component.class_path or f"{package}{component.name}"
    arguments = component.init_args if component.class_path else component.args
    name = class_path.rpartition(".")[2]
    if package and class_path.startswith(package):
        arguments = _as_lightning_takes(table, name, arguments)
    elif table == "strategies" and isinstance(arguments.get("timeout"), int | float):
        arguments = {**arguments, "timeout": timedelta(seconds=arguments["timeout"])}
    return Part(class_path, parts_in(arguments))


def parts_in(value: Any) -> Any:
    """Arguments with the components inside them as parts."""
    if is_component(value):
        return Part(value["class_path"], parts_in(value.get("init_args") or {}))
    if isinstance(value, dict):
        return {key: parts_in(inner) for key, inner in value.items()}
    return [parts_in(item) for item in value] if isinstance(value, list) else value


def _as_lightning_takes(table: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that went through the model of a class."""
    from json import dumps

    model = lightnings(table).models[name].model_validate_json(dumps(arguments))
    return {key: taken(model, key) for key in arguments}
