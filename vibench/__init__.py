"""vibench: one strict YAML file in, a real PyTorch Lightning training out.

Everything public is imported when it is first used; `import vibench` alone loads nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vibench.version import __version__

if TYPE_CHECKING:
    from vibench.config.load import Config as Config
    from vibench.config.load import ConfigWarning as ConfigWarning
    from vibench.config.load import load_config as load_config
    from vibench.config.load import validate as validate
    from vibench.diagnostics import ConfigError as ConfigError
    from vibench.diagnostics import Diagnostic as Diagnostic
    from vibench.diagnostics import Report as Report
    from vibench.editor.schema import json_schema as json_schema
    from vibench.trainer_factory.factory import build_trainer as build_trainer
    from vibench.trainer_factory.plan import plan as plan
    from vibench.trainer_factory.register import register_callback as register_callback
    from vibench.trainer_factory.register import register_data as register_data
    from vibench.trainer_factory.register import register_model as register_model
    from vibench.trainer_factory.register import register_task as register_task
    from vibench.trainer_factory.registry import register_trainer as register_trainer
    from vibench.training.results import RunResult as RunResult
    from vibench.training.run import train as train

_HOMES = {
    "Config": "vibench.config.load",
    "ConfigError": "vibench.diagnostics",
    "ConfigWarning": "vibench.config.load",
    "Diagnostic": "vibench.diagnostics",
    "Report": "vibench.diagnostics",
    "RunResult": "vibench.training.results",
    "build_trainer": "vibench.trainer_factory.factory",
    "json_schema": "vibench.editor.schema",
    "load_config": "vibench.config.load",
    "plan": "vibench.trainer_factory.plan",
    "register_callback": "vibench.trainer_factory.register",
    "register_data": "vibench.trainer_factory.register",
    "register_model": "vibench.trainer_factory.register",
    "register_task": "vibench.trainer_factory.register",
    "register_trainer": "vibench.trainer_factory.registry",
    "train": "vibench.training.run",
    "validate": "vibench.config.load",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vibench' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
