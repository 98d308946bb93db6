"""A custom trainer is called with validated arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from json import dumps
from types import SimpleNamespace
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
    there as they were written. `framework`: what a framework wrote beside the settings; it answers where the file does
    not.
    """

    def __init__(
        self, name: str, args: TrainerArgs, own: BaseModel | Mapping[str, Any], framework: Mapping[str, Any]
    ) -> None:
        self.name = name
        self.args = args
        if isinstance(own, BaseModel):  # with what a model allows beyond its fields
            self._own = dict(own)
        else:
            self._own = {key: _readable(value) for key, value in own.items()}
        self._framework = dict(framework)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copy and pickle ask before there is anything to ask
            raise AttributeError(name)
        setting = names_of(TrainerArgs).aliases.get(name, name)
        if name in self._own:
            return self._own[name]
        if name in self._framework and setting not in self.args.model_fields_set:
            return self._framework[name]
        if setting in TrainerArgs.model_fields:
            return getattr(self.args, setting)
        raise AttributeError(f"no setting `{name}` in trainer.args")


class _Values(SimpleNamespace):
    """A mapping of the file as PHM-Vibench's configs have it: by attribute, or as a mapping."""

    def get(self, key: str, default: Any = None) -> Any:
        return getattr(self, key, default)

    def keys(self) -> Any:
        return self.__dict__.keys()

    def items(self) -> Any:
        return self.__dict__.items()

    def values(self) -> Any:
        return self.__dict__.values()

    def __getitem__(self, key: str) -> Any:
        return self.__dict__[key]

    def __contains__(self, key: str) -> bool:
        return key in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)


def _readable(value: Any) -> Any:
    """A value of the file without its places."""
    if isinstance(value, dict):
        return _Values(**{key: _readable(inner) for key, inner in value.items()})
    return [_readable(item) for item in value] if isinstance(value, list) else value


def call_trainer(
    registered: Registered, config: Config, data: Any, path: str, framework: Mapping[str, Any]
) -> pl.Trainer:
    """The Trainer that a custom trainer makes.

    Raises ConfigError if its own arguments are wrong or it returns something else.
    """
    import pytorch_lightning as pl

    section = config.experiment.trainer
    name = framework.get("name", section.name)
    view = TrainerView(name, section.args, own_args(registered, config), framework)
    trainer = _called(registered.function, config.experiment.environment, view, data, path)
    if not isinstance(trainer, pl.Trainer):
        message = f"`{section.name}` returned {type(trainer).__name__}, not a pytorch_lightning.Trainer"
        raise ConfigError((diagnostic("wrong-class", "trainer.name", message),))
    return trainer


def _called(function: Callable[..., Any], *values: Any) -> Any:
    """By name where the function takes the names that PHM-Vibench calls it with, in whatever order; else in order."""
    named = dict(zip(UPSTREAM_ARGUMENTS, values, strict=True))
    try:
        inspect.signature(function).bind(**named)
    except (TypeError, ValueError):  # other names, or no signature to be had
        return function(*values)
    return function(**named)


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
