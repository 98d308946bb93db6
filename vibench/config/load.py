"""A composed tree becomes a validated config, or findings. The one pipeline that every command goes through."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from vibench.config.canonical import canonical, key_span, names_of, remove, written_path
from vibench.config.classes import import_findings
from vibench.config.compose import Composition, compose_file, lay_over
from vibench.config.context import Context
from vibench.config.files import missing_files
from vibench.config.parts import (
    SECTIONS,
    component_finding,
    component_findings,
    is_ours,
    section_findings,
    without_nulls,
)
from vibench.config.process import Variables, process_findings
from vibench.config.replaced_classes import without_replaced
from vibench.config.settle import one_per_mistake
from vibench.config.silence import silenced
from vibench.config.source import Map, Seq
from vibench.config.trainers import custom_trainer
from vibench.config.translate import findings_of, first_span, items_of, value_span
from vibench.diagnostics import ConfigError, Diagnostic, Related, Report, Source, Span, diagnostic
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules import Finding, broken
from vibench.schemas.trainer import TrainerArgs

if TYPE_CHECKING:
    from vibench.config.offers import Offer


@dataclass(frozen=True)
class Config:
    """A validated config: the settings, and the tree that knows where each value came from.

    `own`: arguments of a custom trainer that are none of vibench's settings. `named`: the registered parts that it
    names and that are not built in, by table and name.
    """

    tree: Map
    source: Source
    own: Map = field(default_factory=Map)
    named: Mapping[tuple[str, str], Offer] = field(default_factory=dict)

    @cached_property
    def experiment(self) -> Experiment:
        """The settings, made when they are first asked for; what they hold are plain dictionaries and lists."""
        return Experiment.model_validate_json(dumps(without_nulls(self.tree, Experiment)))

    @property
    def name(self) -> str:
        """Name of the run: written, or the file's own."""
        return self.experiment.environment.name or Path(self.source.name).stem or "run"


class Loaded(NamedTuple):
    """What came of loading: the findings, the config where no finding is an error, and the composed tree."""

    report: Report
    config: Config | None
    tree: Map | None = None


def load(
    path: str | Path,
    overrides: Iterable[str] = (),
    environ: Mapping[str, str] | None = None,
    surroundings: Callable[[Map, Source], Context] = Context,
) -> Loaded:
    """Read, compose and validate a file. `environ` defaults to the process environment.

    `surroundings`: says how classes are checked; by their source, where it is not given.
    """
    environ = Variables(os.environ) if environ is None else environ
    return check(compose_file(path, overrides, environ), environ, surroundings)


def load_tree(tree: Map, source: Source, findings: Iterable[Diagnostic] = ()) -> Loaded:
    """Validate a tree that was not read from a file. `findings`: what was found while it was made."""
    composition = Composition(source, findings=list(findings))
    lay_over(composition, canonical(tree, composition.findings), (), {})
    return check(composition)


def validate(path: str | Path, overrides: Iterable[str] = (), environ: Mapping[str, str] | None = None) -> Report:
    """All findings about a file; never raises for a wrong one."""
    return load(path, overrides, environ).report


def load_config(path: str | Path, overrides: Iterable[str] = ()) -> Config:
    """The validated config of a file.

    Raises ConfigError with every finding if one is an error; issues the warnings through `warnings.warn`.
    """
    return accepted(load(path, overrides))


def accepted(loaded: Loaded, beside: tuple[str, ...] = ()) -> Config:
    """The config, or ConfigError; warnings are issued, those of the codes `beside` are not."""
    if loaded.config is None:
        raise ConfigError(loaded.report.diagnostics)
    for finding in loaded.report.diagnostics:
        if finding.severity == "warning" and finding.code not in beside:
            warnings.warn(f"{finding.path}: {finding.message}", ConfigWarning, stacklevel=3)
    return loaded.config


class ConfigWarning(UserWarning):
    """Something in a config that is probably not meant."""


def check(
    composition: Composition,
    environ: Mapping[str, str] | None = None,
    surroundings: Callable[[Map, Source], Context] = Context,
) -> Loaded:
    """Validate a composed tree: shape, parts, rules, loggers here, and the comments that silence."""
    findings, source = composition.findings, composition.source
    if composition.tree is None:
        return Loaded(_report(findings, source), None)
    context = surroundings(composition.tree, source)
    whole, notes = without_replaced(composition.tree, composition.replaced, context)
    findings += notes
    tree, own, wrong = custom_trainer(whole, context)
    experiment, left_out = _shape(tree, findings)
    findings += wrong
    findings += part_findings(tree, context)
    findings += missing_files(_args(tree))
    if experiment is not None:
        findings += _rule_findings(experiment, tree, left_out | set(_meant(findings)))
        findings += missing_here(experiment, tree, environ)
        findings += _process_findings(experiment, tree, environ)
    findings = silenced(one_per_mistake(findings), source, whole)
    report = _report(findings, source)
    valid = experiment is not None and report.valid
    config = Config(tree, source, own, context.named) if valid else None
    return Loaded(report, config, whole)


def _report(findings: list[Diagnostic], source: Source) -> Report:
    return Report(tuple(sorted(findings, key=lambda d: d.sort_key)), source)


def _shape(tree: Map, findings: list[Diagnostic]) -> tuple[Experiment | None, set[str]]:
    """The validated settings; of a broken tree, those that remain when what is wrong is left out, and what was."""
    clean = without_nulls(tree, Experiment)
    try:
        return Experiment.__pydantic_validator__.validate_python(clean), set()
    except ValidationError as error:
        findings += findings_of(error, tree, Experiment)
        left_out = {_document_path(clean, item["loc"]) for item in items_of(error)}
    try:
        rest = Experiment.model_validate(_without(clean, [path for path in left_out if path]))
    except ValidationError:
        return None, set()
    return rest, {".".join(path) for path in left_out}


def _document_path(tree: Any, location: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys of an error's location that are in the document; branches of unions and list items are not."""
    path: list[str] = []
    for step in location:
        if not isinstance(tree, Map) or step not in tree:
            break
        path.append(str(step))
        tree = tree[str(step)]
    return tuple(path)


def _without(tree: Map, paths: Iterable[tuple[str, ...]]) -> Map:
    """The tree without the settings that errors are about, so that the rules can see the rest; one copy a mapping."""
    result = tree.copy()
    below: dict[str, list[tuple[str, ...]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(tuple(rest))
    for key, inner in below.items():
        value = tree.get(key)
        if () not in inner and isinstance(value, Map):
            result[key] = _without(value, inner)
        else:
            remove(result, key)
    return result


def part_findings(tree: Map, context: Context) -> Iterator[Diagnostic]:
    """What is wrong with the parts that a config names."""
    if "imports" in tree:
        yield from import_findings(tree, context)
    yield from section_findings(tree, context)
    args, environment = _args(tree), tree.get("environment")
    for key in ("callbacks", "plugins"):
        if key in args:
            yield from component_findings(args[key], written_path(args, key, "trainer.args"), key, context)
    for key, table in (("profiler", "profilers"), ("strategy", "strategies")):
        if isinstance(args.get(key), Map):
            yield from component_finding(args[key], written_path(args, key, "trainer.args"), table, context)
    if isinstance(environment, Map) and "loggers" in environment:
        yield from component_findings(environment["loggers"], "environment.loggers", "loggers", context)


def _args(tree: Map) -> Map:
    section = tree.get("trainer")
    args = section.get("args") if isinstance(section, Map) else None
    return args if isinstance(args, Map) else Map()


def _rule_findings(experiment: Experiment, tree: Map, left_out: set[str]) -> Iterator[Diagnostic]:
    """What the rules find, unless it hangs on a setting that is wrong in itself."""
    above = {path for wrong in left_out for path in _upwards(wrong)}
    for found in broken(experiment):
        paths = (found.path, *found.also)
        if not any(path in above or not left_out.isdisjoint(_upwards(path)) for path in paths):
            yield located(found, tree)


def missing_here(experiment: Experiment, tree: Map, environ: Mapping[str, str] | None) -> Iterator[Diagnostic]:
    """Packages and logins that the loggers lack in this process environment; none looked for where it is not known."""
    asked = experiment.environment
    if environ is not None and (asked.wandb or asked.swanlab or asked.loggers):
        from vibench.config.logins import logger_findings

        yield from (located(found, tree) for found in logger_findings(experiment, environ))


def _process_findings(experiment: Experiment, tree: Map, environ: Mapping[str, str] | None) -> Iterator[Diagnostic]:
    """What is wrong with the process environment, by itself and for this config."""
    for found in process_findings(experiment, environ) if environ is not None else ():
        yield located(found, tree) if isinstance(found, Finding) else found


def _meant(findings: list[Diagnostic]) -> Iterator[str]:
    """Settings that a key was meant to be which is none: no rule can judge by them."""
    for finding in findings:
        if finding.suggestion and finding.code in ("unknown-key", "misplaced-key"):
            parent = finding.path.rpartition(".")[0] if finding.code == "unknown-key" else ""
            parent, name = ("trainer.args" if parent == "trainer" else parent), finding.suggestion
            name = names_of(TrainerArgs).aliases.get(name, name)
            yield f"{parent}.{name}" if parent else name


def _upwards(path: str) -> list[str]:
    """A path, and the paths of what it stands in."""
    steps = path.split(".")
    return [".".join(steps[:count]) for count in range(len(steps), 0, -1)]


def located(found: Finding, tree: Map) -> Diagnostic:
    """A rule's finding with the places of its paths, as the user wrote them."""
    path, span = place(tree, found.path)
    related = []
    for other in found.also:
        other_path, other_span = place(tree, other, exact=True)
        if other_span not in (None, span):
            related.append(Related(other_path, "set here", other_span))
    return diagnostic(
        found.code, path, found.message, hint=found.hint, suggestion=found.suggestion, span=span, related=tuple(related)
    )


def place(tree: Map, path: str, *, exact: bool = False) -> tuple[str, Span | None]:
    """The path as the user wrote it, and its place; of a default, the place of what it stands in (or none)."""
    at: Any = tree
    span: Span | None = None
    shown = ""
    steps = path.split(".")
    for step in steps:
        key: Any = int(step) if isinstance(at, Seq) and step.isdigit() else step
        if isinstance(at, Map) and key in at:
            shown = written_path(at, step, shown)
            span = key_span(at, step)
            span = span if span.end else value_span(at, step)
        elif isinstance(at, Seq) and isinstance(key, int) and key < len(at):
            shown = f"{shown}.{step}"
            span = first_span(at[key]) or value_span(at, key)
        else:
            return path, None if exact else span
        at = at[key]
    return shown, span


def placed(error: ConfigError, config: Config) -> ConfigError:
    """The same findings, with the places of their paths in the file."""
    return ConfigError(tuple(replace(d, span=d.span or place(config.tree, d.path)[1]) for d in error.diagnostics))


def missing_for_training(config: Config) -> list[Diagnostic]:
    """What `train` needs and lacks: `trainer`, `data`, and a `task` or a `model`, all ours; the loggers' needs."""
    tree, findings, context = config.tree, [], Context(config.tree, config.source, training=True)
    findings += [replace(one, severity="error") for one in missing_here(config.experiment, tree, os.environ)]
    for section in ("trainer", "data"):
        if not tree.get(section):
            message = f"training needs a `{section}` section"
            findings.append(diagnostic("missing-section", section, message, span=Span(config.source)))
    if not tree.get("task") and not tree.get("model"):
        message = "training needs a `task`, or a `model` that is a LightningModule"
        findings.append(diagnostic("missing-section", "task", message, span=Span(config.source)))
    others = [kind for kind in SECTIONS if isinstance(tree.get(kind), Map) and not is_ours(kind, tree[kind], context)]
    if others:
        wrong = [d for d in section_findings(tree, context) if d.path.partition(".")[0] in others]
        findings += [replace(d, severity="error") for d in wrong]
    found = [d for d in part_findings(tree, context) if d.severity == "error" or d.code == "missing-package"]
    return findings or [replace(d, severity="error") for d in found]
