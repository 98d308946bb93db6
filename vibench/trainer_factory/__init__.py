"""The validated config becomes a `pl.Trainer`; its functions are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibench.trainer_factory.factory import build_trainer as build_trainer
    from vibench.trainer_factory.factory import trainer_factory as trainer_factory
    from vibench.trainer_factory.register import register_callback as register_callback
    from vibench.trainer_factory.register import register_data as register_data
    from vibench.trainer_factory.register import register_model as register_model
    from vibench.trainer_factory.register import register_task as register_task
    from vibench.trainer_factory.registry import TRAINER_REGISTRY as TRAINER_REGISTRY
    from vibench.trainer_factory.registry import register_trainer as register_trainer
    from vibench.trainer_factory.registry import resolve_trainer_module as resolve_trainer_module

_HOMES = {
    "TRAINER_REGISTRY": "registry",
    "build_trainer": "factory",
    "register_callback": "register",
    "register_data": "register",
    "register_model": "register",
    "register_task": "register",
    "register_trainer": "registry",
    "resolve_trainer_module": "registry",
    "trainer_factory": "factory",
}
__all__ = [
    "TRAINER_REGISTRY",
    "build_trainer",
    "register_callback",
    "register_data",
    "register_model",
    "register_task",
    "register_trainer",
    "resolve_trainer_module",
    "trainer_factory",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vibench.trainer_factory' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"vibench.trainer_factory.{_HOMES[name]}"), name)
