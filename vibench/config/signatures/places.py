"""Where a module's source is: found as `import` would find it, without importing it or its parents."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from importlib.machinery import EXTENSION_SUFFIXES
from typing import NamedTuple


class Place(NamedTuple):
    """A module that exists. `path`: its source, empty where there is none; `folders`: where its submodules are."""

    module: str
    path: str = ""
    folders: tuple[str, ...] = ()


class Places:
    """Modules that an import would find from the given folders and `sys.path`; each is looked for once."""

    def __init__(self, folders: Iterable[str] = ()) -> None:
        self.own = tuple(dict.fromkeys(os.path.abspath(folder) for folder in folders))
        self.folders = tuple(dict.fromkeys((*self.own, *sys.path)))
        self._found: dict[str, Place | None] = {}
        self._own: dict[str, bool] = {}

    def find(self, module: str) -> Place | None:
        """The place of a module by its dotted name; None where there is no such module."""
        if module not in self._found:
            self._found[module] = self._look(module) or _loaded(module)
        return self._found[module]

    def _look(self, module: str) -> Place | None:
        parent, _, name = module.rpartition(".")
        if not parent:
            return _inside(self.folders, name, module) or _elsewhere(module)
        above = self.find(parent)
        return _inside(above.folders, name, module) if above else None

    def is_own(self, module: str) -> bool:
        """Whether a top-level module stands in one of the given folders."""
        if module not in self._own:
            self._own[module] = _inside(self.own, module, module) is not None
        return self._own[module]

    def beside(self, module: str) -> list[str]:
        """Names of modules that stand where this one was looked for."""
        parent = module.rpartition(".")[0]
        above = self.find(parent) if parent else None
        folders = above.folders if above else () if parent else self.folders
        names = {_module_name(entry) for folder in folders if os.path.isdir(folder) for entry in os.listdir(folder)}
        return sorted(f"{parent}.{name}" if parent else name for name in names if name.isidentifier())


def _module_name(entry: str) -> str:
    """`a.py` and the folder `a` hold the module `a`; other files hold none."""
    return entry.removesuffix(".py") if entry.endswith(".py") or "." not in entry else ""


def _inside(folders: Iterable[str], name: str, module: str) -> Place | None:
    """A package, a module, a compiled module with its stub, else a namespace over all folders of the name."""
    namespace = []
    for folder in folders:
        base = os.path.join(folder, name)
        if os.path.isfile(f"{base}/__init__.py"):
            return Place(module, f"{base}/__init__.py", (base,))
        if os.path.isfile(f"{base}.py"):
            return Place(module, f"{base}.py")
        if any(os.path.isfile(base + suffix) for suffix in EXTENSION_SUFFIXES):
            return Place(module, f"{base}.pyi" if os.path.isfile(f"{base}.pyi") else "")
        if os.path.isdir(base):
            namespace.append(base)
    return Place(module, "", tuple(namespace)) if namespace else None


def _elsewhere(module: str) -> Place | None:
    """A top-level module that another finder knows: built in, frozen, in an archive, installed as editable."""
    for finder in sys.meta_path:
        spec = finder.find_spec(module, None)
        if spec is not None:
            path = spec.origin if spec.origin and spec.origin.endswith(".py") else ""
            return Place(module, path, tuple(spec.submodule_search_locations or ()))
    return None


def _loaded(module: str) -> Place | None:
    """A module that lives in this process already, however it came there."""
    loaded = sys.modules.get(module)
    if loaded is None:
        return None
    path = getattr(loaded, "__file__", None) or ""
    return Place(module, path if path.endswith(".py") else "", tuple(getattr(loaded, "__path__", ())))
