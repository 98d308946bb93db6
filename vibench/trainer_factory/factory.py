"""`trainer_factory`: settings in, `pl.Trainer` out."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from vibench.config.load import Config, accepted, load_tree, placed
from vibench.config.process import world_here
from vibench.config.source import Map, Seq
from vibench.diagnostics import ConfigError, Source, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import DEFAULT_TRAINER, Experiment, TrainerSection
from vibench.trainer_factory.build import build
from vibench.trainer_factory.custom import call_trainer
from vibench.trainer_factory.identity import identify
from vibench.trainer_factory.plan import Plan, plan, with_finders
from vibench.trainer_factory.registry import find_trainer

if TYPE_CHECKING:
    import pytorch_lightning as pl

_SCALARS = (str, int, float, bool, type(None))


def trainer_factory(
    args_environment: Any, args_trainer: Any, args_data: Any, experiment_path: str | os.PathLike[str]
) -> pl.Trainer:
    """A `pl.Trainer` with loggers and callbacks from settings.

    `args_environment`, `args_trainer`: vibench's models, mappings, `argparse.Namespace` or `SimpleNamespace`, nested
    ones too; they are read and never changed. `args_trainer` holds settings below `args` or flat beside `name`.
    `args_data` is handed to a custom trainer as it is. `experiment_path`: the folder that everything is written to.

    Raises ConfigError with every finding if a setting is wrong; issues warnings as `ConfigWarning`.
    """
    source = Source("trainer_factory", "", "python")
    environment = as_tree(args_environment, "environment", source)
    trainer = as_tree(_section(args_trainer), "trainer", source)
    _frameworks_own(trainer, environment, source)
    tree = _map({"environment": environment, "trainer": trainer}, source)
    config = accepted(load_tree(tree, source), beside=("untrained-strategy",))  # who trains is not known here
    path = os.fspath(experiment_path)
    if config.experiment.trainer.name != DEFAULT_TRAINER:
        return make_trainer(config, args_data, path)
    export_variables(config.experiment)
    _can_tune(config)
    planned = with_finders(plan(config.experiment, path, identify(config, path), config.named, world_here()))
    trainer = _built(planned, config)
    trainer.ckpt_path = _resumed(planned)  # what `trainer.fit` goes on from, also where it is not told
    return trainer


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


def make_trainer(config: Config, data: Any, path: str, goes_on: int | None = None) -> pl.Trainer:
    """The Trainer of a validated config: vibench's own, or that of the custom trainer it names.

    It neither tunes nor resumes: who fits it does. `goes_on`: the step that logs are continued from.
    """
    export_variables(config.experiment)
    name = config.experiment.trainer.name
    if name == DEFAULT_TRAINER:
        planned = plan(config.experiment, path, identify(config, path, goes_on), config.named, world_here())
        return _built(planned, config)
    from vibench.trainer_factory.divided import mend

    trainer = call_trainer(find_trainer(name), config, data, path)
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


def _frameworks_own(trainer: Map, environment: Map, source: Source) -> None:
    """Frameworks write `logger_name` and `gpus` beside `args`: the one names the run, the other gives way."""
    args = trainer.get("args")
    if not isinstance(args, Map):
        return
    name = trainer.pop("logger_name", None)
    if name is not None:
        environment.put("name", name, (source, 0, 0, 0, 0))
    if any(key in args for key in ("devices", "gpus", "device", "accelerator")):
        trainer.pop("gpus", None)


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
