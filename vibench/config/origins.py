"""Where each value of a config came from: file and line, variable, override, or default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vibench.config.load import Config
from vibench.config.source import Map, Seq
from vibench.diagnostics import Span
from vibench.schemas.base import StrictModel

SECTIONS = ("environment", "data", "model", "task", "trainer", "imports")


@dataclass(frozen=True)
class Origin:
    """A value and its source; without a span it is a default."""

    value: Any
    span: Span | None = None

    def as_json(self) -> dict[str, Any]:
        """The `provenance` entry of `plan --format json`."""
        place = self.span.as_json() if self.span else None
        if place is None:
            return {"default": True} if self.span is None else {"python": True}
        return {"file": place["file"], "line": place["line"]} if "file" in place else place

    def __str__(self) -> str:
        """`config.yaml:14`, `override …`, `variable …` or `default`."""
        place = self.as_json()
        if "file" in place:
            return f"{place['file']}:{place['line']}"
        return "default" if "default" in place else "python" if "python" in place else str(self.span)


def origins(config: Config) -> dict[str, Origin]:
    """Every setting by its canonical path: the written ones with their place, then the defaults."""
    found = dict(_written(config.tree, ""))
    if config.own:
        found.update(_written(config.own, "trainer.args."))
    experiment = config.experiment
    sections = (("environment.", experiment.environment), ("trainer.args.", experiment.trainer.args))
    for prefix, model in sections:
        found.update({path: origin for path, origin in _defaults(model, prefix) if not _covered(path, found)})
    found.setdefault("trainer.name", Origin(experiment.trainer.name))
    if experiment.environment.name is None:
        found["environment.name"] = Origin(config.name)
    return dict(sorted(found.items(), key=lambda item: (_rank(item[0]), item[0])))


def written(tree: Map | None) -> dict[str, Origin]:
    """What was written, by canonical path: of a config that is not valid nothing else is known."""
    return dict(sorted(_written(tree, ""), key=lambda item: (_rank(item[0]), item[0]))) if tree else {}


def _rank(path: str) -> int:
    section = path.partition(".")[0]
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def _covered(path: str, found: dict[str, Origin]) -> bool:
    return path in found or any(known.startswith(f"{path}.") for known in found)


def _defaults(model: StrictModel, prefix: str) -> Iterator[tuple[str, Origin]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        yield (
            prefix + name,
            Origin(value.model_dump(mode="json") if isinstance(value, StrictModel) else value),
        )


def _written(tree: Map, prefix: str) -> Iterator[tuple[str, Origin]]:
    """The leaves of a tree; lists count as leaves unless they hold mappings."""
    marks = tree.marks.items() if isinstance(tree, Map) else enumerate(tree.marks)
    for key, (source, _, _, start, end) in marks:
        if isinstance(tree, Map) and key not in tree:
            continue
        value = tree[key]
        path = f"{prefix}{key}"
        deep = isinstance(value, Map) or (isinstance(value, Seq) and any(isinstance(v, (Map, Seq)) for v in value))
        if deep and value:
            yield from _written(value, f"{path}.")
        else:
            yield path, Origin(value, Span(source, start, end))
