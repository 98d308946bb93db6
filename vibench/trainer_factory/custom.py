"""A custom trainer is called with validated arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from json import dumps
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from vibench.config.canonical import names_of
from vibench.config.load import Config, placed
from vibench.config.trainers import own_findings
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas.trainer import TrainerArgs
from vibench.trainer_factory.registry import Registered

if TYPE_CHECKING:
    import pytorch_lightning as pl

UPSTREAM_ARGUMENTS = ("args_e", "args_t", "args_d", "path")


class TrainerView:
    """`args_trainer` of a custom trainer: vibench's settings and the trainer's own, as attributes.

    Settings are found under each of their names (`num_epochs`, `max_epochs`); arguments that no model declares are
    there as they were written. `framework`: what a framework wrote beside the settings.
    """

    def __init__(
        self, name: str, args: TrainerArgs, own: BaseModel | Mapping[str, Any], framework: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.args = args
        self.own = own
        self.framework = framework

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle ask before there is anything to ask
            raise AttributeError(name)
        own: Any = self.own
        if isinstance(own, BaseModel) and name in type(own).model_fields:
            return getattr(own, name)
        if isinstance(own, Mapping) and name in own:
            return _readable(own[name])
        setting = names_of(TrainerArgs).aliases.get(name, name)
        if setting in TrainerArgs.model_fields:
            return getattr(self.args, setting)
        if name in self.framework:
            return self.framework[name]
        raise AttributeError(f"no setting `{name}` in trainer.args")


class _Values(dict[str, Any]):
    """A mapping whose values are attributes, too, as in PHM-Vibench's own configs."""

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(name)


def _readable(value: Any) -> Any:
    """A value of the file as plain lists and mappings."""
    if isinstance(value, dict):
        return _Values({key: _readable(inner) for key, inner in value.items()})
    return [_readable(item) for item in value] if isinstance(value, list) else value


def call_trainer(
    registered: Registered, config: Config, data: Any, path: str, framework: Mapping[str, Any]
) -> pl.Trainer:
    """The Trainer that a custom trainer makes.

    Raises ConfigError if its own arguments are wrong or it returns something else.
    """
    import pytorch_lightning as pl

    section = config.experiment.trainer
    view = TrainerView(section.name, section.args, own_args(registered, config), framework)
    trainer = _called(registered.function, config.experiment.environment, view, data, path)
    if not isinstance(trainer, pl.Trainer):
        message = f"`{section.name}` returned {type(trainer).__name__}, not a pytorch_lightning.Trainer"
        raise ConfigError((diagnostic("wrong-class", "trainer.name", message),))
    return trainer


def _called(function: Callable[..., Any], *values: Any) -> Any:
    """By name where the function names its arguments as PHM-Vibench calls them, in whatever order; else in order."""
    try:
        named = inspect.signature(function).parameters.keys() >= set(UPSTREAM_ARGUMENTS)
    except (TypeError, ValueError):  # no signature to be had
        named = False
    return function(**dict(zip(UPSTREAM_ARGUMENTS, values, strict=True))) if named else function(*values)


def own_args(registered: Registered, config: Config) -> BaseModel | Mapping[str, Any]:
    """The trainer's own arguments: validated by the model that it registered, as they are where it has none.

    Raises ConfigError with every finding.
    """
    if registered.args is None:
        return config.own
    findings = own_findings(config.own, registered.args, config.experiment.trainer.name)
    if findings:
        raise placed(ConfigError(tuple(findings)), config)
    return registered.args.model_validate_json(dumps(config.own), strict=True)
