"""Pydantic's errors become findings: one for each place in the document, in a user's words.

A wrong value for a union gives several errors. They are walked down the tree by their location: a step that is not
in the tree is a branch of a union. A branch with errors below the fork is the one that was meant (the one with the
fewest, where there are several); else there is one finding, worded from the annotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from vibench.config.annotations import choices, inner_annotation, key_annotation
from vibench.config.canonical import key_span, written_path
from vibench.config.source import Map, Seq
from vibench.config.suggest import closest, home_of, known_keys, misspelt_home, only_section, synonym_in
from vibench.config.wording import expected, expected_of, got, remedy
from vibench.diagnostics import Diagnostic, Fix, Span, diagnostic
from vibench.schemas.components import Component, lightnings
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.experiment import Experiment
from vibench.schemas.spelling import typo_of
from vibench.schemas.trainer import OWNED, TrainerArgs

Errors = list[tuple[tuple[str | int, ...], Any]]
MAX_SUGGESTIONS = 100


def findings_of(
    error: ValidationError,
    tree: Map,
    model: type[BaseModel],
    path: str = "",
    extra_keys: tuple[str, ...] = (),
) -> list[Diagnostic]:
    """All findings of a failed validation of `tree`, which stands at `path` of the document."""
    errors: Errors = [(item["loc"], item) for item in items_of(error)]
    walk = _Walk(extra_keys)
    return list(walk.mapping(errors, tree, model, path, ""))


def items_of(error: ValidationError) -> list[Any]:
    """Location, type and message of each error; what was given stands in the tree."""
    return error.errors(include_url=False, include_context=False, include_input=False)


class _Walk:
    """One translation; counts the suggestions, since each is dear."""

    def __init__(self, extra_keys: tuple[str, ...]) -> None:
        self.left = MAX_SUGGESTIONS
        self.extra_keys = extra_keys

    def mapping(self, errors: Errors, tree: Any, model: type[BaseModel], path: str, name: str) -> Iterator[Diagnostic]:
        """Errors inside a mapping that is meant to be a `model`."""
        for location, error in errors:
            if not location:
                yield _combination(_own_words(error), tree, path)
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
                inner = inner_annotation(annotation, value)
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
            if isinstance(value, Map) and errors[0][1]["type"] == "union_tag_not_found":
                yield from self.nameless(value, path)
                return
            together = [error for _, error in errors if error["type"] == "value_error"]
            if isinstance(value, Map) and together:
                yield _combination(_own_words(together[0]), value, path, value_span(container, key))
                return
        yield self.wrong(container, key, annotation, field, path)

    def nameless(self, value: Map, path: str) -> Iterator[Diagnostic]:
        """A choice `{name, args}` that does not say which: its name is misspelt, or not there."""
        keys = ("name", "args")
        for key in value:
            match = typo_of(key, keys, 1) if key not in keys else ""
            if match:
                message, span = f"unknown key `{key}` in {path}", key_span(value, key)
                fix = Fix("rename-key", match)
                hint = _meant(span, match)
                yield diagnostic(
                    "unknown-key", f"{path}.{key}", message, hint=hint, suggestion=match, span=span, fix=fix
                )
                return
        hint = "write `{name: …, args: {…}}`, or the name alone"
        yield diagnostic("missing-key", path, f"`name` is missing in {path}", hint=hint, span=first_span(value))

    def wrong_key(self, tree: Any, key: str, annotation: Any, path: str) -> Diagnostic:
        words = expected(key_annotation(annotation))
        message = f"expected {words} as key, got {got(key)}"
        return diagnostic("wrong-type", path, message, span=key_span(tree, key))

    def unknown(self, key: str, tree: Any, model: type[BaseModel], path: str, name: str) -> Diagnostic:
        span = key_span(tree, key)
        place = path.rpartition(".")[0] or "the file"
        if model is TrainerArgs and key in OWNED:
            message = f"`{key}` of the Trainer is not set directly"
            return diagnostic("owned-key", path, message, hint=OWNED[key], span=span)
        from vibench.schemas.removed import TABLES  # only a wrong file needs it

        old = TABLES.get(model.__name__, {}).get(key)
        if old:
            since = f"; PyTorch Lightning had it up to {old.until}" if old.until else ""
            message = f"`{key}` is no setting of {place}{since}"
            return diagnostic("removed-key", path, message, hint=old.instead, span=span)
        self.left -= 1
        flat = ("name", "args") if model is TrainerArgs and path.count(".") == 1 else ()
        known = (*flat, *known_keys(model, name), *self.extra_keys)
        unwritten = [one for one in known if one not in tree]
        near = ""
        if self.left >= 0:
            near = typo_of(key, unwritten, 1) or typo_of(key, known, 1) or synonym_in(key, known)
        if model is Experiment and not isinstance(tree[key], (Map, Seq)):
            near = ""  # sections hold settings: `mode: max` is no `model`
        home = home_of(key, path, tree) if not near and self.left >= 0 and model is not Component else ""
        if home:
            message = f"`{key}` does not belong in {place}"
            hint = f"it is a setting of its own: `{home}`" if "." not in home else f"write it as `{home}`"
            if model is Experiment and (section := only_section(tree)):
                hint += f", or put `{section}:` above the settings of this file"
            return diagnostic("misplaced-key", path, message, hint=hint, suggestion=home, span=span)
        match = near or (closest(key, known) if self.left >= 0 else "")
        fix = Fix("rename-key", match) if match else None
        hint = _meant(span, match) if match else self.elsewhere(key, model, path)
        message = f"unknown key `{key}` in {place}"
        return diagnostic("unknown-key", path, message, hint=hint, suggestion=match, span=span, fix=fix)

    def elsewhere(self, key: str, model: type[BaseModel], path: str) -> str:
        """What to do about a key that is like none of this mapping."""
        if self.left < 0:
            return ""
        if model is Component:
            return "arguments of the class stand under `init_args`, those of a registered name under `args`"
        callback = closest(key, lightnings("callbacks").models) if model is TrainerArgs else ""
        if callback:
            return f"list it under `trainer.args.callbacks`: `- {{name: {callback}}}`"
        home = misspelt_home(key)
        if home:
            return f"did you mean `{home}`?"
        if model is EnvironmentArgs and key.isidentifier() and key.lower() != key:
            return f"a variable to export is written in capitals: `{key.upper()}`"
        return f"the sections are {', '.join(model.model_fields)}" if model is Experiment else ""

    def missing(self, key: str, tree: Any, model: type[BaseModel], path: str) -> Diagnostic:
        message = f"`{key}` is missing in {path or 'the file'}"
        words = f" with {expected_of(model.model_fields[key])}" if key in model.model_fields else ""
        return diagnostic("missing-key", path, message, hint=f"add `{key}:`{words}", span=first_span(tree))

    def wrong(self, container: Any, key: Any, annotation: Any, field: FieldInfo | None, path: str) -> Diagnostic:
        value = container[key]
        words = expected_of(field) if field else expected(annotation)
        from vibench.schemas.removed import old_value

        old = old_value(path, value)
        hint, to = (old.instead, "") if old else remedy(value, words)
        match = ""
        if isinstance(value, str) and annotation in (Component, list[Component]):
            hint = _as_component(value, "[{}]" if annotation is not Component else "{}")
        elif key == "class_path" and isinstance(value, str) and value in lightnings("callbacks").models:
            hint = f"write `pytorch_lightning.callbacks.{value}`, or `name: {value}`"
        elif isinstance(value, str) and not hint and self.left > 0:
            self.left -= 1
            match = closest(value, choices(field.annotation if field else annotation, field))
            hint = f"did you mean `{match}`?" if match else ""
        fix = Fix("replace-value", to or match, safe=bool(to)) if to or match else None
        message = f"expected {words}, got {got(value)}"
        span = value_span(container, key)
        return diagnostic("wrong-type", path, message, hint=hint, suggestion=match, span=span, fix=fix)


def _combination(words: str, tree: Any, path: str, span: Span | None = None) -> Diagnostic:
    """What a model says of its settings together, at the first of them that it names and that is written."""
    named = [name for name in re.findall(r"`(\w+)`", words) if name in tree]
    if named:
        return diagnostic("bad-combination", f"{path}.{named[0]}", words, span=key_span(tree, named[0]))
    return diagnostic("bad-combination", path, words, span=span or first_span(tree))


def _as_component(value: str, form: str) -> str:
    """How a class or a short name is written as a component."""
    name = closest(value, lightnings("callbacks").models) or value
    return "write `" + form.format(f"{{class_path: {value}}}" if "." in value else f"{{name: {name}}}") + "`"


def _meant(span: Span, match: str) -> str:
    """`did you mean …?`, with the whole name where the key came from a variable."""
    if span.source.kind == "variable":
        match = f"{span.source.name.rpartition('__')[0]}__{match.upper()}"
    return f"did you mean `{match}`?"


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


def value_span(container: Any, key: Any) -> Span:
    """The place of a value; of its key where the value is a block or is empty and has no text of its own."""
    source, key_start, key_end, start, end = container.marks[key]
    if key_end and (isinstance(container[key], (Map, Seq)) or start == end):
        return Span(source, key_start, key_end)
    return Span(source, start, max(end, start))


def first_span(tree: Any) -> Span | None:
    """Where a mapping starts: its first key."""
    marks = getattr(tree, "marks", None)
    if not marks:
        return None
    source, start, end, value_start, value_end = marks[0] if isinstance(marks, list) else next(iter(marks.values()))
    return Span(source, start, end) if end else Span(source, value_start, value_end)
