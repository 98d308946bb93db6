"""Validated settings become a `pl.Trainer`."""

from vibench.trainer_factory.factory import build_trainer, trainer_factory
from vibench.trainer_factory.registry import register_trainer

__all__ = ["build_trainer", "register_trainer", "trainer_factory"]
