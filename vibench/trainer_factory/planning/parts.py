"""A part of a plan, and how settings and components become one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from vibench.schemas import resolve
from vibench.schemas.base import DurationParts, setting_of
from vibench.schemas.components import Component, is_component, lightnings

if TYPE_CHECKING:
    from vibench.config.offers import Offer

Named = Mapping[tuple[str, str], "Offer"]
NONE_NAMED: Named = MappingProxyType({})
PL = "pytorch_lightning"
OURS = "vibench.trainer_factory"


@dataclass(frozen=True)
class Part:
    """An object to build: a class (or a function that makes one) and its arguments.

    `yields_to`: the class of Lightning's that a callback gives way to, where the user lists one of its kind.
    `registered`: the table and the name that it was registered under, where the config names it so. `place`: where it
    stands in the config, if it does.
    """

    class_path: str
    init_args: dict[str, Any]
    yields_to: str = ""
    registered: tuple[str, str] | None = None
    place: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The class's own name."""
        return self.class_path.rpartition(".")[2]


def feeding(model: BaseModel, target: str, names: Any, *, written: bool = False) -> dict[str, Any]:
    """The arguments of `target` that the settings of a model feed; only the written ones if asked."""
    fed = _fed(type(model), target)
    found = (name for name in names if name in fed and (not written or name in model.model_fields_set))
    return {fed[name]: taken(model, name) for name in found}


@cache
def _fed(model: type[BaseModel], target: str) -> dict[str, str]:
    """The settings of a model that feed `target`, each with the argument."""
    feeds = {name: setting_of(model, name).feeds.partition(".") for name in model.model_fields}
    return {name: argument for name, (owner, _, argument) in feeds.items() if owner == target}


def taken(model: BaseModel, name: str) -> Any:
    """A setting as Lightning takes it."""
    value = getattr(model, name)
    becomes = setting_of(type(model), name).becomes
    if becomes == "timedelta" and value is not None:
        return timedelta(seconds=resolve.seconds(value))
    if becomes == "epochs" and isinstance(value, dict):
        return {int(epoch): factor for epoch, factor in value.items()}
    if becomes and isinstance(value, BaseModel):
        return Part(becomes, {key: taken(value, key) for key in sorted(value.model_fields_set)})
    if isinstance(value, DurationParts):
        return value.model_dump(exclude_defaults=True) or {"seconds": 0}
    return value


def placed(parts: list[Part], path: str) -> list[Part]:
    """Parts of a list in the config, each with its place there."""
    return [replace(part, place=f"{path}.{index}") for index, part in enumerate(parts)]


def part_of(component: Component, table: str, named: Named = NONE_NAMED) -> Part:
    """A component as a part: short names resolved, arguments of Lightning's own classes as Lightning takes them."""
    offer = named.get((table, component.name or ""))
    if offer is not None and offer.origin != "pytorch_lightning":
        return Part(offer.target or offer.name, parts_in(component.args), registered=(table, offer.name))
    package = lightnings(table).package
    class_path = component.class_path or f"{package}{component.name}"
    arguments = component.init_args if component.class_path else component.args
    name = class_path.rpartition(".")[2]
    if package and class_path.startswith(package):
        arguments = _as_lightning_takes(table, name, arguments)
    elif table == "strategies" and isinstance(arguments.get("timeout"), int | float):
        arguments = {**arguments, "timeout": timedelta(seconds=arguments["timeout"])}
    return Part(class_path, parts_in(arguments))


def parts_in(value: Any) -> Any:
    """Arguments with the components inside them as parts."""
    if is_component(value):
        return Part(value["class_path"], parts_in(value.get("init_args") or {}))
    if isinstance(value, dict):
        return {key: parts_in(inner) for key, inner in value.items()}
    return [parts_in(item) for item in value] if isinstance(value, list) else value


def _as_lightning_takes(table: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments that went through the model of a class."""
    from json import dumps

    model = lightnings(table).models[name].model_validate_json(dumps(arguments))
    return {key: taken(model, key) for key in arguments}
