"""Parts of one's own, registered by name: in this process, by a module under `imports:`, by an installed package."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import pytorch_lightning as pl
from pydantic import BaseModel, Field

from vibench import ConfigError, json_schema, register_callback, register_data, register_model
from vibench.config.compose import compose_file
from vibench.config.context import Context
from vibench.config.listing import page, part_schemas
from vibench.config.load import load, load_config
from vibench.schemas.components import REGISTERED
from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import plan
from vibench.trainer_factory.planning.parts import Part, parts_in
from vibench.trainer_factory.register import find_part

MODULE = """
import pytorch_lightning as pl
from pydantic import BaseModel
from torch import nn
import vibench


class LoudArgs(BaseModel):
    word: str
    times: int = 1


@vibench.register_callback("loud", args=LoudArgs)
class Loud(pl.Callback):
    \"\"\"Says a word.

    Often.
    \"\"\"

    def __init__(self, word, times) -> None:
        self.said = word * times


def register_task(name):
    return lambda one: one


@register_task("another library's")
class Foreign(nn.Module): ...


class Net(nn.Module):
    def __init__(self, width: int, norm: str = "batch") -> None:
        super().__init__()
        self.width = width


vibench.register_model("net")(Net)
"""


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    before = copy.deepcopy({table: dict(parts) for table, parts in REGISTERED.items()})
    yield
    for table, parts in REGISTERED.items():
        parts.clear()
        parts.update(before[table])


@pytest.fixture
def parts(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (here / "own_registered.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(here))
    yield here
    sys.modules.pop("own_registered", None)


def said(text: str) -> list[tuple[str, str, str]]:
    Path("c.yaml").write_text(text)
    return [(d.code, d.path, d.suggestion) for d in load("c.yaml", [], {}).report.diagnostics]


BOTH = """
imports: [own_registered]
model: {{name: {model}, args: {{{model_args}}}}}
trainer: {{args: {{callbacks: [{{name: {callback}, args: {{{callback_args}}}}}]}}}}
"""


@pytest.mark.parametrize(
    ("change", "code", "path", "suggestion"),
    [
        ({"model_args": "widht: 3"}, "unknown-key", "model.args.widht", "width"),
        ({"model_args": ""}, "missing-key", "model.args.width", ""),
        ({"model_args": "width: a"}, "wrong-type", "model.args.width", ""),
        ({"model": "nett"}, "unknown-name", "model.name", "net"),
        ({"callback_args": "word: 3"}, "wrong-type", "trainer.args.callbacks.0.args.word", ""),
        ({"callback_args": "times: 3"}, "missing-key", "trainer.args.callbacks.0.args.word", ""),
        ({"callback": "lod"}, "unknown-name", "trainer.args.callbacks.0.name", "loud"),
    ],
)
def test_a_name_of_a_module_is_checked_in_its_source(
    parts: Path, change: dict[str, str], code: str, path: str, suggestion: str
) -> None:
    right = {"model": "net", "model_args": "width: 3", "callback": "loud", "callback_args": "word: a"}
    assert said(BOTH.format(**right)) == []
    found = said(BOTH.format(**{**right, **change}))
    assert found == [(code, path, suggestion)]
    assert "own_registered" not in sys.modules


def test_the_callback_is_made_with_what_its_model_makes_of_the_arguments(parts: Path) -> None:
    import own_registered  # type: ignore[import-not-found]

    Path("c.yaml").write_text(BOTH.format(model="net", model_args="width: 3", callback="loud", callback_args="word: a"))
    config = load_config("c.yaml")
    part = plan(config.experiment, "run", named=config.named).callbacks[-1]
    assert part == Part("own_registered.Loud", {"word": "a"}, registered=("callbacks", "loud"))
    callback = made(part, "here")
    assert type(callback) is own_registered.Loud
    assert callback.said == "a"


def test_list_explain_and_schema_know_it(parts: Path) -> None:
    Path("c.yaml").write_text("imports: [own_registered]")
    context = Context(compose_file("c.yaml", (), {}).tree, compose_file("c.yaml", (), {}).source)  # type: ignore[arg-type]
    assert context.find("task", "another library's") is None
    loud = context.find("callbacks", "loud")
    assert loud is not None
    shown = page(loud, context.world)
    assert (shown.sentence, shown.place.rpartition("/")[2]) == ("Says a word.", "own_registered.py:14")
    assert [(one.name, one.takes, one.required) for one in shown.arguments] == [
        ("word", "a text", True),
        ("times", "an integer", False),
    ]
    schema = jsonschema_rs.validator_for(json_schema(parts=part_schemas(context.offers, context.world)))
    assert schema.is_valid({"model": {"name": "net", "args": {"width": 3}}})
    assert not schema.is_valid({"model": {"name": "net", "args": {"widht": 3}}})
    assert "own_registered" not in sys.modules


class Args(BaseModel):
    size: int = Field(ge=1)


def test_a_part_of_this_process(here: Path) -> None:
    @register_callback("local", args=Args)
    class Local(pl.Callback):
        def __init__(self, size: int) -> None:
            self.size = size

    settings = {"callbacks": [{"name": "local", "args": {"size": 3}}], "enable_progress_bar": False}
    trainer = trainer_factory({}, settings, {}, here)
    assert next(one.size for one in trainer.callbacks if isinstance(one, Local)) == 3  # type: ignore[attr-defined]
    settings["callbacks"] = [{"name": "local", "args": {"size": 0}}]
    with pytest.raises(ConfigError, match=r"callbacks\.0\.args\.size.*≥ 1"):
        trainer_factory({}, settings, {}, here)


def test_a_name_is_given_once() -> None:
    register_data("once")(Args)
    register_data("once")(Args)
    with pytest.raises(ValueError, match="registered as `once` already"):
        register_data("once")(Field)
    for register, name in (
        (register_data, "simulated_bearing"),
        (register_model, "wdcnn"),
        (register_callback, "Timer"),
    ):
        with pytest.raises(ValueError, match="already"):
            register(name)(Args)


OFFERED = """
import pytorch_lightning as pl
class Data(pl.LightningDataModule):
    def __init__(self, size: int) -> None:
        super().__init__()
"""


@pytest.mark.parametrize("works", [True, False])
def test_a_part_of_an_installed_package(here: Path, works: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "offers_data.py").write_text(OFFERED if works else f"{OFFERED}raise RuntimeError('half installed')\n")
    info = here / "offers_data-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: offers-data\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[vibench.data]\noffered = offers_data:Data\n")
    monkeypatch.syspath_prepend(str(here))
    monkeypatch.delitem(sys.modules, "offers_data", raising=False)
    assert said("data: {name: offered, args: {size: 3}}") == []
    assert said("data: {name: offered, args: {sise: 3}}") == [("unknown-key", "data.args.sise", "size")]
    if works:
        assert find_part("data", "offered", "data.name").function.__name__ == "Data"
    else:
        with pytest.raises(ConfigError, match=r"cannot-import.*RuntimeError: half installed"):
            find_part("data", "offered", "data.name")


NESTED = """
from collections.abc import Callable
class Box:
    def __init__(
        self, inner=None, make: Callable | None = None, kept: dict | None = None, size: int = 0, share: float = 0
    ):
        self.inner, self.make, self.kept, self.size, self.share = inner, make, kept, size, share
"""


def test_class_paths_inside_arguments_are_built(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "own_boxes.py").write_text(NESTED)
    monkeypatch.syspath_prepend(str(here))
    small: dict[str, Any] = {"class_path": "own_boxes.Box", "init_args": {"size": 2.0, "share": 2.0}}
    arguments = {"inner": [small, {"a": small}], "make": small, "kept": small}
    box = made(parts_in({"class_path": "own_boxes.Box", "init_args": arguments}), "here")
    first, mapping = box.inner
    assert (first.size, first.share) == (2, 2.0)
    assert (type(first.size), type(first.share)) == (int, float)
    assert type(mapping["a"]) is type(box)
    assert isinstance(box.make, partial)
    assert box.make(inner=1).size == 2.0
    assert box.kept == small
