"""Settings about devices in two and three layers: what the higher one leaves open stays as the lower one has it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from vibench.config.load import load
from vibench.schemas import resolve

# What a layer can say, with the kind of device and their number that it means; None: it says nothing of it.
SAYS: dict[str, tuple[Any, Any]] = {
    "accelerator: gpu": ("gpu", None),
    "accelerator: cpu": ("cpu", None),
    "device: cuda": ("cuda", None),
    "device: cpu": ("cpu", None),
    "devices: 2": (None, 2),
    "devices: auto": (None, "auto"),
    "gpus: 3": ("gpu", 3),
    "gpus: 0": ("cpu", 1),
    "gpus: [0, 1]": ("gpu", [0, 1]),
    "gpus: -1": ("gpu", -1),
    "{accelerator: gpu, devices: 4}": ("gpu", 4),
    "{accelerator: cpu, devices: 4}": ("cpu", 4),
    "{gpus: 1, device: cuda}": ("cuda", 1),
}
GPU = ("gpu", "cuda")


def expected(*layers: str) -> tuple[Any, Any]:
    kind, count = "auto", "auto"
    for layer in layers:
        new_kind, new_count = SAYS[layer]
        before = kind
        if new_kind is not None:
            kind = before if new_kind == "gpu" and before in GPU and "gpus" in layer else new_kind
        if new_count is not None:
            count = new_count
        elif (before in GPU) != (kind in GPU) and new_kind is not None and before != "auto":
            count = len(count) if isinstance(count, list) else count  # as many as before, of another kind
            count = "auto" if count == -1 or layers[0] == "gpus: 0" else count
    return kind, count


def resolved(*layers: str) -> tuple[Any, Any, list[str]]:
    text = layers[0] if layers[0].startswith("{") else f"{{{layers[0]}}}"
    Path("c.yaml").write_text(f"trainer: {{args: {text}}}\n")
    overrides = []
    for layer in layers[1:]:
        inside = layer.removeprefix("{").removesuffix("}")
        if layer.startswith("{"):
            Path(f"{len(overrides)}.yaml").write_text("")
            overrides.append(f"trainer.args={{{inside}}}")
        else:
            name, _, value = layer.partition(": ")
            overrides.append(f"trainer.args.{name}={value}")
    loaded = load("c.yaml", overrides, {})
    errors = [one.message for one in loaded.report.errors]
    if loaded.config is None:
        return None, None, errors
    args = loaded.config.experiment.trainer.args
    return resolve.accelerator(args), resolve.devices(args), errors


@pytest.mark.parametrize("lower", SAYS)
@pytest.mark.parametrize("upper", SAYS)
def test_two_layers(here: Path, lower: str, upper: str) -> None:
    kind, count, errors = resolved(lower, upper)
    assert errors == []
    assert (kind, count) == expected(lower, upper)


def test_three_layers(here: Path) -> None:
    assert resolved("accelerator: gpu", "gpus: 3", "devices: 2")[:2] == ("gpu", 2)
    assert resolved("gpus: 3", "accelerator: cpu", "devices: 2")[:2] == ("cpu", 2)
    assert resolved("device: cuda", "gpus: 3", "devices: 2")[:2] == ("cuda", 2)
    for layers in product(SAYS, repeat=3):
        assert resolved(*layers)[2] == [], layers
