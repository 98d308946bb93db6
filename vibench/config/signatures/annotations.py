"""Annotations as types that a value of a file can be held against; what cannot be resolved is `Any`.

The same types come from a source (`annotation_type`) and from real objects (`plain_type`).
"""

from __future__ import annotations

import ast
import collections.abc
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, Union, get_args, get_origin

from vibench.config.signatures.modules import Module
from vibench.config.signatures.world import Definition, Standard, World

PLAIN = (bool, int, float, str, NoneType)
CALLABLE: Any = collections.abc.Callable
_NAMES: dict[str, Any] = {
    **{f"builtins.{kind.__name__}": kind for kind in (bool, int, float, str, list, tuple, dict)},
    **{f"{home}.{name}": kind for home in ("typing", "typing_extensions") for name, kind in {
        "List": list, "Sequence": list, "MutableSequence": list,
        "Dict": dict, "Mapping": dict, "MutableMapping": dict, "Tuple": tuple, "Callable": CALLABLE,
        "Optional": Union, "Union": Union, "Literal": Literal, "Annotated": Annotated,
        "ClassVar": ClassVar, "Final": Final,
    }.items()},
    **{f"collections.abc.{name}": list for name in ("Sequence", "MutableSequence")},
    **{f"collections.abc.{name}": dict for name in ("Mapping", "MutableMapping")},
    "collections.abc.Callable": CALLABLE,
}  # fmt: skip
_DEPTH = 20


def annotation_type(world: World, module: Module, expression: ast.expr, depth: int = 0) -> Any:
    """The type that an annotation means."""
    if depth > _DEPTH:
        return Any
    if isinstance(expression, ast.Constant):
        return _constant(world, module, expression.value, depth)
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.BitOr):
        sides = (annotation_type(world, module, side, depth + 1) for side in (expression.left, expression.right))
        return union(*sides)
    if isinstance(expression, ast.Subscript):
        head = annotation_type(world, module, expression.value, depth + 1)
        inner = expression.slice.elts if isinstance(expression.slice, ast.Tuple) else [expression.slice]
        return _subscripted(world, module, head, inner, depth)
    if isinstance(expression, ast.Name | ast.Attribute):
        found = world.resolve(module, expression)
        if isinstance(found, Standard):
            return _NAMES.get(found.path, Any)
        if isinstance(found, Definition) and isinstance(found.node, ast.expr):
            return annotation_type(world, found.module, found.node, depth + 1)  # an alias
    return Any


def _constant(world: World, module: Module, value: Any, depth: int) -> Any:
    if value is None:
        return NoneType
    if not isinstance(value, str):
        return Any
    try:
        return annotation_type(world, module, ast.parse(value, mode="eval").body, depth + 1)
    except (SyntaxError, ValueError):
        return Any


def _subscripted(world: World, module: Module, head: Any, inner: list[ast.expr], depth: int) -> Any:
    if head is Literal:
        values = [part.value for part in inner if isinstance(part, ast.Constant)]
        return Literal[tuple(values)] if len(values) == len(inner) else Any
    if head is CALLABLE or head is Any:
        return head
    if head in (Annotated, ClassVar, Final):
        return annotation_type(world, module, inner[0], depth + 1)
    if head is tuple and isinstance(inner[-1], ast.Constant) and inner[-1].value is Ellipsis:
        return built(list, (annotation_type(world, module, inner[0], depth + 1),))
    parts = tuple(annotation_type(world, module, part, depth + 1) for part in inner)
    is_optional = head is Union and len(parts) == 1
    return union(*parts, NoneType) if is_optional else built(head, parts)


def built(head: Any, parts: tuple[Any, ...]) -> Any:
    """A generic type from its parts."""
    if head is Union:
        return union(*parts)
    if head is list and len(parts) == 1:
        return list[parts[0]]  # type: ignore[valid-type]
    if head is dict and len(parts) == 2:
        return dict[parts[0], parts[1]]  # type: ignore[valid-type]
    return tuple[parts] if head is tuple else Any  # type: ignore[valid-type]


def union(*parts: Any) -> Any:
    """Any of several types; what is unknown makes the whole unknown."""
    if CALLABLE in parts:
        return CALLABLE
    return Any if Any in parts else Union[parts]  # noqa: UP007


def plain_type(annotation: Any) -> Any:
    """A real annotation as such a type."""
    if annotation in (None, NoneType):
        return NoneType
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is None:
        known = (*PLAIN, list, tuple, dict, CALLABLE)
        return annotation if any(annotation is kind for kind in known) else Any
    if origin is Literal:
        return annotation
    if origin in (Annotated, ClassVar, Final):
        return plain_type(parts[0])
    if origin in (Union, UnionType):
        return union(*(plain_type(part) for part in parts))
    if origin is CALLABLE:
        return CALLABLE
    head = _NAMES.get(f"{origin.__module__}.{origin.__name__}", Any) if isinstance(origin, type) else Any
    if head is tuple and parts[-1:] == (Ellipsis,):
        return list[plain_type(parts[0])]  # type: ignore[misc]
    return built(head, tuple(plain_type(part) for part in parts))


def fits(value: Any, kind: Any) -> bool:
    """Whether a value of a file is of a type, as strictly as vibench's own settings are."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in parts)
    if kind in PLAIN:
        return _is_plain(value, kind)
    if kind in (list, tuple) or origin in (list, tuple):
        return isinstance(value, list) and _all_fit(value, origin, parts)
    if kind is dict or origin is dict:
        return isinstance(value, dict) and all(fits(inner, parts[1]) for inner in value.values() if parts)
    return True


def _is_plain(value: Any, kind: type) -> bool:
    if kind is int:
        return (type(value) is int) or (type(value) is float and value.is_integer())
    if kind is float:
        return type(value) in (int, float)
    return isinstance(value, kind)


def _all_fit(values: list[Any], origin: Any, parts: tuple[Any, ...]) -> bool:
    if origin is tuple:
        return len(values) == len(parts) and all(fits(value, part) for value, part in zip(values, parts, strict=True))
    return not parts or all(fits(value, parts[0]) for value in values)


def holds(kind: Any, wanted: Any) -> bool:
    """Whether a type is a kind of container (or a callable), or may be one."""
    return kind is wanted or get_origin(kind) is wanted or any(holds(part, wanted) for part in _branches(kind))


def _branches(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else ()


def inner_type(kind: Any, value: Any) -> Any:
    """The type of what is inside a list or a mapping; None where it is not one type for all."""
    found = [part for part in (kind, *_branches(kind)) if get_origin(part) in (list, dict)]
    found = [part for part in found if isinstance(value, get_origin(part))]
    return get_args(found[0])[-1] if len(found) == 1 else None


def is_scalar(kind: Any) -> bool:
    """Whether only a scalar of a known type will do."""
    return kind in PLAIN or get_origin(kind) is Literal


def choices(kind: Any) -> list[str]:
    """The texts that a value may be."""
    parts = (
        get_args(kind) if get_origin(kind) is Literal else [text for one in _branches(kind) for text in choices(one)]
    )
    return [part for part in parts if isinstance(part, str)]
