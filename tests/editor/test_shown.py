"""Everything that an editor shows is there: sentences, examples that fit, and what each choice means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import jsonschema_rs
import pytest
from pydantic import BaseModel

from vibench import json_schema
from vibench.editor.examples import default_of, example_of
from vibench.editor.models import below
from vibench.editor.words import meanings
from vibench.schemas.base import setting_of
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.experiment import Experiment

SCHEMA = json_schema()


def models() -> Iterator[type[BaseModel]]:
    yield from below(Experiment)
    for parts in BUILTINS.values():
        for builtin in parts.values():
            yield from below(builtin.args_model())
    for table in ("callbacks", "loggers", "profilers"):
        for model in lightnings(table).models.values():
            yield from below(model)


SETTINGS = sorted(
    {(model.__name__, name): (model, name) for model in models() for name in model.model_fields}.items(),
    key=lambda item: item[0],
)
CASES = [pytest.param(*case, id=".".join(key)) for key, case in SETTINGS if key[0] != "Experiment"]


def choices(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [choice for part in get_args(annotation) for choice in choices(part)]


@pytest.mark.parametrize(("model", "name"), CASES)
def test_a_setting_says_all(model: type[BaseModel], name: str) -> None:
    shown, field = SCHEMA["$defs"].get(model.__name__, {}).get("properties", {}).get(name), model.model_fields[name]
    if model.__name__ == "TrainerSection":  # made of two definitions
        shown = SCHEMA["$defs"]["DefaultTrainer"]["properties"][name]
    assert shown["description"] == field.description
    assert "Takes " in shown["markdownDescription"]
    assert field.is_required() or shown["default"] == default_of(field)
    feeds = setting_of(model, name).feeds
    assert feeds in shown["markdownDescription"]
    fits = jsonschema_rs.validator_for({**shown, "$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"]})
    assert shown["examples"] == [example_of(model, name)]
    assert fits.is_valid(shown["examples"][0])
    said = {str(value) for value in meanings(field)}
    wanted = {str(choice) for choice in choices(field.annotation)}
    assert wanted <= said or len(wanted) == 1


def test_an_old_key_is_refused_with_what_to_write() -> None:
    shown = SCHEMA["$defs"]["TrainerArgs"]["properties"]["epochs"]
    assert (shown["enum"], shown["errorMessage"], shown["doNotSuggest"]) == ([], "write `num_epochs`", True)


def test_a_deprecated_key_is_accepted_and_not_offered() -> None:
    shown = SCHEMA["$defs"]["TrainerArgs"]["properties"]["replace_sampler_ddp"]
    assert (shown["deprecationMessage"], shown["doNotSuggest"]) == ("write `use_distributed_sampler`", True)
    assert jsonschema_rs.is_valid(SCHEMA, {"trainer": {"args": {"replace_sampler_ddp": True}}})
