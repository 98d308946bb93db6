"""The JSON Schema of a config, whole or one section, in the draft that a reader understands."""

from __future__ import annotations

from json import dumps
from types import MappingProxyType
from typing import Any

from vibench.editor.drafts import DRAFTS, Draft
from vibench.editor.models import Definitions
from vibench.editor.names import other_names
from vibench.editor.parts import Parts, components, part_of
from vibench.editor.snippets import snippets
from vibench.schemas.components import BUILTINS
from vibench.schemas.environment import UPPER_CASE, EnvironmentArgs
from vibench.schemas.experiment import FOREIGN_SECTIONS, Experiment
from vibench.schemas.trainer import TrainerArgs

Schema = dict[str, Any]
NO_PARTS: Parts = MappingProxyType({})


def json_schema(section: str | None = None, draft: Draft = "2020-12", parts: Parts = NO_PARTS) -> Schema:
    """The JSON Schema of a whole file, or of one section.

    `parts`: the arguments of registered parts that are not built in, by table (`data`, `callbacks`, …) and name.

    Raises KeyError for a section that does not exist.
    """
    definitions = Definitions()
    definitions.add(Experiment)
    root = definitions.pop("Experiment")
    components(definitions, parts.get("callbacks", {}))
    other_names(definitions, parts.get("trainers", {}))
    for model in (TrainerArgs, EnvironmentArgs):
        snippets(definitions, model)
    _environment(definitions["EnvironmentArgs"])
    for kind in BUILTINS:
        root["properties"][kind] = part_of(kind, definitions, parts.get(kind, {}))
    root["patternProperties"] = {"^x-": {"description": "Ignored: a place for anchors."}}
    if section is None:
        ours = {"type": "object", **root}
        ours["properties"] |= {key: {"description": f"{why}."} for key, why in FOREIGN_SECTIONS.items()}
    else:
        ours = root["properties"][section]
    return DRAFTS[draft]({**ours, "$defs": dict(definitions)})


def text(schema: Schema) -> str:
    """The schema as a file."""
    return dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _environment(definition: Schema) -> None:
    """UPPER_CASE keys are variables of the process environment; no other key is left over."""
    values = {**definition["additionalProperties"], "description": "A variable of the process environment."}
    definition["patternProperties"] = {UPPER_CASE: values}
    definition["additionalProperties"] = False
