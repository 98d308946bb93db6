"""Classes and registered parts of the user's, named in a config: checked against their source, nothing imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from json import dumps
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from vibench.config.canonical import key_span
from vibench.config.context import Context
from vibench.config.source import Map, Seq
from vibench.config.suggest import closest
from vibench.config.translate import findings_of, value_span
from vibench.config.wording import got
from vibench.diagnostics import Diagnostic, diagnostic

if TYPE_CHECKING:
    from vibench.config.offers import Offer

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


def class_findings(component: Map, path: str, table: str, context: Context) -> Iterator[Diagnostic]:
    """What is wrong with a component's `class_path` and `init_args`."""
    if isinstance(component.get("class_path"), str) and _DOTTED.fullmatch(component["class_path"]):
        from vibench.config.signatures.check import Place

        yield from context.checker.component(component, Place(path, table))


def task_findings(task: Map, tree: Map, context: Context) -> Iterator[Diagnostic]:
    """As `class_findings`; the `model` section fills the argument `model`, so there must be one."""
    class_path = task.get("class_path")
    if not isinstance(class_path, str) or not _DOTTED.fullmatch(class_path):
        return
    from vibench.config.signatures.check import Place

    args = task.get("init_args")
    written = isinstance(args, dict) and "model" in args
    filled = bool(tree.get("model")) or not (written or context.training)
    findings = list(context.checker.component(task, Place("task", "task", ("model",) if filled else ())))
    yield from findings
    if tree.get("model") and not any(d.path == "task.class_path" and d.severity == "error" for d in findings):
        takes = context.checker.takes(class_path)
        if takes is not None and not takes.open and takes.get("model") is None:
            yield no_model_parameter(class_path, tree)


def import_findings(tree: Map, context: Context) -> Iterator[Diagnostic]:
    """Modules under `imports:` that do not exist."""
    modules = tree.get("imports")
    for index, module in enumerate(modules if isinstance(modules, Seq) else ()):
        if isinstance(module, str) and not context.world.exists(module):
            match = closest(module, context.world.places.beside(module))
            hint = f"did you mean `{match}`?" if match else ""
            message = f"there is no module `{module}`"
            span = value_span(modules, index)
            yield diagnostic("cannot-import", f"imports.{index}", message, hint=hint, suggestion=match, span=span)


def no_model_parameter(task: str, tree: Map) -> Diagnostic:
    """The `model` section that the task has no use for."""
    message = f"`{task}` has no parameter `model`, and a `model` section is written"
    hint = "remove the `model` section, or let the task's __init__ take `model`"
    return diagnostic("no-model-parameter", "model", message, hint=hint, span=key_span(tree, "model"))


def existence_findings(component: Map, path: str, context: Context) -> list[Diagnostic]:
    """What is wrong with the `class_path` alone."""
    span = value_span(component, "class_path")
    return list(context.checker.absent(component["class_path"], f"{path}.class_path", span))


def offer_findings(offer: Offer, section: Map, path: str, context: Context) -> Iterator[Diagnostic]:
    """What is wrong with the `args` of a registered part: held against its model, or against the class itself."""
    args = section.get("args")
    if args is not None and not isinstance(args, Map):
        span = value_span(section, "args")
        message = f"expected a mapping of arguments, got {got(args)}"
        yield diagnostic("wrong-type", f"{path}.args", message, span=span)
        return
    tree = args if isinstance(args, Map) else Map()
    spans = value_span(section, "name"), key_span(section, "args") if "args" in section else value_span(section, "name")
    if offer.model is not None:
        for finding in model_findings(tree, offer.model, f"{path}.args"):
            yield finding if finding.span else replace(finding, span=spans[0])
    elif offer.target:
        yield from context.checker.registered(offer, tree, spans, path)


def model_findings(tree: Map, model: Any, path: str) -> list[Diagnostic]:
    """Validate arguments by the model that a part was registered with."""
    try:
        model.model_validate_json(dumps(tree), strict=True)
    except ValidationError as error:
        return findings_of(error, tree, model, path)
    return []
