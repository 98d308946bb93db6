"""A custom trainer is called with validated arguments."""

from __future__ import annotations

from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from vibench.config.canonical import key_span, written_path
from vibench.config.load import Config
from vibench.config.suggest import closest, known_keys
from vibench.config.translate import findings_of
from vibench.diagnostics import ConfigError, Diagnostic, Fix, diagnostic
from vibench.schemas.trainer import TrainerArgs
from vibench.trainer_factory.registry import Registered

if TYPE_CHECKING:
    import pytorch_lightning as pl


class TrainerView:
    """`args_trainer` of a custom trainer: vibench's settings and the trainer's own, as attributes."""

    def __init__(self, name: str, args: TrainerArgs, own: BaseModel | None) -> None:
        self.name = name
        self.args = args
        self.own = own

    def __getattr__(self, name: str) -> Any:
        for model in (self.own, self.args):
            if model is not None and name in type(model).model_fields:
                return getattr(model, name)
        raise AttributeError(f"no setting `{name}` in trainer.args")


def call_trainer(registered: Registered, config: Config, data: Any, path: str) -> pl.Trainer:
    """The Trainer that a custom trainer makes.

    Raises ConfigError if its own arguments are wrong or it returns something else.
    """
    import pytorch_lightning as pl

    section = config.experiment.trainer
    view = TrainerView(section.name, section.args, own_args(registered, config))
    trainer = registered.function(config.experiment.environment, view, data, path)
    if not isinstance(trainer, pl.Trainer):
        message = f"`{section.name}` returned {type(trainer).__name__}, not a pytorch_lightning.Trainer"
        raise ConfigError((diagnostic("wrong-class", "trainer.name", message),))
    return trainer


def own_args(registered: Registered, config: Config) -> BaseModel | None:
    """The trainer's own arguments, validated by the model that it registered.

    Raises ConfigError with every finding.
    """
    own, model = config.own, registered.args
    known = list(model.model_fields) if model else []
    findings = [_unknown(config, key, known) for key in own if key not in known]
    result = None
    if model is not None:
        written = {key: value for key, value in own.items() if key in known}
        try:
            result = model.model_validate_json(dumps(written), strict=True)
        except ValidationError as error:
            place = config.tree.marks.get("trainer")
            found = findings_of(error, own, model, "trainer.args")
            span = key_span(config.tree, "trainer") if place else None
            findings += [d if d.span else replace(d, span=span) for d in found]
    if findings:
        raise ConfigError(tuple(sorted(findings, key=lambda d: d.sort_key)))
    return result


def _unknown(config: Config, key: str, known: list[str]) -> Diagnostic:
    name = config.experiment.trainer.name
    match = closest(key, (*known, *known_keys(TrainerArgs)))
    hint = f"did you mean `{match}`?" if match else ""
    if not match and not known:
        hint = f'declare it: @register_trainer("{name}", args=AModelOfItsArguments)'
    path = written_path(config.own, key, "trainer.args")
    message = f"unknown key `{key}`: neither a setting of vibench nor an argument of `{name}`"
    fix = Fix("rename-key", match) if match else None
    return diagnostic(
        "unknown-key", path, message, hint=hint, suggestion=match, span=key_span(config.own, key), fix=fix
    )
