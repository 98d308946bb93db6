"""Other names and places of settings: aliases, nested and flat forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vibench.config.canonical import names_of
from vibench.editor.models import HIDDEN, REFERENCE, Definitions, refused
from vibench.editor.unions import named
from vibench.schemas.experiment import DEFAULT_TRAINER, TrainerSection
from vibench.schemas.trainer import OWNED, TrainerArgs

Schema = dict[str, Any]
_CUSTOM = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "not": {"const": DEFAULT_TRAINER}}},
}


def other_names(definitions: Definitions, trainers: Mapping[str, Schema]) -> None:
    """Add to `trainer` and its settings what else may be written there."""
    properties = definitions["TrainerArgs"]["properties"]
    gone = [name for name in properties if name not in TrainerArgs.model_fields]
    _aliases(properties)
    _nested(definitions)
    properties["logger_name"] = _hidden({"$ref": "#/$defs/EnvironmentArgs/properties/name"})
    custom = {name: _setting(name) for name in properties if name not in gone}
    properties |= {key: refused(why) for key, why in OWNED.items() if key not in properties}
    definitions["CustomTrainerArgs"] = {
        "description": "Settings of a custom trainer: vibench's, and its own beside them.",
        "properties": custom,
    }
    _section(definitions, list(properties), list(custom))
    _registered(definitions, trainers)


def _setting(name: str) -> Schema:
    return {"$ref": f"#/$defs/TrainerArgs/properties/{name}"}


def _hidden(reference: Schema, **says: Any) -> Schema:
    """Another name of a setting, which editors accept and do not offer; beside a bare `$ref` they do not see that."""
    return {"allOf": [reference], **HIDDEN, **says}


def _aliases(properties: Schema) -> None:
    names = names_of(TrainerArgs)
    for alias, name in names.aliases.items():
        says = {"deprecationMessage": f"write `{name}`", "deprecated": True} if alias in names.deprecated else {}
        properties[alias] = _hidden(_setting(name), **says)


def _nested(definitions: Definitions) -> None:
    for parent, inner in names_of(TrainerArgs).nested.items():
        reference = definitions["TrainerArgs"]["properties"][parent]["$ref"]
        mapping = definitions[reference.rpartition("/")[2]]
        mapping["properties"] |= {name: _setting(setting) for name, setting in inner.items()}


def _section(definitions: Definitions, default: list[str], custom: list[str]) -> None:
    """`trainer` takes its settings under `args` or flat beside `name`; a custom trainer takes others too."""
    own = definitions["TrainerSection"]["properties"]
    flat = {name: _hidden(_setting(name)) for name in default if name not in TrainerSection.model_fields}
    beside = {name: shape for name, shape in flat.items() if name in custom}
    definitions["DefaultTrainer"] = {"properties": {**own, **flat}, "additionalProperties": False}
    arguments = {**own["args"], "$ref": "#/$defs/CustomTrainerArgs"}
    definitions["CustomTrainer"] = {"properties": {**own, "args": arguments, **beside}}
    definitions["TrainerSection"] = {
        "description": TrainerSection.__doc__,
        "if": _CUSTOM,
        "then": {"$ref": "#/$defs/CustomTrainer"},
        "else": {"$ref": "#/$defs/DefaultTrainer"},
    }


def _registered(definitions: Definitions, trainers: Mapping[str, Schema]) -> None:
    """Registered trainers: their own arguments beside vibench's, which are both known."""
    section = definitions["CustomTrainer"]
    section["properties"]["name"] = {**section["properties"]["name"], "examples": [DEFAULT_TRAINER, *trainers]}
    for name, shape in trainers.items():
        definition = f"trainers-{name}"
        own = shape.get("properties", {})
        definitions.update(shape.get("$defs", {}))
        definitions[definition] = {
            "properties": {**definitions["CustomTrainerArgs"]["properties"], **own},
            "additionalProperties": not own,
        }
        then = {"properties": {"args": {"$ref": REFERENCE.format(model=definition)}}}
        section.setdefault("allOf", []).append({"if": named("name", name), "then": then})
