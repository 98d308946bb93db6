"""What is read of a class without importing it equals what Python says of it once it is imported."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import sys
import zipfile
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from vibench.config.signatures.constructor import Accepted, accepted, declared
from vibench.config.signatures.from_source import SourceChecker
from vibench.config.signatures.hooks import DEAD
from vibench.config.signatures.itself import is_of_kind
from vibench.config.signatures.kinds import KINDS
from vibench.config.signatures.lineage import Lineage, lineage
from vibench.config.signatures.world import ROOTS, Absent, Definition, Opaque, World

WORLD = World()


def public() -> Iterator[str]:
    """Every public class of Lightning's that a config can name, and of torch's optimizers and schedulers."""
    for table in ("callbacks", "loggers", "strategies", "profilers", "plugins"):
        yield from (f"pytorch_lightning.{table}.{name}" for name in getattr(pl, table).__all__)
    yield from (f"torch.optim.{name}" for name in torch.optim.__all__ if isinstance(getattr(torch.optim, name), type))
    yield from (f"torch.optim.lr_scheduler.{name}" for name in torch.optim.lr_scheduler.__all__)


CLASSES = sorted(set(public()) - set(ROOTS) - {"pytorch_lightning.callbacks.Callback"})


def real(class_path: str) -> Any:
    module, _, name = class_path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def line_of(class_path: str, world: World = WORLD) -> Lineage:
    found = world.named(class_path)
    assert isinstance(found, Definition), found
    return lineage(world, found)


def told(one: Any) -> list[tuple[str, Any, bool]]:
    """Names, kinds and which are required, by Python."""
    found = inspect.signature(one).parameters.values()
    various = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [(p.name, p.kind, p.default is p.empty and p.kind not in various) for p in found]


def read(line: Lineage) -> list[tuple[str, Any, bool]] | None:
    """The same, from the source."""
    found = declared(line)
    return found and [(one.name, one.kind, one.required) for one in found.arguments]


def test_there_are_classes_to_compare() -> None:
    assert len(CLASSES) > 75


@pytest.mark.parametrize("class_path", CLASSES)
def test_the_signature_is_pythons(class_path: str) -> None:
    assert read(line_of(class_path)) == told(real(class_path))


@pytest.mark.parametrize("class_path", CLASSES)
def test_bases_and_abstract_methods_are_pythons(class_path: str) -> None:
    line, one = line_of(class_path), real(class_path)
    assert line.complete
    assert line.unmade() == sorted(getattr(one, "__abstractmethods__", ()))
    for kind, wanted in KINDS.items():
        assert is_of_kind(line, kind) == issubclass(one, tuple(real(base) for base in wanted.bases)), kind


@pytest.mark.parametrize("root", ROOTS)
def test_the_classes_that_are_never_opened(root: str) -> None:
    one = real(root)
    assert f"{one.__module__}.{one.__qualname__}" == root
    assert {base for base in ROOTS if base != root and issubclass(one, real(base))} == set(ROOTS[root])
    assert not inspect.isabstract(one)
    with contextlib.suppress(TypeError):
        assert "anything" not in vars(one(anything=1))  # dropped without a word


@pytest.mark.parametrize("kind", DEAD)
def test_dead_hooks_are_dead_and_those_of_today_live(kind: str) -> None:
    owners = [real(base) for base in KINDS[kind].bases] if kind != "model" else [pl.LightningModule]
    bar = pl.callbacks.ProgressBar
    for name, instead in DEAD[kind].items():
        assert not any(hasattr(owner, name) for owner in owners), name
        for today in instead.split("`")[1::2]:
            assert any(hasattr(owner, today) for owner in (*owners, bar)), (name, today)


# ---- modules of a user's, planted, then really imported

PLANTED = {
    "kit/__init__.py": "from kit.nets import *\nfrom .nets import Hidden as Shown\nfrom . import deep\nAlias = Shown\n",
    "kit/nets.py": """
from __future__ import annotations
import dataclasses, functools
from dataclasses import InitVar, KW_ONLY, dataclass, field
from typing import Annotated, ClassVar, NamedTuple, overload
from pydantic import BaseModel, ConfigDict, Field

class Net:
    def __init__(self, a, /, b: int, c=1, *rest, d, e: str = "x", **more): ...

class Hidden(Net): pass

class New(Net):
    def __new__(cls, only): ...

@dataclass
class Plain:
    x: int
    y: list = field(default_factory=list)
    z: int = field(default=1, init=False)
    kind: ClassVar[str] = "k"

@dataclass(kw_only=True)
class More(Plain):
    w: "int"
    x: float = 2.0

@dataclasses.dataclass
class Marked:
    a: int
    _: KW_ONLY
    b: int
    c: InitVar[int] = 3

@dataclass
class Last(Marked):
    d: int = 4

class Row(NamedTuple):
    low: float
    high: float = 1.0

class Settings(BaseModel):
    model_config = ConfigDict(frozen=True)
    low: float = Field(ge=0)
    high: float = Field(1.0, alias="top")
    many: list[int] = Field(default_factory=list)
    must: int = ...
    kind: ClassVar[int] = 3
    _own: int = 1

class Looser(Settings, extra="allow"):
    beyond: int = 0

class Renamed(BaseModel):
    model_config = {"frozen": True}
    low: float = Field(..., validation_alias="bottom")
    high: Annotated[float, Field(default=1.0)]

def kept(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

def given_back(label):
    def mark(one):
        one.label = label
        return one
    return mark

@given_back("x")
class Wrapped:
    @kept
    def __init__(self, one, two=2): ...

class Overloaded:
    @overload
    def __init__(self, a: int): ...
    @overload
    def __init__(self, a: str, b: int): ...
    def __init__(self, a, b=0): ...

class Left(Net):
    def __init__(self, left): ...

class Right(Net):
    def __init__(self, right): ...

class Both(Left, Right): pass

class Empty: pass
""",
    "kit/deep/inner.py": "from ..nets import Net\nclass Deep(Net):\n    def __init__(self, deep): ...\n",
    "conditional.py": """
try:
    from a_package_that_is_nowhere import Net
except ImportError:
    class Net:
        def __init__(self, fallback): ...
""",
    "lazy.py": """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from kit.nets import Net as Net
def __getattr__(name):
    import kit.nets
    return getattr(kit.nets, name)
""",
}
NAMES = ["Net", "Hidden", "New", "Plain", "More", "Marked", "Last", "Row", "Settings", "Looser", "Renamed", "Wrapped",
         "Overloaded", "Both", "Empty"]  # fmt: skip
PATHS = [
    *(f"kit.nets.{name}" for name in NAMES),
    "kit.Shown", "kit.Alias", "kit.Net", "kit.deep.inner.Deep", "conditional.Net", "lazy.Net",
]  # fmt: skip


def plant(here: Path, files: dict[str, str]) -> World:
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    return World((str(here),))


@pytest.mark.parametrize("class_path", PATHS)
def test_a_users_class_is_read_as_python_has_it(here: Path, class_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_of(class_path, plant(here, PLANTED))
    monkeypatch.syspath_prepend(str(here))
    try:
        assert read(line) == told(real(class_path))
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] in ("kit", "conditional", "lazy")]:
            del sys.modules[name]


PASSING = """
from dataclasses import dataclass
from a_package_that_is_nowhere import Net
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

class Base:
    def __init__(self, a, b=1, *, c=2): ...

class Through(Base):
    def __init__(self, own, **kwargs):
        super().__init__(c=3, **kwargs)

class ByName(Base):
    def __init__(self, **kwargs):
        Base.__init__(self, 1, **kwargs)

class Further(Through):
    def __init__(self, mine=0, **more):
        super().__init__(**more)

class Kept(Base):
    def __init__(self, **kwargs):
        self.kwargs = kwargs
        super().__init__(**kwargs)

class EitherName(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    low: float = Field(alias="bottom")

class Chosen(BaseModel):
    low: float = Field(validation_alias=AliasChoices("a", "b"))
    high: float

@dataclass
class Beyond(Net):  # it may have fields of its own
    more: int

class Other:
    def __init__(self, other, **kwargs):
        super().__init__(**kwargs)

class Mixed(Other, Base): pass

def decorator(cls):
    return make(cls)

@decorator
class Replaced(Base): pass
"""


@pytest.mark.parametrize(
    ("name", "arguments", "is_open"),
    [
        ("Through", {"own": True, "a": True, "b": False}, False),
        ("ByName", {"b": False, "c": False}, False),
        ("Further", {"mine": False, "own": True, "a": True, "b": False}, False),
        ("Kept", {}, True),
        ("Mixed", {"other": True, "a": True, "b": False, "c": False}, False),
        ("Replaced", None, False),
        ("Beyond", None, False),
        ("EitherName", {"bottom": False}, True),
        ("Chosen", {"high": False}, True),
    ],
)
def test_what_goes_through_kwargs(here: Path, name: str, arguments: dict[str, bool] | None, is_open: bool) -> None:
    found = accepted(line_of(f"passing.{name}", plant(here, {"passing.py": PASSING})))
    if arguments is None:
        assert found is None
    else:
        assert isinstance(found, Accepted)
        assert {one.name: one.required for one in found.arguments} == arguments
        assert found.open is is_open


def test_what_does_not_exist_and_what_cannot_be_known(here: Path) -> None:
    world = plant(
        here, {**PLANTED, "space/inside.py": "class A: pass\n", "odd.py": "class A(\n", "odd2.py": "B = A()\n"}
    )
    assert world.named("kit.nets.Nte") == Absent("kit.nets", "Nte")
    assert world.named("kit.nest.Net") == Absent("kit.nest")
    assert world.named("nowhere.Net") == Absent("nowhere")
    assert isinstance(world.named("space.inside.A"), Definition)
    assert isinstance(world.named("lazy.Whatever"), Opaque)
    assert isinstance(world.named("numpy._core._multiarray_umath.array"), Opaque)
    broken = world.named("odd.A")
    assert isinstance(broken, Absent)
    assert "odd.py:1" in broken.error
    assert SourceChecker(world).takes("odd2.B") is None


def test_modules_that_are_found_elsewhere(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled module with a stub, one in an archive, one that lives in this process, one named like Python's own."""
    (here / f"fast{EXTENSION_SUFFIXES[0]}").touch()
    with zipfile.ZipFile(here / "archive.zip", "w") as archive:
        archive.writestr("packed.py", "class A: ...\n")
    monkeypatch.syspath_prepend(str(here / "archive.zip"))
    monkeypatch.setitem(sys.modules, "living", ModuleType("living"))
    world = plant(
        here, {"fast.pyi": "class A:\n    def __init__(self, one: int = ...): ...\n", "code.py": "class A: ..."}
    )
    assert read(line_of("fast.A", world)) == [("one", inspect.Parameter.POSITIONAL_OR_KEYWORD, False)]
    assert isinstance(world.named("packed.A"), Opaque)
    assert isinstance(world.named("living.A"), Opaque)
    assert isinstance(world.named("code.A"), Definition)
    assert world.named("code.B") == Absent("code", "B")


def test_a_module_is_read_again_when_it_has_changed(here: Path) -> None:
    for text in ("class A:\n    def __init__(self, one): ...\n", "class A:\n    def __init__(self, other): ...\n"):
        (here / "mine.py").write_text(text)
        (argument,) = accepted(line_of("mine.A", World((str(here),)))).arguments  # type: ignore[union-attr]
        assert argument.name in text


# ---- annotations

TYPES = [
    # annotation, values that fit, values that do not
    ("int", [1, 2.0, -3], [1.5, "1", True, None, [1]]),
    ("float", [1, 1.5], ["1.5", True, None]),
    ("bool", [True], [1, "true", None]),
    ("str", ["a"], [1, None, ["a"]]),
    ("'str'", ["a"], [1]),
    ("Optional[int]", [1, None], ["1"]),
    ("int | str", [1, "a"], [1.5, None]),
    ("Union[int, List[int]]", [1, [1, 2]], [["a"], "a"]),
    ("Literal['a', 1]", ["a", 1], ["b", True, 2]),
    ("list[int]", [[1], []], [["a"], 1, {}]),
    ("list", [["a", 1]], ["a", {}]),
    ("Sequence[float]", [[1, 2.5]], [["a"]]),
    ("tuple[int, str]", [[1, "a"]], [[1], ["a", 1], 1]),
    ("tuple[int, ...]", [[], [1, 2, 3]], [["a"]]),
    ("dict[str, int]", [{"a": 1}, {}], [{"a": "b"}, [1]]),
    ("Mapping", [{"a": 1}], [1]),
    ("Iterable[int]", [[1], "abc", {"a": 1}], []),
    ("Annotated[int, 'words']", [1], ["a"]),
    ("Size", [1, [1, 2]], ["a"]),
    ("Any", [1, "a", None, [], {}], []),
    ("object", [1, "a", None], []),
    ("nn.Module", [1, "a", {}], []),
    ("Callable[[int], int]", ["a", {}], []),
    ("int | nn.Module", ["a", 1], []),
    ("unknown_name", ["a", 1], []),
    ("list[nn.Module]", [[1], []], ["a"]),
]


@pytest.mark.parametrize(("annotation", "good", "bad"), TYPES, ids=[row[0] for row in TYPES])
def test_values_against_annotations(here: Path, annotation: str, good: list[Any], bad: list[Any]) -> None:
    from vibench.config.signatures.annotations import annotation_type, fits

    head = (
        "from __future__ import annotations\nfrom typing import *\nfrom collections.abc import Callable\n"
        "from collections.abc import Mapping, Sequence\n"
        "from typing import Annotated, Any, List, Literal, Optional, Union\nfrom torch import nn\n"
        "Size = Union[int, tuple[int, int]]\n"
    )
    world = plant(here, {"typed.py": f"{head}def f(x: {annotation}): ...\n"})
    found = world.named("typed.f")
    assert isinstance(found, Definition)
    assert isinstance(found.node, ast.FunctionDef)
    expression = found.node.args.args[0].annotation
    assert expression is not None
    kind = annotation_type(world, found.module, expression)
    assert all(fits(value, kind) for value in good)
    assert not any(fits(value, kind) for value in bad)
