"""Which devices a config asks for when several layers say something of it.

`accelerator` (also `device`) says which kind, `devices` how many, `gpus` both. A higher layer decides what it says
something of; what it leaves open stays as the lower ones have it.
"""

from __future__ import annotations

from typing import Any

from vibench.config.canonical import remove, written_path
from vibench.config.source import Map
from vibench.schemas.resolve import GPU_KINDS


def devices_give_way(lower: Map, upper: Map) -> None:
    """Take out of the lower layer, which is changed, what `upper` decides about devices."""
    kinds = [name for name in ("accelerator", "device") if upper.get(name) is not None]
    gpus, devices = upper.get("gpus"), upper.get("devices")
    if gpus is not None:
        for name in ("accelerator", "device"):
            if not _agree(lower.get(name), gpus):
                remove(lower, name)
        remove(lower, "devices")
    elif devices is not None and lower.get("gpus") is not None:
        if not kinds and all(lower.get(name) is None for name in ("accelerator", "device")):
            path = written_path(lower, "gpus", "trainer.args")
            lower.put("accelerator", "cpu" if _none(lower["gpus"]) else "gpu", lower.marks["gpus"], path)
        remove(lower, "gpus")
    if kinds:
        for name in ("accelerator", "device"):
            remove(lower, name)
        if gpus is None and not _agree(upper[kinds[0]], lower.get("gpus")):
            _count(lower)


def _agree(kind: Any, gpus: Any) -> bool:
    """Whether GPUs, or none, can be asked for on a kind of device."""
    if kind is None or gpus is None or kind == "auto":
        return True
    return kind == "cpu" if _none(gpus) else kind in GPU_KINDS


def _none(gpus: Any) -> bool:
    return gpus == 0 and not isinstance(gpus, bool)


def _count(lower: Map) -> None:
    """Their number stays where the kind is another: `gpus` becomes `devices`."""
    gpus = lower["gpus"]
    number = len(gpus) if isinstance(gpus, list) else len(gpus.split(",")) if isinstance(gpus, str) else gpus
    if isinstance(number, int) and number > 0:
        lower.put("devices", number, lower.marks["gpus"], written_path(lower, "gpus", "trainer.args"))
    remove(lower, "gpus")
