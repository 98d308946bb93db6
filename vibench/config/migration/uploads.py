"""Whether a change makes a run send more to W&B, SwanLab or another logger's server than it did."""

from __future__ import annotations

from typing import Any

from vibench.config.scalars import OLD_BOOLEANS

SERVICES = ("wandb", "swanlab")
_KEPT_HERE = ("offline", "dryrun", "local")


def sends_more(before: Any, after: Any) -> bool:
    """Whether a run of these data would keep, or send, a run at a service that it did not before."""
    old, new = ({} if not isinstance(one, dict) else one for one in (before, after))
    more = len(new.get("loggers") or ()) > len(old.get("loggers") or ())
    return more or any(_level(new.get(name)) > _level(old.get(name)) for name in SERVICES)


def _level(asked: Any) -> int:
    """0: the service is off, 1: a run is kept here for it, 2: it is sent."""
    mode = asked.get("mode", "online") if isinstance(asked, dict) else asked
    if isinstance(asked, str) and asked in OLD_BOOLEANS:
        return 2 * OLD_BOOLEANS[asked]
    if not asked and asked != {}:
        return 0
    return 0 if mode == "disabled" else 1 if mode in _KEPT_HERE else 2
