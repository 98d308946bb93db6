"""From a dotted name to its definition, through imports and re-exports."""

from __future__ import annotations

import ast
import builtins
import sys
from functools import cached_property
from typing import NamedTuple

from vibench.config.signatures.modules import Binding, Module, Node, read_module
from vibench.config.signatures.places import Places

# Modules that are never opened: what they have is known by name. Python's own are among them.
STANDARD = frozenset((*sys.stdlib_module_names, "typing_extensions"))
# Classes that are never opened, with the bases that count. They take no arguments: their `*args, **kwargs` are only
# there to be refused, or dropped. The files are long, and nearly every class of a user's ends in one of them.
ROOTS: dict[str, tuple[str, ...]] = {
    "torch.nn.modules.module.Module": (),
    "pytorch_lightning.core.module.LightningModule": ("torch.nn.modules.module.Module",),
    "pytorch_lightning.core.datamodule.LightningDataModule": (),
    "pytorch_lightning.callbacks.callback.Callback": (),
}
# A long file, too, of which most configs only want `torch.nn`: where it has a submodule of a name, that is meant.
LONG = "torch"


class Definition(NamedTuple):
    """A class, a function, or the expression that a name is assigned, in its module."""

    module: Module
    node: Node

    @property
    def path(self) -> str:
        """Its dotted name, where it is defined."""
        return f"{self.module.name}.{getattr(self.node, 'name', '')}"


class Standard(NamedTuple):
    """A class or function that is known by its name: `builtins.int`, `typing.Optional`, one of `ROOTS`."""

    path: str


class ModuleName(NamedTuple):
    """A module, as a value."""

    name: str


class Opaque(NamedTuple):
    """What cannot be known without running code, and why."""

    reason: str


class Absent(NamedTuple):
    """A module, or a name in a module, that does not exist; `error`: what its source says against it."""

    module: str
    name: str = ""
    error: str = ""


Found = Definition | Standard | ModuleName | Opaque | Absent


class World:
    """All modules that an import could find; reads a module when a name of it is asked for."""

    def __init__(self, folders: tuple[str, ...] = ()) -> None:
        self._folders = folders
        self._asked: dict[tuple[str, str], Found] = {}

    @cached_property
    def places(self) -> Places:
        """Where modules are."""
        return Places(self._folders)

    def _is_standard(self, module: str) -> bool:
        """Whether a module is one that is never opened; one of the same name beside the config comes before it."""
        top = module.partition(".")[0]
        return top in STANDARD and not self.places.is_own(top)

    def exists(self, module: str) -> bool:
        """Whether there is such a module, or may be: a package can extend itself when it runs."""
        if self.places.find(module):
            return True
        above = self.places.find(module.rpartition(".")[0]) if "." in module else None
        if above is None:
            return False
        if not above.path:
            return not above.folders  # a compiled module may bring it
        source = self.module(above.module)
        return isinstance(source, Module) and source.makes_modules

    def module(self, name: str) -> Module | Opaque | Absent:
        """The source of a module."""
        place = self.places.find(name)
        if place is None:
            return Absent(name)
        if not place.path:
            return Opaque(f"`{name}` has no Python source")
        try:
            return read_module(place) or Opaque(f"`{place.path}` cannot be read")
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            return Absent(name, error=f"{place.path}:{line}: {getattr(error, 'msg', error)}")

    def lookup(self, module: str, name: str) -> Found:
        """What `module.name` stands for."""
        path = f"{module}.{name}"
        if self._is_standard(module) or path in ROOTS:
            return Standard(path)
        if module == LONG and self.places.find(path):
            return ModuleName(path)
        key = (module, name)
        if key not in self._asked:
            circle = Opaque("it is defined in a circle")  # unless a package imports its own submodule
            self._asked[key] = ModuleName(path) if self.places.find(path) else circle
            self._asked[key] = self._lookup(module, name)
        return self._asked[key]

    def _lookup(self, module: str, name: str) -> Found:
        source = self.module(module)
        found: Found | None = None
        if isinstance(source, Module):
            found = self.bound(source, name)
        if found is not None:
            return found
        if self.places.find(f"{module}.{name}"):
            return ModuleName(f"{module}.{name}")
        if not isinstance(source, Module):
            return source
        return Opaque(f"`{module}` makes its names when it runs") if source.makes_names else Absent(module, name)

    def bound(self, module: Module, name: str) -> Found | None:
        """What a name stands for inside a module; None where the module does not bind it."""
        bindings = module.names.get(name, [])
        if bindings:
            return self._one(module, bindings)
        own = [star for star in module.stars if not self._is_standard(star)]
        python = [star for star in module.stars if self._is_standard(star) and not hasattr(builtins, name)]
        for star in (*own, *python):
            found = self.lookup(star, name)
            if not isinstance(found, Absent):
                return found
        return None

    def _one(self, module: Module, bindings: list[Binding]) -> Found:
        """The meaning of a name with several bindings: the last certain one, else the only one that exists."""
        certain = [binding for binding in bindings if binding.certain]
        if certain:
            found = self._bound_to(module, certain[-1])
            if len(bindings) == len(certain) or not isinstance(found, Absent | Opaque):
                return found
        found_all = [self._bound_to(module, binding) for binding in bindings]
        known = list(dict.fromkeys(found for found in found_all if not isinstance(found, Absent)))
        if not known:
            return found_all[-1]
        return known[0] if len(known) == 1 else Opaque("it depends on a condition")

    def _bound_to(self, module: Module, binding: Binding) -> Found:
        if binding.node is not None:
            return Definition(module, binding.node)
        if binding.attribute:
            return self.lookup(binding.module, binding.attribute)
        return ModuleName(binding.module)

    def names(self, module: str, below: tuple[str, ...] = ()) -> list[str]:
        """The names that a module binds, those that it takes from others with `*` too."""
        source = self.module(module)
        if not isinstance(source, Module) or module in below:
            return []
        found = [name for star in source.stars for name in self.names(star, (*below, module))]
        return [*source.names, *found]

    def resolve(self, module: Module, expression: ast.expr) -> Found:
        """What a name or a dotted name stands for inside a module; names of names are followed."""
        found = self._named(module, expression)
        steps = 0
        while isinstance(found, Definition) and isinstance(found.node, ast.Name | ast.Attribute) and steps < 20:
            found = self._named(found.module, found.node)
            steps += 1
        return found

    def _named(self, module: Module, expression: ast.expr) -> Found:
        if isinstance(expression, ast.Name):
            found = self.bound(module, expression.id)
            if found is None and hasattr(builtins, expression.id):
                return Standard(f"builtins.{expression.id}")
            return found or Opaque(f"`{expression.id}` is not defined in plain sight")
        if isinstance(expression, ast.Attribute):
            owner = self.resolve(module, expression.value)
            if isinstance(owner, ModuleName):
                return self.lookup(owner.name, expression.attr)
            return owner if isinstance(owner, Opaque | Absent) else Opaque("it is an attribute of an object")
        return Opaque("it is the result of a call")

    def named(self, class_path: str) -> Found:
        """What a dotted path of a config stands for, names of names followed."""
        module, _, name = class_path.rpartition(".")
        found = self.lookup(module, name)
        if isinstance(found, Definition) and isinstance(found.node, ast.Name | ast.Attribute):
            return self.resolve(found.module, found.node)
        return found
