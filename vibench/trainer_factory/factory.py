"""`trainer_factory`: settings in, `pl.Trainer` out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, overload

from pydantic import BaseModel

from vibench.config.load import Config, accepted, placed
from vibench.config.process import world_here
from vibench.config.source import Map, Seq
from vibench.diagnostics import ConfigError, Source, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import DEFAULT_TRAINER, REGISTERED_TRAINERS, Experiment, TrainerSection
from vibench.trainer_factory.build import build
from vibench.trainer_factory.custom import call_trainer
from vibench.trainer_factory.frameworks import Framework, frameworks_own, load_beside_others
from vibench.trainer_factory.identity import identify
from vibench.trainer_factory.plan import Plan, plan, with_finders
from vibench.trainer_factory.planning.trainer import DERIVED
from vibench.trainer_factory.registry import find_trainer, trainer_of_module

if TYPE_CHECKING:
    import pytorch_lightning as pl

_SCALARS = (str, int, float, bool, type(None))


@overload
def trainer_factory(
    args_environment: Any, args_trainer: Any, args_data: Any, experiment_path: str | os.PathLike[str]
) -> pl.Trainer: ...
@overload
def trainer_factory(
    args_environment: Any, args_trainer: Any, args_data: Any, *, path: str | os.PathLike[str]
) -> pl.Trainer: ...
def trainer_factory(
    args_environment: Any,
    args_trainer: Any,
    args_data: Any,
    experiment_path: str | os.PathLike[str] | None = None,
    *,
    path: str | os.PathLike[str] | None = None,
) -> pl.Trainer:
    """A `pl.Trainer` with loggers and callbacks from settings.

    `args_environment`, `args_trainer`: vibench's models, mappings, `argparse.Namespace` or `SimpleNamespace`, nested
    ones too; they are read and never changed. `args_trainer` holds settings below `args` or flat beside `name`. What
    frameworks write into it (`logger_name`: the run's name at the loggers, any text; `gpus`, `device`, `devices`,
    `monitor`, `log_every_n_steps`, `save_dir`) is weaker than the settings. `args_data` is handed to a custom trainer
    as it is. `experiment_path`, or `path` as PHM-Vibench calls it: the folder that everything is written to.

    Several devices without a `strategy` train with `ddp_find_unused_parameters_true`, as in PHM-Vibench.

    Raises ConfigError with every finding if a setting is wrong, TypeError if the folder is missing or named twice;
    issues warnings as `ConfigWarning`.
    """
    folder = _one_folder(experiment_path, path)
    source = Source("trainer_factory", "", "python")
    environment = as_tree({} if args_environment is None else args_environment, "environment", source)
    trainer = as_tree({} if args_trainer is None else _section(args_trainer), "trainer", source)
    framework = frameworks_own(environment, trainer, source, _model_of(trainer))
    _name_trainer(trainer, framework, source)
    tree = _map({"environment": environment, "trainer": trainer}, source)
    config = accepted(load_beside_others(tree, source), beside=("untrained-strategy",))  # who trains is not known here
    if config.experiment.trainer.name != DEFAULT_TRAINER:
        return make_trainer(config, args_data, folder, framework=framework.attributes)
    export_variables(config.experiment)
    _can_tune(config)
    identity = identify(config, folder, display_name=framework.display_name)
    planned = with_finders(plan(config.experiment, folder, identity, config.named, world_here()))
    trainer = _built(_with_upstreams_strategy(planned, config), config)
    trainer.ckpt_path = _resumed(planned)  # what `trainer.fit` goes on from, also where it is not told
    return trainer


def _one_folder(experiment_path: str | os.PathLike[str] | None, path: str | os.PathLike[str] | None) -> str:
    """The folder, under whichever of its two names it was passed."""
    given = [one for one in (experiment_path, path) if one is not None]
    if len(given) != 1:
        passed = "both `experiment_path` and `path`" if given else "no folder"
        raise TypeError(f"trainer_factory() takes the run's folder as `experiment_path` or `path`, and got {passed}")
    return os.fspath(given[0]) or "."


def _model_of(trainer: Any) -> type[BaseModel] | None:
    """The model that the custom trainer registered, where it is one of this process."""
    name = trainer.get("name") if isinstance(trainer, Map) else None
    registered = REGISTERED_TRAINERS.get(name) if isinstance(name, str) else None
    return registered.args if registered else None


def _name_trainer(trainer: Any, framework: Framework, source: Source) -> None:
    """Import the module of a trainer that is not registered, where PHM-Vibench would."""
    if not isinstance(trainer, Map):
        return
    name = trainer.get("name", DEFAULT_TRAINER)
    if isinstance(name, str):
        found = trainer_of_module(name, framework.attributes.get("trainer_name"))
        if found != name:
            framework.attributes["name"] = name
            trainer.put("name", found, (source, 0, 0, 0, 0))


def _with_upstreams_strategy(planned: Plan, config: Config) -> Plan:
    """Several devices without a written strategy: DDP as PHM-Vibench builds it, whose networks have unused heads."""
    args = config.experiment.trainer.args
    written = {"strategy", "find_unused_parameters"} & args.model_fields_set
    if resolve.processes(args) == 1 or written or resolve.accelerator(args) in ("tpu", "mps"):
        return planned
    unused = args.model_copy(update={"strategy": "ddp_find_unused_parameters_true"})
    return replace(planned, trainer={**planned.trainer, "strategy": DERIVED["strategy"](unused, planned.run_dir)})


def _can_tune(config: Config) -> None:
    """Lightning searches no batch size in several processes, and says so only after it has started them."""
    args = config.experiment.trainer.args
    if args.auto_scale_batch_size and resolve.processes(args) > 1:
        message = f"a batch size cannot be searched for in {resolve.processes(args)} processes"
        hint = "search in one process first, and write what it finds"
        raise ConfigError((diagnostic("tuner-conflict", "trainer.args.auto_scale_batch_size", message, hint=hint),))


def _resumed(planned: Plan) -> str | None:
    """The checkpoint that is named, or with `auto_resume` the last one below the experiment's own path."""
    if planned.resume is None:
        return None
    last = Path(planned.run_dir) / "checkpoints" / "last.ckpt"
    checkpoint: str | None = planned.resume.get("checkpoint")
    return checkpoint or (str(last) if last.exists() else None)


def make_trainer(
    config: Config,
    data: Any,
    path: str,
    goes_on: int | None = None,
    framework: Mapping[str, Any] = MappingProxyType({}),
) -> pl.Trainer:
    """The Trainer of a validated config: vibench's own, or that of the custom trainer it names.

    It neither tunes nor resumes: who fits it does. `goes_on`: the step that logs are continued from. `framework`: what
    a framework wrote beside the settings, for the custom trainer.
    """
    export_variables(config.experiment)
    name = config.experiment.trainer.name
    if name == DEFAULT_TRAINER:
        planned = plan(config.experiment, path, identify(config, path, goes_on), config.named, world_here())
        return _built(planned, config)
    from vibench.trainer_factory.divided import mend

    trainer = call_trainer(find_trainer(name), config, data, path, framework)
    mend(trainer)
    return trainer


def _built(planned: Plan, config: Config) -> pl.Trainer:
    """The Trainer of a plan; what its parts refuse is shown where it is written."""
    try:
        return build(planned)
    except ConfigError as error:
        raise placed(error, config) from error.__cause__


def export_variables(experiment: Experiment) -> list[str]:
    """Put the UPPER_CASE keys into the process environment; names of those that the shell had set already."""
    taken = []
    for name, value in experiment.environment.variables.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if os.environ.setdefault(name, text) != text:
            taken.append(name)
    return taken


def _section(args_trainer: Any) -> Any:
    """Our own models stand for the mapping they were validated from."""
    if isinstance(args_trainer, BaseModel) and not isinstance(args_trainer, TrainerSection):
        return {"args": args_trainer}
    return args_trainer


def as_tree(value: Any, path: str, source: Source) -> Any:
    """A tree of plain values, copied from models, mappings and namespaces.

    Raises ConfigError for a value that no config file could hold.
    """
    if isinstance(value, BaseModel):
        return as_tree(value.model_dump(mode="json", exclude_unset=True), path, source)
    if isinstance(value, Namespace | SimpleNamespace):
        value = vars(value)
    if isinstance(value, Mapping):
        return _map({str(k): as_tree(v, f"{path}.{k}", source) for k, v in value.items()}, source)
    if isinstance(value, list | tuple):
        result = Seq()
        result += [as_tree(item, f"{path}.{index}", source) for index, item in enumerate(value)]
        result.marks.extend([(source, 0, 0, 0, 0)] * len(result))
        return result
    if isinstance(value, Path):
        return str(value)
    if type(value) in _SCALARS:
        return value
    message = f"expected a plain value, got an object of {type(value).__module__}.{type(value).__qualname__}"
    raise ConfigError((diagnostic("wrong-type", path, message),))


def _map(values: dict[str, Any], source: Source) -> Map:
    result = Map()
    for key, value in values.items():
        result.put(key, value, (source, 0, 0, 0, 0))
    return result


build_trainer = trainer_factory
