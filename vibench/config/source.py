"""YAML text becomes a tree in which every key and value knows its place. The only reader of a YAML library.

The tree is composed from libyaml's events: PyYAML's own C loader crashes the process on deep nesting, loses
duplicate keys and reads YAML 1.1. Scalars are YAML 1.2 core, keys are always their text, tags never construct
anything. A fault of the text is a finding and the tree goes on; where it cannot go on, the tree is `None`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from vibench.config.scalars import DOUBTFUL, OLD_BOOLEANS, PLAIN, WORDS, number
from vibench.diagnostics import Diagnostic, Related, Source, Span, diagnostic

if yaml.__with_libyaml__:
    from yaml._yaml import CParser

MAX_DEPTH: Final = 100
MAX_EXPANDED: Final = 1_000_000  # characters that aliases stand for, together

Mark = tuple[Source, int, int, int, int]  # source, key start, key end, value start, value end
Place = tuple[Source, Any, Any, Any, Any]  # the same before it is read: marks of libyaml's, None for a list's keys

_STRING_TAGS = frozenset({"tag:yaml.org,2002:str", "!"})
_PLAIN_TAGS = frozenset({f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null")})
_MISSING: Any = object()


def _mark(place: Place) -> Mark:
    source, key_start, key_end, start, end = place
    if key_start is None:
        return source, 0, 0, start.index, end.index
    return source, key_start.index, key_end.index, start.index, end.index


class Map(dict[str, Any]):
    """A mapping of the document. `written`: paths as the user wrote them, for keys that the loader has moved.

    `places`: what the marks are made of when the first of them is asked for; in a right file none is. `nulls`: whether
    a `null` may stand in it or below, as far as it is known without looking.
    """

    __slots__ = ("_marks", "nulls", "places", "written")
    written: dict[str, str]
    places: dict[str, Place]
    nulls: bool

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self.places = {}
        self.written = {}
        self.nulls = True

    @property
    def marks(self) -> dict[str, Mark]:
        """Place of every key and value."""
        if self.places:
            self._marks = {key: _mark(place) for key, place in self.places.items()}
            self.places = {}
        return self._marks

    def put(self, key: str, value: Any, mark: Mark, written: str = "") -> None:
        """Set a key together with its place."""
        self[key] = value
        self.marks[key] = mark
        if written:
            self.written[key] = written
        else:
            self.written.pop(key, None)

    def copy(self) -> Map:
        """A shallow copy that keeps the places."""
        new = Map()
        new.update(self)
        new._marks, new.places, new.written = self._marks.copy(), self.places.copy(), self.written.copy()
        return new


class Seq(list[Any]):
    """A list of the document; `places` and `nulls` as in `Map`."""

    __slots__ = ("_marks", "nulls", "places")
    places: list[Place]
    nulls: bool

    def __init__(self) -> None:
        self._marks: list[Mark] = []
        self.places = []
        self.nulls = True

    @property
    def marks(self) -> list[Mark]:
        """Place of every item."""
        if self.places:
            self._marks = [_mark(place) for place in self.places]
            self.places = []
        return self._marks


class Repeat(NamedTuple):
    """A further entry of a key that its mapping has already; the tree holds the first."""

    container: Map
    key: str
    value: Any
    mark: Mark


@dataclass(slots=True)
class Fault:
    """A fault of the text, before the dotted path of its place is known."""

    code: str
    message: str
    span: Span
    container: Any = None
    key: Any = None
    hint: str = ""
    other: Span | None = None
    label: str = "first written here"


class _Stop(Exception):
    """The text cannot be read on from here."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser, where it was built without libyaml."""

    def __init__(self, stream: str) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


def _parser(text: str) -> Any:
    return CParser(text) if yaml.__with_libyaml__ else _PythonParser(text)


def compose(source: Source) -> tuple[Any, list[Diagnostic]]:
    """The tree of a source's first document, and the faults found on the way."""
    tree, findings, _ = compose_all(source)
    return tree, findings


def compose_all(source: Source) -> tuple[Any, list[Diagnostic], list[Repeat]]:
    """As `compose`, with the entries that the tree does not hold since their keys are written twice."""
    try:
        source.text.encode()
    except UnicodeEncodeError as error:  # a variable or an override whose bytes are no UTF-8
        message = "the text holds bytes that are not UTF-8"
        return None, [diagnostic("not-utf8", "", message, span=Span(source, error.start, error.end))], []
    composer = _Composer(source)
    try:
        root = composer.run()
    except _Stop as stop:
        composer.faults.append(stop.fault)
        root = _MISSING
    except yaml.YAMLError as error:
        composer.faults.append(_syntax_fault(error, source))
        root = _MISSING
    paths = index_paths(root) if composer.faults else {}
    findings = [_finding(fault, paths) for fault in composer.faults]
    return (None if root is _MISSING else root), findings, composer.repeats


def _finding(fault: Fault, paths: dict[int, str]) -> Diagnostic:
    path = paths.get(id(fault.container), "")
    if fault.key is not None:
        path = f"{path}.{fault.key}" if path else str(fault.key)
    related = (Related(path, fault.label, fault.other),) if fault.other else ()
    return diagnostic(fault.code, path, fault.message, hint=fault.hint, span=fault.span, related=related)


def index_paths(root: Any) -> dict[int, str]:
    """The dotted path of every container of a tree, by identity; the first one for what aliases share."""
    paths: dict[int, str] = {id(root): ""}
    queue = [root]
    while queue:
        container = queue.pop()
        prefix = paths[id(container)]
        for key, value in items(container):
            if isinstance(value, (Map, Seq)) and id(value) not in paths:
                paths[id(value)] = f"{prefix}.{key}" if prefix else str(key)
                queue.append(value)
    return paths


def items(container: Any) -> Iterator[tuple[str | int, Any]]:
    """Keys or indices of a container with their values; nothing for a scalar."""
    if isinstance(container, dict):
        yield from container.items()
    elif isinstance(container, list):
        yield from enumerate(container)


def _syntax_fault(error: yaml.YAMLError, source: Source) -> Fault:
    from vibench.config.syntax import explain

    said = explain(error, source)
    return Fault("yaml-syntax", said.message, said.span, hint=said.hint, other=said.other, label="begun here")


class _Composer:
    """One pass over the events of one document. The loop is long because calls would double its time."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.repeats: list[Repeat] = []
        self.anchors: dict[str, Any] = {}
        # Of the containers that have an anchor, by identity: characters and levels, both with aliases expanded.
        self.sizes: dict[int, tuple[int, int]] = {}

    def span(self, event: Any) -> Span:
        return Span(self.source, event.start_mark.index, event.end_mark.index)

    def fault(self, code: str, message: str, event: Any, container: Any = None, key: Any = None, **more: Any) -> None:
        if isinstance(container, Seq):
            key = len(container)
        elif key is _MISSING:
            key = "<<"
        self.faults.append(Fault(code, message, self.span(event), container, key, **more))

    def stop(self, code: str, message: str, event: Any, hint: str = "") -> _Stop:
        return _Stop(Fault(code, message, self.span(event), hint=hint))

    def run(self) -> Any:
        source, anchors, plain = self.source, self.anchors, PLAIN
        get = _parser(source.text).get_event
        get()  # stream start
        if get().__class__ is StreamEndEvent:
            return None
        stack: list[Any] = []
        current: Any = None
        places: Any = None
        is_map = False
        key: Any = None  # event of the key that waits for its value
        name: Any = None
        merges: list[Any] | None = None
        added = 0  # characters that aliases in the current container stand for
        deepest = 0  # levels below it
        nulls = before = 0  # so far, and before the current container
        root: Any = None
        while True:
            event = get()
            kind = event.__class__
            if is_map:  # a key, and then its value
                if kind is ScalarEvent:
                    key, name = event, event.value
                    if event.anchor:
                        anchors[event.anchor] = name
                    if name == "<<" and not event.style and event.tag is None:
                        name = _MISSING
                    event = get()
                    kind = event.__class__
                elif kind is not MappingEndEvent:
                    key, name = event, self.key(event)
                    event = get()
                    kind = event.__class__
            if kind is ScalarEvent:
                value = event.value
                if event.implicit[0]:
                    value = plain[value]
                    if value is DOUBTFUL:
                        value = self.doubtful(event, current, name)
                elif event.tag is not None and event.tag not in _STRING_TAGS:
                    value = self.tagged(event, current, name)
                if value is None:
                    nulls += 1
                if event.anchor:
                    anchors[event.anchor] = value
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if len(stack) >= MAX_DEPTH:
                    raise self.stop("too-deep", f"more than {MAX_DEPTH} levels of nesting", event)
                if event.tag is not None and not event.tag.endswith((":map", ":seq")):
                    self.unknown_tag(event, current, name)
                stack.append((current, places, is_map, key, name, merges, added, deepest, before, event))
                is_map = kind is MappingStartEvent
                current = Map() if is_map else Seq()
                places = current.places
                merges = None
                added = deepest = 0
                before = nulls
                if event.anchor:
                    anchors[event.anchor] = _MISSING
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                if merges:
                    self.merge(current, merges)
                value, inside, depth, end = current, added, deepest + 1, event.end_mark
                value.nulls = nulls > before
                current, places, is_map, key, name, merges, added, deepest, before, event = stack.pop()
                added += inside
                if depth > deepest:
                    deepest = depth
                if event.anchor:
                    self.sizes[id(value)] = end.index - event.start_mark.index + inside, depth
                    anchors[event.anchor] = value
            elif kind is AliasEvent:
                value = self.alias(event)
                if isinstance(value, (Map, Seq)):
                    size, depth = self.sizes[id(value)]
                    added += size
                    deepest = max(deepest, depth)
                    nulls += value.nulls
                    if len(stack) + depth > MAX_DEPTH:
                        raise self.stop("too-deep", f"aliases nest more than {MAX_DEPTH} levels deep", event)
                else:
                    added += len(value) if isinstance(value, str) else 1
                    nulls += value is None
                if added > MAX_EXPANDED:
                    raise self.stop("alias-bomb", f"aliases stand for more than {MAX_EXPANDED:,} characters", event)
            else:  # document end
                break
            if is_map:
                if name is _MISSING:
                    merges = merges or []
                    merges.append((event, value))
                elif name in places:
                    self.duplicate(key, name, current)
                    place = (source, key.start_mark, key.end_mark, event.start_mark, event.end_mark)
                    self.repeats.append(Repeat(current, name, value, _mark(place)))
                else:
                    current[name] = value
                    places[name] = (source, key.start_mark, key.end_mark, event.start_mark, event.end_mark)
            elif current is not None:
                current.append(value)
                places.append((source, None, None, event.start_mark, event.end_mark))
            else:
                root = value
        event = get()
        if event.__class__ is not StreamEndEvent:
            hint = "put it into a file of its own"
            self.fault("several-documents", "a second document starts here; one is expected", event, hint=hint)
        return root

    def key(self, event: Any) -> str:
        """The key that an alias stands for; nothing else but a scalar can be one."""
        if event.__class__ is not AliasEvent:
            raise self.stop("complex-key", "a key must be a scalar", event, "quote it if its brackets are text")
        value = self.alias(event)
        if not isinstance(value, str):
            raise self.stop("complex-key", "a key must be a scalar", event)
        return value

    def doubtful(self, event: Any, container: Any, name: Any) -> Any:
        """A plain scalar that is taken with a finding."""
        if event.value not in OLD_BOOLEANS:
            return self.core(event, container, name)
        right = "true" if OLD_BOOLEANS[event.value] else "false"
        hint = f"write `{right}` for a boolean, or quote it for text"
        message = f"`{event.value}` without quotes is a boolean to some readers of YAML and text to others"
        self.fault("yaml-1.1-boolean", message, event, container, name, hint=hint)
        return event.value

    def core(self, event: Any, container: Any, name: Any) -> Any:
        """A word or number of YAML 1.2 core; 0 for one that cannot be held."""
        text = event.value
        try:
            return WORDS[text] if text in WORDS else number(text)
        except ValueError as error:
            self.fault("bad-number", f"`{text[:40]}`: {error}", event, container, name)
            return 0

    def tagged(self, event: Any, container: Any, name: Any) -> Any:
        """A scalar with a tag: the core ones mean what they say, any other is a fault."""
        if event.tag in _PLAIN_TAGS:
            return self.core(event, container, name)
        self.unknown_tag(event, container, name)
        return event.value

    def unknown_tag(self, event: Any, container: Any, name: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!", 1)
        message = f"the tag `{tag}` is not known; tags never construct objects here"
        self.fault("unknown-tag", message, event, container, name, hint="write the value without it")

    def alias(self, event: Any) -> Any:
        value = self.anchors.get(event.anchor, None)
        if value is _MISSING:
            raise self.stop("recursive-alias", f"`*{event.anchor}` stands inside its own anchor", event)
        if event.anchor not in self.anchors:
            known = ", ".join(f"`*{name}`" for name in list(self.anchors)[:8])
            hint = f"anchors so far: {known}" if known else "quote a text that begins with `*`"
            raise self.stop("undefined-alias", f"no anchor `&{event.anchor}` stands before this alias", event, hint)
        return value

    def duplicate(self, key: Any, name: str, container: Map) -> None:
        _, start, end, *_ = container.places[name]
        other = Span(self.source, start.index, end.index)
        message = f"`{name}` is written twice in one mapping"
        self.fault("duplicate-key", message, key, container, name, hint="keep one of them", other=other)

    def merge(self, target: Map, merges: list[Any]) -> None:
        """`<<`: keys of the named mappings that the mapping itself does not write."""
        for event, value in merges:
            for one in value if isinstance(value, Seq) else (value,):
                if not isinstance(one, Map):
                    self.fault("bad-merge", "`<<` takes a mapping or a list of mappings", event, target, "<<")
                    continue
                for key, inner in one.items():
                    if key not in target:
                        target[key] = inner
                        target.marks[key] = one.marks[key]
