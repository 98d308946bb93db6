"""A class in itself: of the right kind, not abstract, with the packages that it needs, with hooks that are called."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.config.signatures.hooks import dead_hooks
from vibench.config.signatures.kinds import KINDS, OTHER_TREE
from vibench.config.signatures.lineage import Lineage
from vibench.config.signatures.packages import missing_requirement
from vibench.config.signatures.said import never_called, wrong_class
from vibench.diagnostics import Diagnostic, Span, diagnostic


def class_itself(class_path: str, line: Lineage, kind: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
    """What is wrong with a class at a place of this kind, whatever its arguments."""
    if not is_of_kind(line, kind):
        yield wrong_class(class_path, line, kind, key, span)
        return
    unmade = line.unmade()
    if unmade:
        message = f"`{class_path}` is abstract: it does not define " + ", ".join(f"`{name}`" for name in unmade)
        yield diagnostic("wrong-class", key, message, hint="name a subclass that defines them", span=span)
    package = missing_requirement(line)
    if package:
        message = f"`{class_path}` needs the package `{package}`, which is not installed"
        yield diagnostic("missing-package", key, message, hint=f"install it: pip install {package}", span=span)
    hooks = list(dead_hooks(line, kind))
    if hooks:
        yield never_called(hooks, key, span)


def is_of_kind(line: Lineage, kind: str) -> bool:
    """Whether a class is one, or may be one where its bases are not all known, that a place of this kind takes."""
    wanted = KINDS.get(kind)
    if wanted is None or any(line.has(base) for base in wanted.bases):
        return True
    foreign = any(one.path.startswith(OTHER_TREE) for one in line.classes)
    return not (foreign or line.complete)
