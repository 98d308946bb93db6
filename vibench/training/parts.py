"""Data, model and task of a config as objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any, cast

from vibench.config.load import Config, place
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.components import BUILTINS, Kind
from vibench.trainer_factory.build import imported, instance

if TYPE_CHECKING:
    import pytorch_lightning as pl


def check_parts(config: Config) -> None:
    """Import the classes of a config and compare their signatures, before anything is written or built.

    Raises ConfigError if a class cannot be imported, is not of the right kind, or does not take its arguments.
    """
    import pytorch_lightning as pl
    import torch

    experiment = config.experiment
    wanted: dict[Kind, type] = {"data": pl.LightningDataModule, "task": pl.LightningModule}
    wanted["model"] = torch.nn.Module if experiment.task else pl.LightningModule
    for kind in wanted:
        section = getattr(experiment, kind)
        if section or (kind == "model" and not experiment.task):
            _check(config, kind, section or {}, wanted[kind])


def _check(config: Config, kind: Kind, section: dict[str, Any], wanted: type) -> None:
    part = _placed(config, lambda: imported(_class_path(kind, section), _key(kind, section)))
    if isinstance(part, type) and not issubclass(part, wanted):
        raise _wrong_class(config, kind, part.__name__, wanted)
    if kind == "task" and config.experiment.model:
        _takes_model(config, part)
    if "class_path" not in section:
        return
    arguments = dict(section.get("init_args") or {})
    if kind == "task" and config.experiment.model:
        arguments["model"] = None
    try:
        inspect.signature(part).bind(**arguments)
    except TypeError as error:
        message = f"`{section['class_path']}` does not take these arguments: {error}"
        span = place(config.tree, f"{kind}.init_args")[1]
        raise ConfigError((diagnostic("bad-init-args", f"{kind}.init_args", message, span=span),)) from None
    except ValueError:
        return  # a class without a signature that Python can read


def build_parts(config: Config) -> tuple[pl.LightningDataModule, pl.LightningModule]:
    """The data module, and the module to train.

    Raises ConfigError if a class is not of the right kind or refuses its arguments.
    """
    import pytorch_lightning as pl

    experiment = config.experiment
    data = _instance(config, "data", experiment.data or {}, None)
    _expect(config, "data", data, pl.LightningDataModule)
    model = _instance(config, "model", experiment.model, data) if experiment.model else None
    if not experiment.task:
        _expect(config, "model", model, pl.LightningModule)
        return data, cast("pl.LightningModule", model)
    task = _instance(config, "task", experiment.task, data, model)
    _expect(config, "task", task, pl.LightningModule)
    return data, task


def _class_path(kind: Kind, section: dict[str, Any]) -> str:
    return section["class_path"] if "class_path" in section else BUILTINS[kind][section["name"]].target


def _instance(config: Config, kind: Kind, section: dict[str, Any], data: Any, model: Any = None) -> Any:
    """Build one part; a task receives the model, and arguments that the data knows are filled in."""
    if "class_path" in section:
        arguments = dict(section.get("init_args") or {})
    else:
        args_model = BUILTINS[kind][section["name"]].args_model()
        arguments = _registered_args(args_model, section.get("args") or {}, data)
    if kind == "task" and model is not None:
        arguments["model"] = model
    class_path = _class_path(kind, section)
    return _placed(config, lambda: instance(class_path, arguments, _key(kind, section)))


def _key(kind: str, section: dict[str, Any]) -> str:
    return f"{kind}.class_path" if "class_path" in section else f"{kind}.name"


def _placed(config: Config, build: Callable[[], Any]) -> Any:
    """Run `build`; its findings get their places in the file."""
    try:
        return build()
    except ConfigError as error:
        found = (replace(d, span=d.span or place(config.tree, d.path)[1]) for d in error.diagnostics)
        raise ConfigError(tuple(found)) from error.__cause__


def _registered_args(model: type[StrictModel], written: dict[str, Any], data: Any) -> dict[str, Any]:
    """Validated arguments; what is not written and the data module knows comes from there."""
    values = {key: value for key, value in written.items() if value is not None}
    validated = model.model_validate_json(dumps(values))
    arguments = {name: getattr(validated, name) for name in model.model_fields}
    for name in model.model_fields:
        source = setting_of(model, name).from_data
        if source and arguments[name] is None:
            arguments[name] = getattr(data, source, None)
    return arguments


def _takes_model(config: Config, task: Any) -> None:
    parameters = inspect.signature(task).parameters
    if "model" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return
    message = f"`{task.__name__}` has no parameter `model`, and a `model` section is written"
    hint = "remove the `model` section, or let the task's __init__ take `model`"
    span = place(config.tree, "model")[1]
    raise ConfigError((diagnostic("no-model-parameter", "model", message, hint=hint, span=span),))


def _expect(config: Config, kind: str, part: Any, wanted: type) -> None:
    if not isinstance(part, wanted):
        raise _wrong_class(config, kind, type(part).__name__, wanted)


def _wrong_class(config: Config, kind: str, name: str, wanted: type) -> ConfigError:
    message = f"`{kind}` must be a {wanted.__module__.partition('.')[0]} {wanted.__name__}, got {name}"
    lone = kind == "model" and not config.experiment.task
    hint = "without a `task` section the model must be a LightningModule" if lone else ""
    span = place(config.tree, kind)[1]
    return ConfigError((diagnostic("wrong-class", kind, message, hint=hint, span=span),))
