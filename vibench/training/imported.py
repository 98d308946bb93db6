"""Classes of a config checked as the real objects: imported, asked for their bases and signatures."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import NoneType
from typing import Any

from vibench.config.context import Context
from vibench.config.load import Config, Loaded, load, part_findings, placed
from vibench.config.signatures.annotations import plain_type, union
from vibench.config.signatures.arguments import Argument
from vibench.config.signatures.check import Checker
from vibench.config.signatures.constructor import Accepted
from vibench.config.signatures.kinds import KINDS
from vibench.diagnostics import ConfigError, Diagnostic, Report, Span, diagnostic
from vibench.trainer_factory.objects import imported
from vibench.trainer_factory.registry import import_modules, importable_here


class ImportChecker(Checker):
    """Imports each class; `first`: the error of the first that could not be."""

    def __init__(self) -> None:
        self.first: BaseException | None = None

    def absent(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """The class cannot be imported."""
        try:
            imported(class_path, key)
        except ConfigError as error:
            self.first = self.first or error.__cause__
            yield diagnostic("cannot-import", key, error.diagnostics[0].message, span=span)

    def itself(self, class_path: str, kind: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """Bases and abstract methods of the class."""
        part = imported(class_path, key)
        if not isinstance(part, type):
            return
        wanted = KINDS.get(kind)
        if wanted and not issubclass(part, tuple(imported(base, key) for base in wanted.bases)):
            yield diagnostic("wrong-class", key, f"expected {wanted.words}, `{class_path}` is not one", span=span)
        elif inspect.isabstract(part):
            names = ", ".join(f"`{name}`" for name in sorted(getattr(part, "__abstractmethods__", ())))
            message = f"`{class_path}` is abstract: it does not define {names}"
            yield diagnostic("wrong-class", key, message, span=span)

    def takes(self, class_path: str) -> Accepted | None:
        """The class's own signature; what goes through its `**kwargs` is for the class to say."""
        parameters = _parameters(imported(class_path, ""))
        if parameters is None:
            return None
        found = [_argument(one) for one in parameters.values() if one.kind is not one.VAR_POSITIONAL]
        rest = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
        return Accepted(tuple(one for one in found if one.kind is not inspect.Parameter.VAR_KEYWORD), rest)

    def unknown(self, class_path: str, key: str, span: Span | None) -> Iterator[Diagnostic]:
        """A class without a signature says itself what it takes, when it is made."""
        yield from ()


def _parameters(part: Any) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(part, eval_str=True).parameters
    except Exception:  # an annotation is evaluated, and can fail in any way
        try:
            return inspect.signature(part).parameters
        except (TypeError, ValueError):
            return None


def _argument(one: inspect.Parameter) -> Argument:
    kind = Any if one.annotation is one.empty else plain_type(one.annotation)
    kind = union(kind, NoneType) if one.default is None else kind
    return Argument(one.name, one.kind, one.default is one.empty, lambda: kind)


class ImportContext(Context):
    """The surroundings of a config whose classes may be imported."""

    @cached_property
    def checker(self) -> ImportChecker:
        """Checks classes as real objects."""
        return ImportChecker()


def load_importing(path: str, overrides: list[str]) -> Loaded:
    """As `load`, with the classes imported; where reading alone finds errors, nothing is."""
    read = load(path, overrides)
    if read.config is None:
        return read
    importable_here(ImportContext(read.config.tree, read.config.source).folder)
    try:
        import_modules(read.config.experiment.imports)
    except ConfigError as error:
        return _with_findings(read, (*read.report.diagnostics, *placed(error, read.config).diagnostics))
    known = [finding for finding in read.report.diagnostics if finding.code != "not-checked"]
    said = {(finding.code, finding.path) for finding in known}
    real = load(path, overrides, surroundings=ImportContext)
    new = [finding for finding in real.report.diagnostics if (finding.code, finding.path) not in said]
    return _with_findings(real, (*known, *new))


def _with_findings(loaded: Loaded, findings: Iterable[Diagnostic]) -> Loaded:
    report = Report(tuple(sorted(findings, key=lambda finding: finding.sort_key)), loaded.report.source)
    return loaded._replace(report=report, config=loaded.config if report.valid else None)


def check_parts(config: Config) -> None:
    """Import every class that a config names and compare it, before anything is written or built.

    Raises ConfigError if one cannot be imported, is not of the right kind, or does not take its arguments; its cause
    is the error of the first import that failed.
    """
    context = ImportContext(config.tree, config.source, training=True)
    errors = [finding for finding in part_findings(config.tree, context) if finding.severity == "error"]
    if errors:
        raise ConfigError(tuple(errors)) from context.checker.first
