"""The states of every random generator that a training draws from, as plain values that `weights_only` loads."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch

States = dict[str, Any]


def random_states(loaders: Iterable[Any] = ()) -> States:
    """States of Python's, NumPy's and torch's generators, and of those that data loaders were given."""
    numpy: Any = np.random.get_state(legacy=False)
    key = torch.from_numpy(numpy["state"]["key"].astype(np.int64))
    return {
        "python": list(random.getstate()),
        "numpy": {
            **numpy,
            "state": {**numpy["state"], "key": key},
        },
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "loaders": [generator.get_state() for generator in _generators(loaders)],
    }


def set_random_states(states: States, loaders: Iterable[Any] = ()) -> None:
    """Go back to states that `random_states` returned; on another number of GPUs theirs are left alone."""
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    numpy = states["numpy"]
    key = numpy["state"]["key"].cpu().numpy().astype(np.uint32)
    np.random.set_state({**numpy, "state": {**numpy["state"], "key": key}})
    torch.set_rng_state(states["torch"].cpu())
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all([state.cpu() for state in states["cuda"]])
    for generator, state in zip(_generators(loaders), states["loaders"], strict=False):
        generator.set_state(state.cpu())


def _generators(loaders: Iterable[Any]) -> Iterator[torch.Generator]:
    """Generators of loaders and their samplers, each once, always in the same order."""
    seen: set[int] = set()
    for loader in loaders:
        batches = getattr(loader, "batch_sampler", None)
        for holder in (loader, getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None)):
            generator = getattr(holder, "generator", None)
            if isinstance(generator, torch.Generator) and id(generator) not in seen:
                seen.add(id(generator))
                yield generator
