"""Our models say the same of a file's values as they stand and of their JSON: no value is right in one form alone."""

from __future__ import annotations

from collections.abc import Callable
from json import dumps
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from vibench.config.parts import branches, without_nulls
from vibench.config.source import compose
from vibench.diagnostics import Source
from vibench.schemas.components import BUILTINS, lightnings
from vibench.schemas.experiment import Experiment
from vibench.schemas.sample import CANDIDATES, samples

TABLES = ("callbacks", "loggers", "profilers", "plugins", "strategies")
VALUES: tuple[Any, ...] = (
    *CANDIDATES, 1.0, 100, 1e5, 2**62, "1", "a", "", "é", "true", "min", None, {}, [], [None], [[1]], [1, 2],
    [0.9, 0.99], [0.7, 0.2, 0.1], ["a", 1], {"a": None}, {"0": 1.5}, {"1": "a"}, {"a": [1]}, {"dim": 0}, {"hours": 1},
    {"name": "AdamW"}, {"name": "AdamW", "args": {"betas": [0.9, 0.99]}}, {"name": "None"}, {"name": ["AdamW"]},
)  # fmt: skip


def ours() -> list[type[BaseModel]]:
    """Every model of settings, and those inside them."""
    queue: list[type[BaseModel]] = [Experiment]
    for parts in BUILTINS.values():
        for part in parts.values():
            queue += [part.args_model(), part.plain_model()]
    for table in TABLES:
        queue += lightnings(table).models.values()
    seen: dict[type[BaseModel], None] = {}
    while queue:
        model = queue.pop()
        if model not in seen:
            seen[model] = None
            queue += [inner for models in branches(model).values() for inner in models]
    return list(seen)


def said(validate: Callable[[], BaseModel]) -> Any:
    """What was made, or where and of what kind each error is."""
    try:
        return validate()
    except ValidationError as error:
        return [(item["loc"], _kind(item["type"])) for item in error.errors()]


def _kind(error: str) -> str:
    """A list that is no choice has another error in each form, and one finding."""
    return "no choice" if error in ("union_tag_not_found", "model_attributes_type") else error


@pytest.mark.parametrize("model", ours(), ids=lambda model: model.__name__)
def test_values_as_they_stand_and_as_json(model: type[BaseModel]) -> None:
    right = 0
    for name in model.model_fields:
        for value in (*VALUES, *samples(model, name)):
            tree = without_nulls(compose(Source("", dumps({name: value})))[0], model)
            as_it_stands = said(lambda tree=tree: model.model_validate(tree))
            by_json = said(lambda tree=tree: model.model_validate_json(dumps(tree)))
            assert as_it_stands == by_json, (name, value)
            right += isinstance(by_json, BaseModel)
    assert right or any(field.is_required() for field in model.model_fields.values())
