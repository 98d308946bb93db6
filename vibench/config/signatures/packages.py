"""Packages that a class cannot do without, and that are not installed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vibench.config.signatures.constructor import declared
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.modules import Module, imported_from
from vibench.config.signatures.world import Definition, World

_LACKING = ("ModuleNotFoundError", "ImportError")


def missing_imports(world: World, module: Module) -> Iterator[tuple[str, int]]:
    """Modules that a module imports in any case and that do not exist, with the line of the import."""
    for statement in module.tree.body:
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom):
            names = [imported_from(statement, module.package)]
        else:
            continue
        yield from ((name, statement.lineno) for name in names if name and not world.exists(name))


def missing_requirement(line: Lineage) -> str:
    """The package that a constructor refuses to work without, as Lightning's do: `if not _AVAILABLE: raise …`."""
    made = declared(line)
    if made is None or made.function is None:
        return ""
    owner = line.ancestors[made.at]
    assert isinstance(owner, Definition)
    for statement in made.function.body:
        flag = _refused_without(statement)
        found = line.world.resolve(owner.module, flag) if flag is not None else None
        if isinstance(found, Definition) and isinstance(found.node, ast.Call):
            package, module = _requirement(found.node)
            if module and not line.world.exists(module):
                return package
    return ""


def _refused_without(statement: ast.stmt) -> ast.expr | None:
    """`X` of `if not X: raise ModuleNotFoundError(…)`."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.UnaryOp):
        return None
    raised = statement.body[-1]
    call = raised.exc if isinstance(raised, ast.Raise) else None
    named = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
    return statement.test.operand if isinstance(statement.test.op, ast.Not) and named in _LACKING else None


def _requirement(call: ast.Call) -> tuple[str, str]:
    """Package and module of `RequirementCache("package>=1.0", module="module")`."""
    if getattr(call.func, "id", "") != "RequirementCache":
        return "", ""
    words = [
        one.value for one in (*call.args, *(word.value for word in call.keywords)) if isinstance(one, ast.Constant)
    ]
    texts = [word for word in words if isinstance(word, str)]
    package = re.split(r"[<>=!~\[ ]", texts[0])[0] if texts else ""
    return package, texts[1] if len(texts) > 1 else package.replace("-", "_")
