"""What the names of a module stand for, as far as its source tells."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from vibench.config.signatures.places import Place

Node = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.expr


class Binding(NamedTuple):
    """One statement that gives a name its meaning: a definition or value, or an import.

    `module`, `attribute`: what is imported; without an attribute the module itself. `certain`: the statement is not
    below a condition.
    """

    node: Node | None = None
    module: str = ""
    attribute: str = ""
    certain: bool = True


class Module:
    """A module's source: its names with their bindings, the modules it takes all names of, what it imports."""

    def __init__(self, place: Place, tree: ast.Module, text: bytes) -> None:
        self.name = place.module
        self.path = place.path
        self.tree = tree
        self.package = place.module if place.folders else place.module.rpartition(".")[0]
        self.stars: list[str] = []
        self.names: dict[str, list[Binding]] = {}
        self._text = text
        self._read(tree.body, True)

    @cached_property
    def makes_names(self) -> bool:
        """Whether the source gives the module names that no statement shows."""
        return _MAKES_NAMES.search(self._text) is not None

    @cached_property
    def makes_modules(self) -> bool:
        """Whether the source gives the package submodules that are not in its folder."""
        return _MAKES_MODULES.search(self._text) is not None

    def _read(self, statements: list[ast.stmt], certain: bool) -> None:
        for statement in statements:
            for name, binding in _bindings(statement, self.package, certain):
                self.names.setdefault(name, []).append(binding)
            if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
                self.stars.append(imported_from(statement, self.package))
            elif isinstance(statement, ast.Delete):
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self.names.pop(target.id, None)
            for below, sure in _blocks(statement):
                self._read(below, certain and sure)


_MAKES_NAMES = re.compile(
    rb"^def __getattr__|\bglobals\(\)\s*(\[|\.update)|\bsetattr\(\s*sys\.modules|sys\.modules\[[^\]]*\]\s*=[^=]",
    re.MULTILINE,
)
_MAKES_MODULES = re.compile(rb"\b__path__\b|^sys\.modules\[[^\]]*\]\s*=[^=]", re.MULTILINE)


def _bindings(statement: ast.stmt, package: str, certain: bool) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield statement.name, Binding(statement, certain=certain)
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or whole, Binding(module=whole, certain=certain)
    elif isinstance(statement, ast.ImportFrom):
        origin = imported_from(statement, package)
        for alias in statement.names:
            yield alias.asname or alias.name, Binding(module=origin, attribute=alias.name, certain=certain)
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, Binding(statement.value, certain=certain)
    elif isinstance(statement, ast.AnnAssign) and statement.value and isinstance(statement.target, ast.Name):
        yield statement.target.id, Binding(statement.value, certain=certain)


def imported_from(statement: ast.ImportFrom, package: str) -> str:
    """The module of `from … import`, relative ones made absolute."""
    if not statement.level:
        return statement.module or ""
    above = package.split(".")[: len(package.split(".")) - statement.level + 1]
    return ".".join([*above, *([statement.module] if statement.module else [])])


def _blocks(statement: ast.stmt) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Statements below a statement, and whether they always run."""
    if isinstance(statement, ast.Try):
        yield statement.body, True
        for handler in statement.handlers:
            yield handler.body, False
        yield statement.orelse, True
        yield statement.finalbody, True
    elif isinstance(statement, ast.With):
        yield statement.body, True
    elif isinstance(statement, ast.If | ast.For | ast.While):
        yield statement.body, False
        yield statement.orelse, False


def read_module(place: Place) -> Module | None:
    """The module at a place; None where its source cannot be read.

    Raises SyntaxError if it is not Python.
    """
    try:
        status = os.stat(place.path)
    except OSError:
        return None
    return _read(place, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=512)
def _read(place: Place, changed: int, size: int) -> Module | None:
    try:
        with open(place.path, "rb") as file:
            text = file.read()
    except OSError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in a text is for whoever imports the module to hear of
        tree = ast.parse(text, place.path)
    return Module(place, tree, text)
