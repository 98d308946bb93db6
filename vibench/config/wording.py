"""Types and values in a user's words: "expected an integer ≥ 1, got the string "100"; remove the quotes"."""

from __future__ import annotations

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import annotated_types as limits
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vibench.config.scalars import OLD_BOOLEANS, number
from vibench.schemas.base import Expects

_PLAIN = {int: "an integer", float: "a number", str: "a text", bool: "true or false", dict: "a mapping"}
_SIGNS = ((limits.Ge, "ge", "≥"), (limits.Gt, "gt", ">"), (limits.Le, "le", "≤"), (limits.Lt, "lt", "<"))


def expected(annotation: Any, metadata: tuple[Any, ...] | list[Any] = ()) -> str:
    """What a value of this annotation must be."""
    said = [marker.words for marker in metadata if isinstance(marker, Expects)]
    if said:
        return said[-1]  # the narrower type says more
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *rest = get_args(annotation)
        return expected(inner, rest)
    if origin in (Union, UnionType):
        parts = [expected(part) for part in get_args(annotation) if part is not NoneType]
        return " or ".join(dict.fromkeys(parts))
    if origin is Literal:
        return _one_of(get_args(annotation))
    if origin in (list, tuple):
        return _list_of(get_args(annotation), metadata)
    if origin is dict or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return "a mapping"
    return f"{_PLAIN.get(annotation, 'a value')}{_range(metadata)}"


def expected_of(field: FieldInfo) -> str:
    """What a field takes."""
    return expected(field.annotation, field.metadata)


def _list_of(items: tuple[Any, ...], metadata: Any) -> str:
    """A list: of how many, and of what."""
    least = max((marker.min_length for marker in _flat(metadata) if isinstance(marker, limits.MinLen)), default=0)
    size = f"a list of at least {least}" if least else "a list"
    if len(items) > 1 and items[1] is not Ellipsis:
        size = f"a list of {len(items)}"
    return f"{size} (each {expected(items[0])})"


def _one_of(values: tuple[Any, ...]) -> str:
    shown = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    return shown[0] if len(shown) == 1 else "one of " + ", ".join(dict.fromkeys(shown))


def _flat(metadata: Any) -> list[Any]:
    """Constraints of `Field(ge=…)` arrive as one FieldInfo when written inside `Annotated`."""
    found = []
    for marker in metadata:
        found += marker.metadata if isinstance(marker, FieldInfo) else [marker]
    return found


def _range(metadata: Any) -> str:
    markers = _flat(metadata)
    bounds = [
        f"{sign} {getattr(marker, name):g}"
        for kind, name, sign in _SIGNS
        for marker in markers
        if isinstance(marker, kind)
    ]
    if any(isinstance(marker, limits.MinLen) for marker in markers):
        return " that is not empty"
    return f" {' and '.join(bounds)}" if bounds else ""


def got(value: Any) -> str:
    """A value as the user wrote it, with its kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'the text "{value[:60]}{"…" if len(value) > 60 else ""}"'
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        if all(isinstance(item, int | float) for item in value) and 0 < len(value) <= 8:
            return str(list(value)).replace("True", "true").replace("False", "false")
        return f"a list of {len(value)}" if value else "an empty list"
    return f"{value!r}"


class Remedy(NamedTuple):
    """What to do about a value, and what to write in its place where that is certain."""

    hint: str = ""
    to: str = ""


def remedy(value: Any, words: str) -> Remedy:
    """The easiest thing to do next about a value of the wrong type."""
    if isinstance(value, str):
        return _of_text(value.strip(), words)
    if value in (0, 1) and not isinstance(value, bool) and "true or false" in words:
        return _write("true" if value else "false")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Remedy()
    return Remedy(f'quote it: `"{value}"`', f'"{value}"') if words.startswith("a text") else Remedy()


def _of_text(text: str, words: str) -> Remedy:
    if "true or false" in words:
        if text in OLD_BOOLEANS or text.lower() in ("true", "false"):
            right = str(OLD_BOOLEANS.get(text, text.lower() == "true")).lower()
            return Remedy(f"write `{right}` without quotes", right)
        if text in ("dryrun", "offline", "online", "disabled"):
            return Remedy(f"write `{{mode: {'offline' if text == 'dryrun' else text}}}`")
    if text.lower() in ("none", "null"):
        return Remedy("leave the key out, or write `null` without quotes")
    if words.startswith("a list (each a text"):
        return Remedy(f"write `[{text}]`")
    clock = _of_clock(text) if "a duration" in words else Remedy()
    return _of_number(text) if not clock.hint and ("integer" in words or "number" in words) else clock


def _of_number(text: str) -> Remedy:
    """A number in quotes, or in the spelling of another language."""
    try:
        if not isinstance(number(text), str):
            plain = "" if re.fullmatch(r"[-+]?[0-9]+|[-+]?[0-9]+\.[0-9]*", text) else f": `{text}` is a number here"
            return Remedy(f"remove the quotes{plain}", text)
    except ValueError:
        return Remedy()
    if re.fullmatch(r"[0-9]{1,3}(?:[_,][0-9]{3})+", text):
        return _write(text.replace("_", "").replace(",", ""))
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)? ?%", text):
        return _write(f"{float(text.rstrip('% ')) / 100:g}")
    return Remedy()


def _of_clock(text: str) -> Remedy:
    if re.fullmatch(r"\d{1,2}(:\d{2}){2}", text):
        return Remedy(f"write `00:{text:0>8}`: days come first", f"00:{text:0>8}")
    unit = re.fullmatch(r"(\d+) ?(d|h|m|s)[a-z]*", text)
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return Remedy(f"write `{{{units[unit[2]]}: {unit[1]}}}`") if unit else Remedy()


def _write(text: str) -> Remedy:
    return Remedy(f"write `{text}`", text)
