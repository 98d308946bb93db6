"""Data, model and task of a config as objects."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from typing import TYPE_CHECKING, Any, cast

from vibench.config.load import Config, place, placed
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.components import BUILTINS, Kind
from vibench.trainer_factory.objects import instance, made, made_by_name
from vibench.trainer_factory.planning.parts import Part, parts_in

if TYPE_CHECKING:
    import pytorch_lightning as pl


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


def _instance(config: Config, kind: Kind, section: dict[str, Any], data: Any, model: Any = None) -> Any:
    """Build one part; a task receives the model, and arguments that the data knows are filled in."""
    filled = {"model": model} if kind == "task" and model is not None else {}
    if "class_path" in section:
        arguments = parts_in(section.get("init_args") or {})
        return _placed(config, lambda: made(Part(section["class_path"], arguments | filled), kind))
    written = section.get("args") or {}
    if section["name"] in BUILTINS[kind]:
        builtin = BUILTINS[kind][section["name"]]
        arguments = _registered_args(builtin.args_model(), written, data)
        return _placed(config, lambda: instance(builtin.target, arguments | filled, f"{kind}.args"))
    return _placed(config, lambda: made_by_name(kind, section["name"], parts_in(written), kind, **filled))


def _placed(config: Config, build: Callable[[], Any]) -> Any:
    """Run `build`; its findings get their places in the file."""
    try:
        return build()
    except ConfigError as error:
        raise placed(error, config) from error.__cause__


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


def _expect(config: Config, kind: str, part: Any, wanted: type) -> None:
    if not isinstance(part, wanted):
        raise _wrong_class(config, kind, type(part).__name__, wanted)


def _wrong_class(config: Config, kind: str, name: str, wanted: type) -> ConfigError:
    message = f"`{kind}` must be a {wanted.__module__.partition('.')[0]} {wanted.__name__}, got {name}"
    lone = kind == "model" and not config.experiment.task
    hint = "without a `task` section the model must be a LightningModule" if lone else ""
    span = place(config.tree, kind)[1]
    return ConfigError((diagnostic("wrong-class", kind, message, hint=hint, span=span),))
