"""A plan without one of its defaults: whatever vibench adds to a Trainer is found in the plan, and left out in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from vibench.trainer_factory.plan import Plan

# Without it, Lightning would put one of its own in its place.
_FLAGS = {"progress_bar": "enable_progress_bar", "ModelSummary": "enable_model_summary"}
# What goes with it, since it is nothing alone.
_WITH = {"CSVLogger": ("LearningRateMonitor",)}


def switches(whole: Plan) -> dict[str, Callable[[Plan], Plan]]:
    """For each default of a plan the change that leaves it out."""
    names = [part.name for part in (*whole.callbacks, *whole.loggers)]
    changes = {name: partial(_without, name=name) for name in names}
    return {**changes, "AtomicCheckpointIO": _without_plugins}


def _without(whole: Plan, name: str) -> Plan:
    gone = (name, *_WITH.get(name, ()))
    trainer = {**whole.trainer, _FLAGS[name]: False} if name in _FLAGS else whole.trainer
    callbacks = [part for part in whole.callbacks if part.name not in gone]
    return replace(
        whole, trainer=trainer, callbacks=callbacks, loggers=[part for part in whole.loggers if part.name not in gone]
    )


def _without_plugins(whole: Plan) -> Plan:
    return replace(whole, trainer={**whole.trainer, "plugins": None})
