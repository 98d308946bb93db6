"""Documents drawn from the models: right ones, nearly right ones, and wrong ones."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from vibench.config.canonical import names_of
from vibench.schemas.components import BUILTINS, Component, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import TrainerArgs

Values = st.SearchStrategy[Any]
TEXTS = st.sampled_from(
    ["", "a", "val_loss", "1", "0,1", "auto", "on", "ddp", "00:01:00:00", "a.B", "#aabbcc", "ü", "a/b", "x.json", "16"]
)
# What may stand anywhere: near the limits of some setting, or of no use to any.
ANYTHING = st.one_of(
    st.sampled_from([None, True, False, 0, 1, -1, -2, 2, 13, 2**32, 0.0, 1.0, 0.5, 1.5, -0.5, 90.0, 1e3, 1e300]),
    TEXTS,
    st.sampled_from([[], [0], [1, 1], [0.5, 0.5, 0.5], ["a"], [None], ["weight"], [{}]]),
    st.sampled_from([{}, {"a": 1}, {"0": 2}, {"-1": 2}, {"name": "Timer"}, {"class_path": "a.B"}, {"hours": 1}]),
)
ODD_KEYS = st.sampled_from(["a", "patince", "lr", "x-a", "logger", "epochs", "PHMBench", "use_wandb", "name", "args"])


def values(annotation: Any, metadata: Any = ()) -> Values:
    """Values of a type, most of them within its limits."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(parts[0], (*metadata, *parts[1:]))
    if origin in (Union, UnionType):
        return st.one_of([values(part, metadata) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (list, tuple):
        return _lists(parts, metadata)
    if origin is dict:
        return st.dictionaries(st.sampled_from(["a", "0", "3", "-1", "01"]), often(values(parts[1])), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return component("") if annotation is Component else mapping(annotation)
    return _scalars(annotation, metadata)


def often(usual: Values) -> Values:
    """What is usual, and now and then anything."""
    return st.integers(0, 24).flatmap(lambda draw: usual if draw else ANYTHING)


def mapping(model: type[BaseModel], more: dict[str, Values] | None = None) -> Values:
    """Some settings of a model, mostly right; now and then an unknown one, or one missing."""
    every = {name: often(values(field.annotation, field.metadata)) for name, field in model.model_fields.items()}
    every |= more or {}
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    keys = _keys(list(every), required)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: every.get(key, ANYTHING) for key in chosen}))


@st.composite
def _keys(draw: st.DrawFn, every: list[str], required: list[str]) -> list[str]:
    keys = draw(st.lists(st.sampled_from(every), max_size=3, unique=True)) if every else []
    if draw(st.integers(0, 15)):
        keys += required
    if not draw(st.integers(0, 19)):
        keys.append(draw(ODD_KEYS))
    return list(dict.fromkeys(keys))


def _lists(parts: tuple[Any, ...], metadata: Any) -> Values:
    if len(parts) > 1 and parts[1] is not Ellipsis:
        return st.one_of(st.tuples(*map(values, parts)).map(list), st.lists(values(parts[0]), max_size=3))
    return st.lists(often(values(parts[0])), max_size=4)


def _scalars(annotation: Any, metadata: Any) -> Values:
    limits = [limit for marker in _flat(metadata) for limit in _limits(marker)]
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        near = [limit + step for limit in limits for step in (-1, 0, 1)] or [0]
        usual = st.integers(int(max(limits[0], 0)) if limits else 0, 300)
        return st.one_of(usual, usual.map(float), st.sampled_from(near).map(int), st.sampled_from([1.0, 2.5, 1e2]))
    if annotation is float:
        near = [limit + step for limit in limits for step in (-0.01, 0, 0.01)] or [0]
        return st.one_of(st.sampled_from(near), st.floats(0, 1), st.integers(0, 3))
    return st.none() if annotation is NoneType else TEXTS if annotation is str else ANYTHING


def _flat(metadata: Any) -> list[Any]:
    return [one for marker in metadata for one in (marker.metadata if isinstance(marker, FieldInfo) else [marker])]


def _limits(marker: Any) -> list[float]:
    found = [getattr(marker, name, None) for name in ("ge", "gt", "le", "lt")]
    return [limit for limit in found if isinstance(limit, int | float)]


@st.composite
def component(draw: st.DrawFn, table: str) -> Any:
    """A callback, logger, profiler, …: Lightning's, or somebody's own."""
    models = lightnings(table).models
    name = draw(st.sampled_from([*models, "Own"]))
    arguments = draw(mapping(models[name]) if name in models else st.just({"a": 1}))
    package = lightnings(table).package if name in models else "my."
    by_name = bool(models) and name in models and draw(st.booleans())
    shape = {"name": name, "args": arguments} if by_name else {"class_path": package + name, "init_args": arguments}
    spoilt = draw(st.integers(0, 19))
    if spoilt == 0:
        shape[draw(st.sampled_from(["name", "class_path", "args", "init_args", "a"]))] = draw(ANYTHING)
    elif spoilt == 1:
        del shape[draw(st.sampled_from(list(shape)))]
    return shape


@st.composite
def part(draw: st.DrawFn, kind: Any) -> Any:
    """A section of its own: a registered part, a class, or another framework's."""
    name = draw(st.sampled_from(list(BUILTINS[kind])))
    shapes = {
        "registered": {"name": name, "args": draw(often(mapping(BUILTINS[kind][name].args_model())))},
        "class": {"class_path": "my.Own", "init_args": draw(often(st.just({"a": 1})))},
        "foreign": {"type": "x", "a": draw(ANYTHING)},
        "anything": draw(ANYTHING),
    }
    return shapes[draw(st.sampled_from(["registered"] * 5 + ["class", "foreign", "anything"]))]


def trainer_args() -> Values:
    """Settings of the trainer, under all their names and in all their places."""
    names, fields = names_of(TrainerArgs), TrainerArgs.model_fields
    own = {name: often(values(field.annotation, field.metadata)) for name, field in fields.items()}
    own["callbacks"] = often(st.lists(component("callbacks"), max_size=2))
    own["profiler"] = st.one_of(own["profiler"], component("profilers"))
    more = {alias: own[name] for alias, name in names.aliases.items()}
    for parent, inner in names.nested.items():
        nested = st.fixed_dictionaries({}, optional={name: own[setting] for name, setting in inner.items()})
        more[parent] = st.one_of(own[parent], nested)
    return mapping(TrainerArgs, {**own, **more, "logger_name": often(st.just("a"))})


@st.composite
def trainers(draw: st.DrawFn) -> Any:
    """`trainer` in both of its forms."""
    arguments = draw(often(trainer_args()))
    name = draw(st.sampled_from([{}, {}, {"name": "Default_trainer"}, {"name": "my.own:make"}, {"name": 3}]))
    if isinstance(arguments, dict) and draw(st.booleans()):
        return {**name, **arguments}
    return {**name, "args": arguments}


def documents() -> Values:
    """Whole files."""
    variables = {"MASTER_PORT": st.just(29500), "MY_FLAG": often(TEXTS)}
    loggers = {"loggers": often(st.lists(component("loggers"), max_size=2))}
    every = {
        "environment": often(mapping(EnvironmentArgs, {**variables, **loggers})),
        "trainer": often(trainers()),
        **{kind: part(kind) for kind in BUILTINS},
        "imports": often(values(Experiment.model_fields["imports"].annotation)),
        "x-own": ANYTHING,
    }
    return st.lists(st.sampled_from(list(every)), min_size=1, max_size=3, unique=True).flatmap(
        lambda keys: st.fixed_dictionaries({key: every[key] for key in keys})
    )
