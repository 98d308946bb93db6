"""A key that is written twice in one mapping: the tree holds the first, other readers of YAML take the last.

The second entry has no place in the tree. It gets one where its key is masked by another of the same length: then
everything else stands where it stands in the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from vibench.config.migration.data import Path, exact, plain, put
from vibench.config.migration.edit import Edit
from vibench.config.migration.offer import NOTHING, Offer, State, found
from vibench.config.source import Map, compose
from vibench.diagnostics import Diagnostic, Source, Span


def duplicate_offer(state: State, path: Path, finding: Diagnostic) -> Iterator[Offer]:
    """Remove the second of two equal entries; of two different ones the first, which is not certainly meant."""
    span = finding.span
    if span is None:
        return
    masked, name = _masked(span)
    tree, _ = compose(masked)
    hidden = (*path[:-1], name)
    if not isinstance(tree, Map) or found(tree, hidden) is NOTHING:
        return
    value = plain(found(tree, hidden))
    same = exact(value) == exact(plain(found(tree, path)))

    def way(edit: Edit) -> None:
        other = Edit(masked, tree)
        other.remove(hidden if same else path)
        edit.splices += other.splices
        put(edit.data, path, value)

    dotted = ".".join(path)
    words = f"one of two equal `{dotted}` goes" if same else f"of two `{dotted}` the last stays, as PyYAML reads it"
    yield Offer(dotted, words, same, (way,), finding)


def _masked(span: Span) -> tuple[Source, str]:
    """The text with another key in the place of this one, and that key."""
    text = span.source.text
    letters = (letter * (span.end - span.start) for letter in "qzxj")
    name = next((word for word in letters if word not in text), "\u0142" * (span.end - span.start))
    return Source(span.source.name, text[: span.start] + name + text[span.end :]), name
