"""Parts: `data`, `model`, `task`, and components in lists, by class path or by name with their own arguments."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from vibench.editor.models import REFERENCE, Definitions
from vibench.editor.unions import named
from vibench.schemas.components import BUILTINS, Component, Kind, lightnings
from vibench.schemas.experiment import Experiment

Schema = dict[str, Any]
# By table (`data`, `callbacks`, …) and name, the shape of the arguments of parts that are not built in.
Parts = Mapping[str, Mapping[str, Schema]]
_TABLES = {"CallbackComponent": "callbacks", "LoggerComponent": "loggers", "ProfilerComponent": "profilers"}


def part_of(kind: Kind, definitions: Definitions, others: Mapping[str, Schema]) -> Schema:
    """A part of its own section; a mapping of another framework is accepted as it is."""
    known = {name: _filled(definitions.add(builtin.args_model())) for name, builtin in BUILTINS[kind].items()}
    known |= {name: _own(f"{kind}-{name}", shape, definitions) for name, shape in others.items()}
    rules: list[Schema] = [
        {"if": {"type": "object", "required": ["class_path"]}, "then": {"$ref": "#/$defs/Component"}}
    ]
    rules += [{"if": _only(name), "then": {"properties": {"args": shape}}} for name, shape in known.items()]
    sentence = Experiment.model_fields[kind].description
    name = {"description": f"A registered {kind}, with `args`.", "examples": list(known)}
    class_path = {"description": Component.model_fields["class_path"].description, "type": ["string", "null"]}
    return {
        "description": sentence,
        "type": ["object", "null"],
        "errorMessage": "expected a mapping with `name` and `args`, or with `class_path` and `init_args`",
        "properties": {"name": name, "class_path": class_path, "args": {}, "init_args": {}},
        "allOf": rules,
    }


def _filled(shape: Schema) -> Schema:
    return {"type": ["object", "null"], "errorMessage": "expected a mapping of arguments", **shape}


def _own(name: str, shape: Schema, definitions: Definitions) -> Schema:
    shape = deepcopy(dict(shape))
    for inner, definition in shape.pop("$defs", {}).items():
        definitions.setdefault(inner, definition)
    shape.pop("type", None)
    definitions[name] = shape
    return _filled({"$ref": REFERENCE.format(model=name)})


def _only(name: str) -> Schema:
    """A registered name with nothing but `args` beside it."""
    return {
        **named("name", name),
        "propertyNames": {"enum": ["name", "args"]},
    }


def components(definitions: Definitions, others: Mapping[str, Schema]) -> None:
    """Callbacks, loggers, profilers and other objects: exactly one of `class_path` and `name`, with its arguments."""
    definitions.add(Component)
    plain = definitions["Component"]
    for definition, table in _TABLES.items():
        named = dict(others) if table == "callbacks" else {}
        definitions[definition] = _component(plain, table, definitions, named)
    plain |= _one_of_two()
    arguments = definitions["TrainerArgs"]["properties"]
    arguments["callbacks"]["items"]["$ref"] = "#/$defs/CallbackComponent"
    arguments["profiler"]["$ref"] = "#/$defs/ProfilerComponent"
    definitions["EnvironmentArgs"]["properties"]["loggers"]["items"]["$ref"] = "#/$defs/LoggerComponent"


def _one_of_two() -> Schema:
    named, by_path = _written("name"), _written("class_path")
    return {
        "if": by_path,
        "then": {"properties": {"args": False, "name": {"type": "null", "errorMessage": "`class_path` is enough"}}},
        "else": {
            "if": named,
            "then": {"properties": {"init_args": False}},
            "else": {"required": ["class_path"], "properties": {"class_path": {"type": "string"}}},
        },
    }


def _written(key: str) -> Schema:
    return {"type": "object", "required": [key], "properties": {key: {"type": "string"}}}


def _component(plain: Schema, table: str, definitions: Definitions, others: Mapping[str, Schema]) -> Schema:
    known = lightnings(table)
    rules = [_one_of_two()]
    for name, model in known.models.items():
        takes = definitions.add(model)
        needed = bool(definitions[model.__name__].get("required"))
        rules.append(_takes("name", name, "args", takes, needed))
        rules.append(_takes("class_path", f"{known.package}{name}", "init_args", takes, needed))
    for name, shape in others.items():
        rules.append(
            _takes("name", name, "args", _own(f"{table}-{name}", shape, definitions), bool(shape.get("required")))
        )
    component = deepcopy({key: value for key, value in plain.items() if key in ("description", "properties")})
    component["properties"]["name"]["examples"] = [*known.models, *others]
    return {**component, "additionalProperties": False, "allOf": rules}


def _takes(key: str, name: str, arguments: str, shape: Schema, needed: bool) -> Schema:
    then: Schema = {"properties": {arguments: shape}}
    if needed:
        then = {"properties": {arguments: {**shape, "type": "object"}}, "required": [arguments]}
    return {"if": named(key, name), "then": then}
