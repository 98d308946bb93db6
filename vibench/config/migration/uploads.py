"""Whether a change makes a run send more to W&B or SwanLab than it did."""

from __future__ import annotations

from typing import Any

SERVICES = ("wandb", "swanlab")
_KEPT_HERE = ("offline", "dryrun", "local")


def sends_more(before: Any, after: Any) -> bool:
    """Whether a run of these data would keep, or send, a run at a service that it did not before."""
    old, new = before.get("environment"), after.get("environment")
    return old is not new and any(_level(new, name) > _level(old, name) for name in SERVICES)


def _level(environment: Any, service: str) -> int:
    """0: the service is off, 1: a run is kept here for it, 2: it is sent."""
    asked = environment.get(service) if isinstance(environment, dict) else None
    mode = asked.get("mode", "online") if isinstance(asked, dict) else asked
    if not asked and asked != {}:
        return 0
    return 0 if mode == "disabled" else 1 if mode in _KEPT_HERE else 2
