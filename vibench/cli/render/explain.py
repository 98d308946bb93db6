"""A topic in words: what it takes, what it becomes, its other names, an example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from inspect import getdoc
from json import dumps
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from vibench.cli.catalog import TABLES, Code, Foreign, Former, Key, Thing, Topic
from vibench.config.wording import expected_of
from vibench.diagnostics import CODES
from vibench.schemas.base import default_value, setting_of
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.sample import samples
from vibench.trainer_factory.sources import fed_by

INDENT = "  "


def as_text(topics: list[Topic]) -> str:
    """All topics that a name stands for."""
    return "\n\n".join("\n".join(_lines(topic)) for topic in topics)


@singledispatch
def _lines(topic: Topic) -> Iterator[str]:
    raise TypeError(topic)


@_lines.register
def _(topic: Key) -> Iterator[str]:
    says = setting_of(topic.model, topic.name)
    field = topic.model.model_fields[topic.name]
    inner = topic.path if topic.owner in ("", topic.path.partition(".")[0]) else f"{topic.path} of `{topic.owner}`"
    becomes = [says.feeds] if says.feeds else fed_by(topic.path)
    facts = {
        "takes": expected_of(field),
        "default": default_of(topic),
        "becomes": ", ".join(becomes),
        "also written": ", ".join((*says.aliases, *_nested(topic))),
        "from the data": f"its `{says.from_data}`, where it is not written" if says.from_data else "",
        "old": says.deprecated,
    }
    yield inner
    yield f"{INDENT}{field.description}"
    yield ""
    yield from _facts(facts)
    yield from ("", *(f"{INDENT}{line}" for line in example(topic)))


@_lines.register
def _(topic: Thing) -> Iterator[str]:
    yield f"{topic.title} (written in `{topic.where}`)"
    if topic.model is None:
        yield f"{INDENT}A trainer that was registered by a module of yours."
        return
    yield f"{INDENT}{(getdoc(topic.model) or '').partition(chr(10))[0]}"
    yield ""
    rows = {name: f"{field.description}" for name, field in topic.model.model_fields.items()}
    yield from _facts(rows)


@_lines.register
def _(topic: Code) -> Iterator[str]:
    row = CODES[topic.code]
    yield f"{row.severity}[{topic.code}]"
    yield f"{INDENT}{row.summary}"
    if row.silenceable or row.severity == "warning":
        yield f"{INDENT}Silenced where it stands by a comment: `# vibench: ignore[{topic.code}]`"


@_lines.register
def _(topic: Former) -> Iterator[str]:
    yield f"{topic.path} (not a setting{f'; Lightning had it up to {topic.row.until}' if topic.row.until else ''})"
    yield f"{INDENT}{topic.row.instead[:1].upper()}{topic.row.instead[1:]}."
    if topic.row.rewrites or topic.row.inside:
        yield f"{INDENT}`vibench migrate` rewrites it."


@_lines.register
def _(topic: Foreign) -> Iterator[str]:
    page = topic.page
    yield f"{page.offer.name} (written in `{topic.where}`, registered by {page.offer.origin})"
    if page.sentence:
        yield f"{INDENT}{page.sentence}"
    if page.place:
        yield f"{INDENT}{page.offer.target}, {page.place}"
    yield ""
    rows = {one.name: f"{one.takes}{' (must be written)' if one.required else ''}".strip() for one in page.arguments}
    yield from _facts({name: text or "-" for name, text in rows.items()})


def _facts(rows: dict[str, str]) -> Iterator[str]:
    width = max(map(len, rows), default=0)
    yield from (f"{INDENT}{name:<{width}}  {text}" for name, text in rows.items() if text)


def default_of(key: Key) -> str:
    """The default in words."""
    default = default_value(key.model.model_fields[key.name])
    if default is PydanticUndefined:
        return "none: it must be written"
    if default is None:
        return "not written"
    if isinstance(default, BaseModel):
        return "every setting of it has its own"
    return _yaml(default)


def _nested(key: Key) -> tuple[str, ...]:
    parent, _, name = setting_of(key.model, key.name).nested.partition(".")
    return (f"{parent}.{name or key.name}",) if parent else ()


def example(key: Key) -> list[str]:
    """The setting in a config file, as YAML."""
    value = _example_value(key)
    steps = key.path.split(".")
    if key.owner and steps[0] == key.owner:
        inside = ": {".join(steps[1:]) + f": {_yaml(value)}" + "}" * (len(steps) - 2)
        table = next(table for table in TABLES if key.owner in lightnings(table).models)
        part = f"{{name: {key.owner}, args: {{{inside}}}}}"
        return ["trainer:", "  args:", f"    callbacks: [{part}]" if table == "callbacks" else f"    profiler: {part}"]
    lines = [f"{INDENT * depth}{step}:" for depth, step in enumerate(steps)]
    lines[-1] += f" {_yaml(value)}"
    return [lines[0], f"{INDENT}name: {key.owner}", *lines[1:]] if steps[0] in BUILTINS and key.owner else lines


def _example_value(key: Key) -> Any:
    """What the declaration gives as an example, else the default, else something else that it takes."""
    given = setting_of(key.model, key.name).example
    default = default_value(key.model.model_fields[key.name])
    if given is not None:
        return given
    if isinstance(default, str | int | float) and not isinstance(default, bool):
        return default
    sample = next(samples(key.model, key.name), default)
    if not isinstance(sample, BaseModel):
        return sample
    first = next(iter(type(sample).model_fields))
    return {first: _example_value(Key(first, type(sample), first))}


def _yaml(value: Any) -> str:
    """A value in the flow style of YAML, texts without quotes where none are needed."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    plain = isinstance(value, str) and value.replace("_", "").replace(".", "").replace("-", "").isalnum()
    return value if plain and value[0].isalpha() else dumps(value, ensure_ascii=False)
