"""Which blocks of a network recompute their activations: those that are named, or those that it repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytorch_lightning as pl
from torch import nn
from torchmetrics import Metric

from vibench.trainer_factory.divided import class_of

Blocks = dict[str, nn.Module]


def repeated_blocks(module: nn.Module, prefix: str = "") -> Blocks:
    """The outermost siblings of one kind that are made of several layers, like the layers of a transformer."""
    siblings: dict[Any, Blocks] = defaultdict(dict)
    others: Blocks = {}
    for name, child in _children(module):
        several = sum(1 for _ in child.children()) > 1 and any(True for _ in child.parameters())
        (siblings[_kind(child)] if several and is_callable(child) else others)[f"{prefix}{name}"] = child
    found: Blocks = {}
    for group in siblings.values():
        if len(group) > 1:
            found |= group
        else:
            others |= group
    for name, child in others.items():
        found |= repeated_blocks(child, f"{name}.")
    return found


def _kind(module: nn.Module) -> Any:
    """The name of its class (a parametrized layer has a class of its own); of a sequence, what it is made of."""
    if isinstance(module, nn.Sequential):
        return frozenset(type(child).__name__ for child in module)
    return type(module).__name__


def named_blocks(module: pl.LightningModule, patterns: list[str]) -> tuple[Blocks, list[str]]:
    """The outermost modules that a pattern fits, by class or by name in the task or its `model`; unused patterns."""
    found: Blocks = {}
    used: set[str] = set()
    for path, child in _below(module, ""):
        names = (path, path.removeprefix("model."), class_of(child).__name__)
        fitting = {pattern for pattern in patterns if any(fnmatchcase(one, pattern) for one in names)}
        if fitting and is_callable(child):
            used |= fitting
            if not any(path.startswith(f"{outer}.") for outer in found):
                found[path] = child
    return found, [pattern for pattern in patterns if pattern not in used]


def _below(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    """All modules inside, the outer ones first."""
    for name, child in _children(module):
        yield f"{prefix}{name}", child
        yield from _below(child, f"{prefix}{name}.")


def _children(module: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, child) for name, child in module.named_children() if not isinstance(child, Metric)]


def is_callable(module: nn.Module) -> bool:
    """Lists and mappings of modules are not: their forward pass is in the module that holds them."""
    return type(module).forward is not nn.Module.forward
