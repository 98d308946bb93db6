"""Parts named in a config (data, model, task, callbacks, loggers): whose they are, and what their models say.

Registered parts and Lightning's own callbacks, loggers and profilers are checked by their Pydantic models, other
classes against their source. Nothing is imported but vibench's models, and they only when a config names one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from operator import is_not
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from vibench.config.canonical import key_span, remove
from vibench.config.classes import class_findings, existence_findings, offer_findings, task_findings
from vibench.config.context import Context
from vibench.config.source import Map, Seq
from vibench.config.suggest import closest, similar
from vibench.config.translate import findings_of, first_span, value_span
from vibench.config.wording import got
from vibench.diagnostics import Diagnostic, Related, diagnostic
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.components import BUILTINS, COMPONENT_KEYS, TABLES, ClassTable, Component, Kind, lightnings
from vibench.schemas.spelling import typo_of

SECTIONS: tuple[Kind, ...] = get_args(Kind)
_LIGHTNING = "pytorch_lightning."


def check_model(tree: Map, model: type[BaseModel], path: str) -> list[Diagnostic]:
    """Validate a mapping that stands at `path` by one of our own models; all findings."""
    try:
        model.__pydantic_validator__.validate_python(without_nulls(tree, model))
    except ValidationError as error:
        return findings_of(error, tree, model, path)
    return []


def without_nulls(tree: Map, model: type[BaseModel]) -> Map:
    """`null` means "not written": take such keys out, unless the setting says that null is a value."""
    result = tree
    if not tree.nulls:
        return tree
    if None in tree.values():
        result = tree.copy()
        for key, value in tree.items():
            if value is None and key in model.model_fields and not setting_of(model, key).keeps_null:
                remove(result, key)
    for key, models in branches(model).items():
        if key in tree:
            below = _inside(tree[key], models)
            if below is not tree[key]:
                result = result if result is not tree else tree.copy()
                result[key] = below
    return result


def _inside(value: Any, models: tuple[type[BaseModel], ...]) -> Any:
    """The same of a mapping, or of each in a list."""
    if isinstance(value, Map):
        return without_nulls(value, _meant(models, value))
    if isinstance(value, Seq) and value.nulls:
        parts = [_inside(part, models) for part in value]
        return parts if any(map(is_not, parts, value)) else value
    return value


@cache
def branches(model: type[BaseModel]) -> dict[str, tuple[type[BaseModel], ...]]:
    """Settings whose value may be a mapping with a model of its own, or with one of several."""
    found: dict[str, tuple[type[BaseModel], ...]] = {}
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, StrictModel):
                found[name] = (*found.get(name, ()), part)
    return found


def inner_models(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Settings whose value may be a mapping, with a model of it."""
    return {name: models[-1] for name, models in branches(model).items()}


def _meant(models: tuple[type[BaseModel], ...], value: Map) -> type[BaseModel]:
    """The model that a mapping says by its `name`, where there are several."""
    named = value.get("name") if len(models) > 1 else None
    return _by_class_name(models).get(named, models[-1]) if isinstance(named, str) else models[-1]


@cache
def _by_class_name(models: tuple[type[BaseModel], ...]) -> dict[str, type[BaseModel]]:
    return {one.__name__: one for one in reversed(models)}


def section_findings(tree: Map, context: Context) -> Iterator[Diagnostic]:
    """The findings in `data`, `model` and `task`; those of another framework share one finding."""
    foreign: list[Kind] = []
    for kind in SECTIONS:
        section = tree.get(kind)
        if isinstance(section, Map):
            yield from _section(kind, section, tree, context, foreign)
    if foreign:
        yield _foreign(foreign, tree)


def _section(kind: Kind, section: Map, tree: Map, context: Context, foreign: list[Kind]) -> Iterator[Diagnostic]:
    """The findings in a section; one that belongs to another framework is put on the list."""
    if is_built_in(kind, section):
        yield from _built_in(kind, section)
    elif any(near := [_near_miss(key, section) for key in section]):
        for key, meant in zip(section, near, strict=True):
            if meant:
                message = f"unknown key `{key}` in {kind}"
                hint = f"did you mean `{meant}`?"
                span = key_span(section, key)
                yield diagnostic("unknown-key", f"{kind}.{key}", message, hint=hint, suggestion=meant, span=span)
    elif "class_path" in section:
        yield from check_model(section, Component, kind)
        if kind == "task":
            yield from task_findings(section, tree, context)
        else:
            alone = kind == "model" and context.training and not tree.get("task")
            yield from class_findings(section, kind, "task" if alone else kind, context)
    elif is_named(kind, section, context):
        yield from offer_findings(context.named[kind, section["name"]], section, kind, context)
    elif misspelt := _misspelt_name(kind, section, context):
        yield misspelt
    else:
        foreign.append(kind)


def is_built_in(kind: Kind, section: Map | dict[str, Any]) -> bool:
    """The name of one of vibench's own parts with nothing but `args` beside it."""
    name = section.get("name")
    return isinstance(name, str) and name in BUILTINS[kind] and section.keys() <= {"name", "args"}


def is_named(kind: Kind, section: Map | dict[str, Any], context: Context) -> bool:
    """A registered name with nothing but `args` beside it."""
    name = section.get("name")
    return isinstance(name, str) and set(section) <= {"name", "args"} and context.find(kind, name) is not None


def is_ours(kind: Kind, section: dict[str, Any], context: Context) -> bool:
    """Whether vibench can build this section."""
    return "class_path" in section or is_built_in(kind, section) or is_named(kind, section, context)


def _near_miss(key: str, section: Map) -> str:
    if key in COMPONENT_KEYS:
        return ""
    match = typo_of(key, COMPONENT_KEYS, 1) or similar(key, COMPONENT_KEYS, 0.8)
    return match if match not in section else ""


def _built_in(kind: Kind, section: Map) -> Iterator[Diagnostic]:
    args = section.get("args")
    if isinstance(args, Map):
        builtin = BUILTINS[kind][section["name"]]
        model = builtin.plain_model()
        found = check_model(args, model, f"{kind}.args")
        if found and builtin.args_model() is not model:
            found = check_model(args, builtin.args_model(), f"{kind}.args")
        yield from found
    elif args is not None:
        span = value_span(section, "args")
        message = f"expected a mapping of arguments, got {got(args)}"
        yield diagnostic("wrong-type", f"{kind}.args", message, span=span)


def _misspelt_name(kind: Kind, section: Map, context: Context) -> Diagnostic | None:
    """A `name` with nothing but `args` beside it that is almost one of the registered names."""
    name = section.get("name")
    if not isinstance(name, str) or not section.keys() <= {"name", "args"}:
        return None
    names = context.names(kind)
    match = closest(name, names)
    if not match:
        return None
    message = f"no {kind} is registered as `{name}`; known: {', '.join(f'`{known}`' for known in names)}"
    hint = f"did you mean `{match}`?"
    return diagnostic(
        "unknown-name", f"{kind}.name", message, hint=hint, suggestion=match, span=value_span(section, "name")
    )


def _foreign(kinds: list[Kind], tree: Map) -> Diagnostic:
    """The sections of another framework, in one finding."""
    first, *others = sorted(kinds, key=lambda kind: key_span(tree, kind).start)
    names = {kind: ", ".join(f"`{name}`" for name in BUILTINS[kind]) for kind in (first, *others)}
    if others:
        listed = f"{', '.join(f'`{kind}`' for kind in (first, *others[:-1]))} and `{others[-1]}`"
        message = f"{listed} belong to another framework: they have no `class_path`, and no registered `name` alone"
        known = "; ".join(f"{kind}: {those}" for kind, those in names.items())
        hint = f"to train them with vibench, write `class_path` and `init_args`, or registered names ({known})"
    else:
        message = f"`{first}` belongs to another framework: it has no `class_path`, and no registered `name` alone"
        hint = f"to train it with vibench, write `class_path` and `init_args`, or a registered name ({names[first]})"
    related = tuple(Related(kind, "and this section", key_span(tree, kind)) for kind in others)
    return diagnostic("foreign-section", first, message, hint=hint, span=key_span(tree, first), related=related)


def component_findings(components: Any, path: str, table: str, context: Context) -> Iterator[Diagnostic]:
    """What is wrong in a list of components; `table` says whose short names and models count."""
    for index, component in enumerate(components if isinstance(components, Seq) else ()):
        if isinstance(component, Map):
            yield from component_finding(component, f"{path}.{index}", table, context)


# Components of Lightning's that nothing is wrong with, by what they hold: a campaign has the same ones in many files.
_RIGHT: set[tuple[str, str]] = set()
_MOST, _LONGEST = 512, 1000


def component_finding(component: Map, path: str, table: str, context: Context) -> Iterator[Diagnostic]:
    """What is wrong in one component, beyond its shape."""
    content = table, repr(component)
    if content in _RIGHT:
        return
    found = list(_component(component, path, table, context))
    if not found and len(content[1]) <= _LONGEST and _is_lightnings(component, table):
        if len(_RIGHT) >= _MOST:
            _RIGHT.clear()
        _RIGHT.add(content)
    yield from found


def _is_lightnings(component: Map, table: str) -> bool:
    """Whether a component is of a class that is known without a look at what is installed."""
    classes, class_path = lightnings(table), component.get("class_path")
    named = component.get("name") if class_path is None else class_path
    short = named.rpartition(".")[2] if isinstance(named, str) else ""
    return short in classes.models and class_path in (None, f"{classes.package}{short}")


def _component(component: Map, path: str, table: str, context: Context) -> Iterator[Diagnostic]:
    """As `component_finding`, of one that was not seen before."""
    written = [key for key in ("class_path", "name") if isinstance(component.get(key), str)]
    if not written and any(_near_miss(key, component) for key in component):
        return  # the misspelt key has its own finding
    if len(written) != 1:
        message = (
            "a component needs `class_path` or `name`" if not written else "`class_path` and `name` are both written"
        )
        yield diagnostic(
            "missing-key" if not written else "conflict",
            path,
            message,
            hint="write one",
            span=first_span(component),
        )
        return
    key = written[0]
    args_key, other = ("init_args", "args") if key == "class_path" else ("args", "init_args")
    if other in component:
        message = f"`{other}` does not go with `{key}`"
        hint = f"write `{args_key}`"
        yield diagnostic("unknown-key", f"{path}.{other}", message, hint=hint, span=key_span(component, other))
    yield from _known_component(component, (key, args_key), path, table, context)


def _known_component(
    component: Map, keys: tuple[str, str], path: str, table: str, context: Context
) -> Iterator[Diagnostic]:
    """What is wrong with the class or the name, and with its arguments; `keys`: how they are written."""
    key, named = keys[0], component[keys[0]]
    if named.startswith("lightning.pytorch."):
        right = named.replace("lightning.pytorch.", "pytorch_lightning.", 1)
        message = "vibench builds on `pytorch_lightning`; a class of `lightning` does not work with it"
        span = value_span(component, key)
        yield diagnostic("wrong-class", f"{path}.{key}", message, hint=f"write `{right}`", suggestion=right, span=span)
        return
    own = key == "class_path" and not named.startswith(_LIGHTNING)
    classes = ClassTable() if own else lightnings(table)
    short = named.rpartition(".")[2]
    if key == "class_path" and not classes.models:
        yield from class_findings(component, path, table, context)
    elif key == "name" and short not in classes.unusable and short not in classes.models:
        yield from _by_name(component, path, table, context)
    else:
        moved = key == "class_path" and named != f"{classes.package}{short}"
        absent = existence_findings(component, path, context) if moved else []
        yield from absent or _by_model(component, keys, path, classes, table)


def _by_name(component: Map, path: str, table: str, context: Context) -> Iterator[Diagnostic]:
    """A component by a name that is none of Lightning's."""
    if table in TABLES and context.find(table, component["name"]):
        yield from offer_findings(context.named[table, component["name"]], component, path, context)
        return
    known = context.names(table) if table in TABLES else list(lightnings(table).models)
    if known:
        yield _unknown_name(component, "name", path, table, known)
        return
    message = f"no {table} are registered by name"
    span = value_span(component, "name")
    yield diagnostic("unknown-name", f"{path}.name", message, hint="write `class_path`", span=span)


def _by_model(
    component: Map, keys: tuple[str, str], path: str, classes: ClassTable, table: str
) -> Iterator[Diagnostic]:
    """One of Lightning's own classes, by the model of its arguments."""
    key, args_key = keys
    short = component[key].rpartition(".")[2]
    if short in classes.unusable:
        span = value_span(component, key)
        yield diagnostic("wrong-class", f"{path}.{key}", classes.unusable[short], span=span)
    elif short not in classes.models:
        yield _unknown_name(component, key, path, table, list(classes.models))
    else:
        args = component.get(args_key)
        tree = args if isinstance(args, Map) else Map()
        for finding in check_model(tree, classes.models[short], f"{path}.{args_key}"):
            name, reasons = finding.path.rpartition(".")[2], classes.not_in_yaml.get(short, {})
            if name in reasons:
                finding = replace(finding, hint=f"a file cannot write it: {reasons[name]}", suggestion="")
            yield finding if finding.span else replace(finding, span=value_span(component, key))


def _unknown_name(component: Map, key: str, path: str, table: str, known: list[str]) -> Diagnostic:
    from vibench.schemas.removed import CLASSES  # only a wrong name needs it

    short = component[key].rpartition(".")[2]
    last, match = CLASSES.get(short, ("", closest(short, known)))
    hint = f"did you mean `{match}`?" if match else "known: " + ", ".join(known)
    registered = ", nor registered" if key == "name" and table in TABLES else ""
    until = f"; it was one up to {last}" if last else ""
    message = f"`{short}` is not one of Lightning's {table}{registered}{until}"
    span = value_span(component, key)
    return diagnostic("unknown-name", f"{path}.{key}", message, hint=hint, suggestion=match, span=span)
