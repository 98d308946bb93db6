"""Data, model and task of a config as objects."""

from __future__ import annotations

import inspect
from json import dumps
from typing import TYPE_CHECKING, Any

from vibench.config.load import Config, place
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.components import BUILTINS, Kind
from vibench.trainer_factory.build import imported, instance

if TYPE_CHECKING:
    import pytorch_lightning as pl


def build_parts(config: Config) -> tuple[pl.LightningDataModule, pl.LightningModule]:
    """The data module, and the module to train.

    Raises ConfigError if a class cannot be imported, is not of the right kind, or refuses its arguments.
    """
    import pytorch_lightning as pl
    import torch

    experiment = config.experiment
    data = _instance(config, "data", experiment.data or {}, None)
    _expect(config, "data", data, pl.LightningDataModule)
    model = None
    if experiment.model:
        model = _instance(config, "model", experiment.model, data)
        _expect(config, "model", model, torch.nn.Module)
    if not experiment.task:
        _expect(config, "model", model, pl.LightningModule)
        return data, model  # type: ignore[return-value]
    task = _instance(config, "task", experiment.task, data, model)
    _expect(config, "task", task, pl.LightningModule)
    return data, task


def _instance(config: Config, kind: Kind, section: dict[str, Any], data: Any, model: Any = None) -> Any:
    """Build one part; a task receives the model, and arguments that the data knows are filled in."""
    if "class_path" in section:
        class_path, arguments = section["class_path"], dict(section.get("init_args") or {})
    else:
        builtin = BUILTINS[kind][section["name"]]
        class_path = builtin.target
        arguments = _registered_args(builtin.args_model(), section.get("args") or {}, data)
    if kind == "task" and model is not None:
        _takes_model(config, imported(class_path, _key(kind, section)))
        arguments["model"] = model
    return _placed(config, kind, lambda: instance(class_path, arguments, _key(kind, section)))


def _key(kind: str, section: dict[str, Any]) -> str:
    return f"{kind}.class_path" if "class_path" in section else f"{kind}.name"


def _placed(config: Config, kind: str, build: Any) -> Any:
    """Run `build`; findings of a wrong class or argument get their place in the file."""
    from dataclasses import replace

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
    if isinstance(part, wanted):
        return
    message = f"`{kind}` must be a {wanted.__module__.partition('.')[0]} {wanted.__name__}, got {type(part).__name__}"
    hint = "without a `task` section the model must be a LightningModule" if kind == "model" else ""
    span = place(config.tree, kind)[1]
    raise ConfigError((diagnostic("wrong-class", kind, message, hint=hint, span=span),))
