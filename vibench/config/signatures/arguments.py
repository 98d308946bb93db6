"""The arguments that a class or function takes, as Python's own `inspect.signature` would tell them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from enum import IntEnum
from inspect import Parameter
from types import NoneType
from typing import Any, NamedTuple

from vibench.config.signatures.annotations import annotation_type, union
from vibench.config.signatures.modules import Module
from vibench.config.signatures.world import World

# How a parameter is passed, in Python's own words: by position, by position or name, as one of `*args`, by name, as one
# of `**kwargs`.
POSITIONAL, EITHER, VARIOUS = Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL
KEYWORD, REST = Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD


class Argument(NamedTuple):
    """One parameter; `type` resolves its annotation, `Any` where that cannot be known."""

    name: str
    kind: IntEnum
    required: bool
    type: Callable[[], Any] = lambda: Any

    @property
    def nameable(self) -> bool:
        """A file can write it: it is passed by name."""
        return self.kind in (EITHER, KEYWORD)


def typed(world: World, module: Module, annotation: ast.expr | None, default: ast.expr | None) -> Callable[[], Any]:
    """Resolve an annotation when it is asked for; `None` as default is a value, too."""
    if annotation is None:
        return lambda: Any
    nullable = isinstance(default, ast.Constant) and default.value is None

    def resolve() -> Any:
        kind = annotation_type(world, module, annotation)
        return union(kind, NoneType) if nullable else kind

    return resolve


def of_function(world: World, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Argument]:
    """All parameters of a function, the first of a method included."""
    return list(_parameters(world, module, function.args))


def _parameters(world: World, module: Module, given: ast.arguments) -> Iterator[Argument]:
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    for index, (one, default) in enumerate(zip(plain, defaults, strict=True)):
        kind = POSITIONAL if index < len(given.posonlyargs) else EITHER
        yield Argument(one.arg, kind, default is None, typed(world, module, one.annotation, default))
    if given.vararg:
        yield Argument(given.vararg.arg, VARIOUS, False)
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield Argument(one.arg, KEYWORD, default is None, typed(world, module, one.annotation, default))
    if given.kwarg:
        yield Argument(given.kwarg.arg, REST, False)
