"""Pydantic's errors become findings: one for each place in the document, in a user's words.

A wrong value for a union gives several errors. They are walked down the tree by their location: a step that is not
in the tree is a branch of a union. A branch with errors below the fork is the one that was meant (the one with the
fewest, where there are several); else there is one finding, worded from the annotation.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from vibench.config.canonical import key_span, written_path
from vibench.config.source import Map, Seq
from vibench.config.suggest import closest, home_of, known_keys
from vibench.config.wording import expected, expected_of, got, hint_for
from vibench.diagnostics import Diagnostic, Fix, Span, diagnostic
from vibench.schemas import removed
from vibench.schemas.components import Component
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import OWNED, TrainerArgs

Errors = list[tuple[tuple[str | int, ...], Any]]
_REMOVED: dict[type[BaseModel], dict[str, str]] = {
    TrainerArgs: removed.TRAINER,
    EnvironmentArgs: removed.ENVIRONMENT,
    Experiment: removed.ROOT,
    Component: removed.COMPONENT,
}
MAX_SUGGESTIONS = 100


def findings_of(
    error: ValidationError,
    tree: Map,
    model: type[BaseModel],
    path: str = "",
    extra_keys: tuple[str, ...] = (),
) -> list[Diagnostic]:
    """All findings of a failed validation of `tree`, which stands at `path` of the document."""
    errors: Errors = [(item["loc"], item) for item in error.errors(include_url=False, include_context=False)]
    walk = _Walk(extra_keys)
    return list(walk.mapping(errors, tree, model, path, ""))


class _Walk:
    """One translation; counts the suggestions, since each is dear."""

    def __init__(self, extra_keys: tuple[str, ...]) -> None:
        self.left = MAX_SUGGESTIONS
        self.extra_keys = extra_keys

    def mapping(self, errors: Errors, tree: Any, model: type[BaseModel], path: str, name: str) -> Iterator[Diagnostic]:
        """Errors inside a mapping that is meant to be a `model`."""
        for location, error in errors:
            if not location:
                yield diagnostic("bad-combination", path, _own_words(error), span=first_span(tree))
        for key, below in _grouped(errors).items():
            here = written_path(tree, str(key), path) if isinstance(tree, Map) else f"{path}.{key}"
            kind = below[0][1]["type"]
            extra = (kind in ("extra_forbidden", "string_pattern_mismatch")) and key not in model.model_fields
            if extra and not below[0][0]:
                yield self.unknown(str(key), tree, model, here, name)
            elif kind == "missing" and not below[0][0] and key not in tree:
                yield self.missing(str(key), tree, model, path)
            elif key in model.model_fields:
                field = model.model_fields[str(key)]
                yield from self.value(below, tree, key, field.annotation, field, here)
            else:
                yield self.wrong(tree, key, str | int | float | bool, None, here)

    def value(
        self, errors: Errors, container: Any, key: Any, annotation: Any, field: FieldInfo | None, path: str
    ) -> Iterator[Diagnostic]:
        """Errors at or below one value."""
        value = container[key]
        if isinstance(value, (Map, Seq)):
            branch = _best_branch(errors, value)
            if branch is not None:
                inner = _inner_annotation(annotation, value)
                if isinstance(value, Map) and isinstance(inner, type) and issubclass(inner, BaseModel):
                    yield from self.mapping(branch, value, inner, path, str(key))
                    return
                if inner is not None:
                    for step, below in _grouped(branch).items():
                        if below[0][0] == ("[key]",):
                            yield self.wrong_key(value, str(step), annotation, f"{path}.{step}")
                            continue
                        yield from self.value(below, value, step, inner, None, f"{path}.{step}")
                    return
            together = [error for _, error in errors if error["type"] == "value_error"]
            if isinstance(value, Map) and together:
                words = _own_words(together[0])
                yield diagnostic("bad-combination", path, words, span=value_span(container, key))
                return
        yield self.wrong(container, key, annotation, field, path)

    def wrong_key(self, tree: Any, key: str, annotation: Any, path: str) -> Diagnostic:
        words = expected(_key_annotation(annotation))
        message = f"expected {words} as key, got {got(key)}"
        return diagnostic("wrong-type", path, message, span=key_span(tree, key))

    def unknown(self, key: str, tree: Any, model: type[BaseModel], path: str, name: str) -> Diagnostic:
        span = key_span(tree, key)
        place = path.rpartition(".")[0] or "the file"
        if model is TrainerArgs and key in OWNED:
            message = f"`{key}` of the Trainer is not set directly: {OWNED[key]}"
            return diagnostic("owned-key", path, message, span=span)
        instead = _REMOVED.get(model, {}).get(key)
        if instead:
            return diagnostic("removed-key", path, f"`{key}` is no setting of {place}", hint=instead, span=span)
        home = home_of(key) if model in _REMOVED and model is not Component else ""
        if home and home != path:
            message = f"`{key}` does not belong in {place}"
            hint = f"it is a setting of its own: `{home}`" if "." not in home else f"write it as `{home}`"
            return diagnostic("misplaced-key", path, message, hint=hint, suggestion=home, span=span)
        self.left -= 1
        match = closest(key, (*known_keys(model, name), *self.extra_keys)) if self.left >= 0 else ""
        return diagnostic(
            "unknown-key",
            path,
            f"unknown key `{key}` in {place}",
            hint=f"did you mean `{match}`?" if match else "",
            suggestion=match,
            span=span,
            fix=Fix("rename-key", match) if match else None,
        )

    def missing(self, key: str, tree: Any, model: type[BaseModel], path: str) -> Diagnostic:
        message = f"`{key}` is missing in {path or 'the file'}"
        words = expected_of(model.model_fields[key])
        return diagnostic("missing-key", path, message, hint=f"write {words}", span=first_span(tree))

    def wrong(self, container: Any, key: Any, annotation: Any, field: FieldInfo | None, path: str) -> Diagnostic:
        value = container[key]
        words = expected_of(field) if field else expected(annotation)
        hint = hint_for(value, words)
        match = ""
        if isinstance(value, str) and not hint and self.left > 0:
            self.left -= 1
            match = closest(value, _choices(field.annotation if field else annotation, field))
            hint = f"did you mean `{match}`?" if match else ""
        message = f"expected {words}, got {got(value)}"
        fix = Fix("replace-value", match) if match else None
        return diagnostic(
            "wrong-type", path, message, hint=hint, suggestion=match, span=value_span(container, key), fix=fix
        )


def _own_words(error: Any) -> str:
    """What a model's own validator says of its settings together."""
    text: str = error["msg"]
    return text.removeprefix("Value error, ")


def _grouped(errors: Errors) -> dict[str | int, Errors]:
    groups: dict[str | int, Errors] = {}
    for location, error in errors:
        if location:
            groups.setdefault(location[0], []).append((location[1:], error))
    return groups


def _best_branch(errors: Errors, value: Map | Seq) -> Errors | None:
    """The errors that go on below a container: through the best branch of a union, if there is one."""
    direct = [(location, error) for location, error in errors if location and _is_step(location[0], value, error)]
    if direct:
        return direct
    branches: dict[str | int, Errors] = {}
    for label, below in _grouped(errors).items():
        inner = _best_branch(below, value)
        if inner is not None:
            branches[label] = inner
    return min(branches.values(), key=len) if branches else None


def _is_step(step: str | int, value: Map | Seq, error: Any) -> bool:
    """Whether a location's step is a place of the document and no branch of a union."""
    if isinstance(value, Seq):
        return isinstance(step, int) and step < len(value)
    return step in value or (error["type"] == "missing" and error["loc"][-1] == step)


def _inner_annotation(annotation: Any, value: Map | Seq) -> Any:
    """The part of an annotation that a container of this kind was meant for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inner_annotation(get_args(annotation)[0], value)
    if origin in (Union, UnionType):
        found = [inner for part in get_args(annotation) if (inner := _inner_annotation(part, value)) is not None]
        return next((part for part in found if _is_tagged(part, value)), found[0] if found else None)
    if isinstance(value, Map):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return annotation
        return get_args(annotation)[1] if origin is dict else None
    return get_args(annotation)[0] if origin in (list, tuple) else None


def _is_tagged(model: Any, value: Map | Seq) -> bool:
    """Whether the required choices of a model (the `name` of a tagged union) are those that a mapping makes."""
    if not (isinstance(value, Map) and isinstance(model, type) and issubclass(model, BaseModel)):
        return True
    tags = {name: field.annotation for name, field in model.model_fields.items() if field.is_required()}
    return all(value.get(name) in get_args(kind) for name, kind in tags.items() if get_origin(kind) is Literal)


def _key_annotation(annotation: Any) -> Any:
    """What the keys of a mapping must be."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[0]
    found = (_key_annotation(part) for part in get_args(annotation))
    return next((part for part in found if part is not None), None)


def _choices(annotation: Any, field: FieldInfo | None) -> list[str]:
    """Texts that a value may be, for "did you mean"."""
    extra = field.json_schema_extra if field else None
    if isinstance(extra, dict) and isinstance(extra.get("enum"), list):
        return [str(item) for item in extra["enum"]]  # type: ignore[union-attr]
    found: list[str] = []
    for part in get_args(annotation):
        if isinstance(part, str):
            found.append(part)
        elif isinstance(part, FieldInfo):
            found += _choices(None, part)
        else:
            found += _choices(part, None)
    return found


def value_span(container: Any, key: Any) -> Span:
    """The place of a value; of its key where the value is a block, which has no text of its own."""
    source, key_start, key_end, start, end = container.marks[key]
    if isinstance(container[key], (Map, Seq)) and key_end:
        return Span(source, key_start, key_end)
    return Span(source, start, max(end, start))


def first_span(tree: Any) -> Span | None:
    """Where a mapping starts: its first key."""
    marks = getattr(tree, "marks", None)
    if not marks:
        return None
    source, start, end, value_start, value_end = marks[0] if isinstance(marks, list) else next(iter(marks.values()))
    return Span(source, start, end) if end else Span(source, value_start, value_end)
