"""What a decorator leaves of the class or function below it."""

from __future__ import annotations

import ast

from vibench.config.signatures.modules import Module
from vibench.config.signatures.world import Definition, Standard, World

_KEEPING = frozenset(
    f"{home}.{name}"
    for home, names in {
        "typing": ("final", "runtime_checkable", "no_type_check", "override"),
        "typing_extensions": ("final", "runtime_checkable", "override", "deprecated"),
        "abc": ("abstractmethod",),
        "functools": ("total_ordering",),
        "enum": ("unique",),
    }.items()
    for name in names
)
_REGISTERS = "vibench.trainer_factory."


def keeps_signature(world: World, module: Module, decorator: ast.expr) -> bool:
    """Whether the decorated thing still takes the same arguments: the decorator gives it back, or wraps it."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    found = world.resolve(module, called)
    if isinstance(found, Standard):
        return found.path in _KEEPING
    if not isinstance(found, Definition) or not isinstance(found.node, ast.FunctionDef):
        return False
    if found.module.name.startswith(_REGISTERS):
        return True  # register_data and its kin give back what they registered
    function: ast.FunctionDef | None = found.node
    if isinstance(decorator, ast.Call):
        function = _inner(found.node)
    return function is not None and _gives_back(world, found.module, function)


def _inner(function: ast.FunctionDef) -> ast.FunctionDef | None:
    """The decorator that a function of its options makes: the inner function that it returns."""
    inside = {one.name: one for one in function.body if isinstance(one, ast.FunctionDef)}
    named = [node.value.id for node in _returns(function) if isinstance(node.value, ast.Name)]
    return inside.get(named[0]) if len(set(named)) == 1 else None


def _gives_back(world: World, module: Module, function: ast.FunctionDef) -> bool:
    """Every `return` gives the argument itself, or a function that `functools.wraps` it."""
    if not function.args.args or any(getattr(node, "attr", "") == "__signature__" for node in ast.walk(function)):
        return False
    own = function.args.args[0].arg
    wrapping = {
        one.name for one in function.body if isinstance(one, ast.FunctionDef) and _wraps(world, module, one, own)
    }
    returned = list(_returns(function))
    return bool(returned) and all(_named(node.value) in {own, *wrapping} for node in returned)


def _wraps(world: World, module: Module, function: ast.FunctionDef, own: str) -> bool:
    marks = [mark for mark in function.decorator_list if isinstance(mark, ast.Call) and mark.args]
    wraps = Standard("functools.wraps")
    return any(_named(mark.args[0]) == own and world.resolve(module, mark.func) == wraps for mark in marks)


def _named(expression: ast.expr | None) -> str:
    """The name behind an expression; `cast(T, name)` counts as the name."""
    if isinstance(expression, ast.Call) and _named(expression.func) == "cast" and len(expression.args) == 2:
        expression = expression.args[1]
    return expression.id if isinstance(expression, ast.Name) else ""


def _returns(function: ast.FunctionDef) -> list[ast.Return]:
    """The `return` statements of a function, without those of functions inside it."""
    found, queue = [], list(function.body)
    while queue:
        statement = queue.pop()
        if isinstance(statement, ast.Return):
            found.append(statement)
        elif not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            queue += [one for one in ast.iter_child_nodes(statement) if isinstance(one, ast.stmt)]
    return found
