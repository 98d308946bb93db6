"""The JSON Schema of a config, made from the models alone."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from json import dumps
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from vibench.schemas.base import setting_of
from vibench.schemas.components import BUILTINS, Kind
from vibench.schemas.environment import UPPER_CASE, EnvironmentArgs
from vibench.schemas.experiment import DEFAULT_TRAINER, FOREIGN_SECTIONS, Experiment, TrainerSection
from vibench.schemas.trainer import CheckpointSettings, EarlyStoppingSettings, PruningSettings, TrainerArgs

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
Parts = Mapping[str, Mapping[str, Schema]]
NO_PARTS: Parts = MappingProxyType({})
_NESTED: dict[str, type[BaseModel]] = {
    "checkpoint": CheckpointSettings,
    "early_stopping": EarlyStoppingSettings,
    "pruning": PruningSettings,
}


def json_schema(section: str | None = None, parts: Parts = NO_PARTS) -> Schema:
    """The JSON Schema (2020-12) of a whole file, or of one section.

    `parts`: schemas of the arguments of registered parts that are not built in, by table (`data`, `callbacks`, …) and
    name.

    Raises KeyError for a section that does not exist.
    """
    schema = Experiment.model_json_schema()
    definitions = schema["$defs"]
    _null_is_not_written(Experiment, schema)
    for model in _models(Experiment):
        if model.__name__ in definitions:
            _null_is_not_written(model, definitions[model.__name__])
    _other_names(definitions)
    _environment(definitions["EnvironmentArgs"])
    for kind in BUILTINS:
        schema["properties"][kind] = _part(kind, definitions, parts.get(kind, {}))
    if parts.get("callbacks"):
        definitions["Component"]["properties"]["name"]["examples"] = list(parts["callbacks"])
    schema["patternProperties"] = {"^x-": {}}
    schema["properties"].update({name: {"description": why} for name, why in FOREIGN_SECTIONS.items()})
    _drop_titles(schema)
    _close_patterns(schema)
    root = {"$schema": DIALECT, "title": "vibench config", **schema}
    if section is None:
        return root
    return {"$schema": DIALECT, **deepcopy(schema["properties"][section]), "$defs": definitions}


def text(schema: Schema) -> str:
    """The schema as a file."""
    return dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """All models below a model."""
    found: list[type[BaseModel]] = []
    queue: list[Any] = [model]
    while queue:
        current = queue.pop()
        for field in current.model_fields.values():
            for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
                if isinstance(part, type) and issubclass(part, BaseModel) and part not in found:
                    found.append(part)
                    queue.append(part)
    return found


def _null_is_not_written(model: type[BaseModel], schema: Schema) -> None:
    for name, shape in schema.get("properties", {}).items():
        field = model.model_fields[name]
        if field.is_required() or ("anyOf" in shape and {"type": "null"} in shape["anyOf"]):
            continue
        kept = {key: shape.pop(key) for key in ("description", "default", "title") if key in shape}
        branches = shape.pop("anyOf", None) or [dict(shape)]
        shape.clear()
        shape.update(kept, anyOf=[*branches, {"type": "null"}])


def _other_names(definitions: Schema) -> None:
    """Aliases, nested forms, and settings flat beside `trainer.name`."""
    args = definitions["TrainerArgs"]
    own = list(args["properties"])
    for name in own:
        says = setting_of(TrainerArgs, name)
        reference = {"$ref": f"#/$defs/TrainerArgs/properties/{name}"}
        for alias in says.aliases:
            args["properties"][alias] = {**reference, "doNotSuggest": True}
            exclusive = args.setdefault("dependentSchemas", {})
            exclusive[alias] = {"properties": {name: False}}
        if says.nested:
            parent, _, inner = says.nested.partition(".")
            definitions[_NESTED[parent].__name__]["properties"][inner or name] = reference
    run_name = {"$ref": "#/$defs/EnvironmentArgs/properties/name", "doNotSuggest": True}
    args["properties"]["logger_name"] = run_name
    definitions["CustomTrainerArgs"] = {
        "description": "Settings of a custom trainer: vibench's, and its own beside them.",
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/TrainerArgs/properties/{name}"} for name in args["properties"]},
    }
    custom = {"required": ["name"], "properties": {"name": {"type": "string", "not": {"const": DEFAULT_TRAINER}}}}
    taken = {"if": custom, "then": _args_of("CustomTrainerArgs"), "else": _args_of("TrainerArgs")}
    definitions["TrainerSection"].update(taken)
    section = definitions["TrainerSection"]["properties"]
    section["args"] = {"description": section["args"]["description"]}
    for name in args["properties"]:
        if name not in TrainerSection.model_fields:
            section[name] = {"$ref": f"#/$defs/TrainerArgs/properties/{name}", "doNotSuggest": True}


def _args_of(definition: str) -> Schema:
    return {"properties": {"args": {"anyOf": [{"$ref": f"#/$defs/{definition}"}, {"type": "null"}]}}}


def _environment(schema: Schema) -> None:
    values = schema.pop("additionalProperties")
    schema["patternProperties"] = {UPPER_CASE: values}
    schema["additionalProperties"] = False
    assert set(schema["properties"]) == set(EnvironmentArgs.model_fields)


def _part(kind: Kind, definitions: Schema, others: Mapping[str, Schema]) -> Schema:
    """A part by class path, or registered by name; a mapping of another framework is accepted as it is."""
    rules: list[Schema] = [{"if": {"required": ["class_path"]}, "then": {"$ref": "#/$defs/Component"}}]
    for name, builtin in BUILTINS[kind].items():
        model = builtin.args_model()
        arguments = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(arguments.pop("$defs", {}))
        _null_is_not_written(model, arguments)
        definitions[model.__name__] = arguments
        rules.append({"if": _only(name), "then": _args_of(model.__name__)})
    for name, arguments in others.items():
        arguments = deepcopy(arguments)
        definitions.update(arguments.pop("$defs", {}))
        definitions[f"{kind}-{name}"] = arguments
        rules.append({"if": _only(name), "then": _args_of(f"{kind}-{name}")})
    names = [*BUILTINS[kind], *others]
    return {
        "description": Experiment.model_fields[kind].description,
        "type": ["object", "null"],
        "properties": {"class_path": {"type": "string"}, "name": {"examples": names}},
        "allOf": rules,
    }


def _only(name: str) -> Schema:
    """A registered name with nothing but `args` beside it."""
    return {
        "properties": {"name": {"const": name}},
        "required": ["name"],
        "propertyNames": {"enum": ["name", "args"]},
    }


def _close_patterns(schema: Any) -> None:
    """A mapping whose keys have a pattern takes no others."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _close_patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            _close_patterns(value)


def _drop_titles(schema: Any) -> None:
    """Pydantic's titles repeat the names and clutter what editors show."""
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for value in schema.values():
            _drop_titles(value)
    elif isinstance(schema, list):
        for value in schema:
            _drop_titles(value)
