"""Parts that a module registers in plain sight: `@register_data("name", args=Model)` above a class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from vibench.config.signatures.modules import Module, imported_from
from vibench.config.signatures.world import Definition, World

# The function that registers a part, and the table it stands in then.
FUNCTIONS = {
    "register_data": "data",
    "register_model": "model",
    "register_task": "task",
    "register_callback": "callbacks",
    "register_trainer": "trainers",
}


class Registration(NamedTuple):
    """A registered part in its source. `target`, `args`: dotted names, empty where they are not in plain sight."""

    table: str
    name: str
    target: str = ""
    args: str = ""


def registrations(world: World, module: str) -> Iterator[Registration]:
    """What a module registers when it is imported, with the modules of the same package that it imports."""
    queue, seen = [module], set()
    while queue:
        name = queue.pop(0)
        source = world.module(name)
        if name in seen or not isinstance(source, Module):
            continue
        seen.add(name)
        yield from _of(world, source)
        queue += [one for one in _imports(source) if one.partition(".")[0] == module.partition(".")[0]]


def model_of(world: World, target: str) -> str:
    """The model of the arguments that a class was registered with, by the class's dotted name."""
    found = world.named(target)
    if not isinstance(found, Definition):
        return ""
    return next((one.args for one in _of(world, found.module) if one.target == found.path), "")


def _of(world: World, module: Module) -> Iterator[Registration]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for mark in node.decorator_list:
                yield from _registration(world, module, mark, f"{module.name}.{node.name}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and len(node.args) == 1:
            found = world.resolve(module, node.args[0])  # register_data("name")(Class)
            yield from _registration(world, module, node.func, found.path if isinstance(found, Definition) else "")


def _registration(world: World, module: Module, call: ast.expr, target: str) -> Iterator[Registration]:
    if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
        return
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    function = world.resolve(module, call.func)
    foreign = isinstance(function, Definition) and not function.module.name.startswith("vibench.")
    if called in FUNCTIONS and not foreign:
        model = next((word.value for word in call.keywords if word.arg == "args"), None)
        found = world.resolve(module, model) if model is not None else None
        args = found.path if isinstance(found, Definition) else ""
        yield Registration(FUNCTIONS[called], str(call.args[0].value), target, args)


def _imports(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = imported_from(node, module.package)
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)
