"""Classes as their source tells them: nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vibench.config.signatures.arguments import REST, of_function
from vibench.config.signatures.check import Checker
from vibench.config.signatures.constructor import Accepted, accepted
from vibench.config.signatures.decorators import keeps_signature
from vibench.config.signatures.itself import class_itself
from vibench.config.signatures.lineage import lineage
from vibench.config.signatures.packages import missing_imports
from vibench.config.signatures.said import cannot_find, missing_import, not_checked
from vibench.config.signatures.world import ROOTS, Absent, Definition, Standard, World
from vibench.diagnostics import Diagnostic, Span


class SourceChecker(Checker):
    """Reads each module once."""

    def __init__(self, world: World) -> None:
        self.world = world

    def absent(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """The class does not exist, or its module imports something that does not."""
        found = self.world.named(class_path)
        if isinstance(found, Absent) and (found.error or found.name or not self.world.exists(found.module)):
            yield cannot_find(class_path, found, self.world, key, span)
        elif isinstance(found, Definition):
            broken = next(missing_imports(self.world, found.module), None)
            if broken:
                yield missing_import(class_path, found, broken, key, span)

    def itself(self, class_path: str, kind: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """Kind, abstract methods, packages and hooks of a class."""
        found = self.world.named(class_path)
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            yield from class_itself(class_path, lineage(self.world, found), kind, key, span)

    def takes(self, class_path: str) -> Accepted | None:
        """The arguments of a class or function in its source."""
        found = self.world.named(class_path)
        if isinstance(found, Standard) and found.path in ROOTS:
            return Accepted(())
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            return accepted(lineage(self.world, found))
        if not isinstance(found, Definition) or not isinstance(found.node, ast.FunctionDef):
            return None
        if not all(keeps_signature(self.world, found.module, mark) for mark in found.node.decorator_list):
            return None
        arguments = of_function(self.world, found.module, found.node)
        return Accepted(tuple(arguments), any(one.kind is REST for one in arguments))

    def unknown(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """It is left to `--import`."""
        yield not_checked(class_path, self.world.named(class_path), key, span)
