"""Rules between settings: one short function each, with its own code, in modules by subject.

A rule sees the validated experiment and yields what is wrong by path; the loader finds the places.
"""

from vibench.schemas.rules import (
    callbacks,
    checkpoints,
    devices,
    general,
    logged,
    pruning,
    resuming,
    schedule,
    services,
    strategies,
    training,
    trials,
    watching,
)
from vibench.schemas.rules.registry import Finding, broken

# The modules are imported for their rules, which enter the registry as they are defined.
__all__ = [
    "Finding",
    "broken",
    "callbacks",
    "checkpoints",
    "devices",
    "general",
    "logged",
    "pruning",
    "resuming",
    "schedule",
    "services",
    "strategies",
    "training",
    "trials",
    "watching",
]
