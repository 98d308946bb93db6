"""Every value of a config with where it was written, beside the findings."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from vibench.cli.output import answer, say
from vibench.cli.render import json
from vibench.cli.render.excerpt import visible
from vibench.config.load import Loaded
from vibench.config.origins import Origin, origins, written
from vibench.diagnostics import Report


def show_with_origins(reports: list[Report], loaded: list[Loaded], form: str) -> None:
    """Values to standard output, findings where they always go; the JSON form holds both."""
    known = {report.source.name: _origins(one) for report, one in zip(reports, loaded, strict=True) if report.source}
    if form == "json":
        rows = {name: {path: origin.as_json() for path, origin in found.items()} for name, found in known.items()}
        answer(json.text({**json.document(reports), "provenance": rows}))
        return
    answer("\n\n".join("\n".join(_table(name, found)) for name, found in known.items()))
    say(reports)


def _origins(loaded: Loaded) -> dict[str, Origin]:
    """Of a wrong config, what was written; of a valid one, its defaults too."""
    return origins(loaded.config) if loaded.config else written(loaded.tree)


def _table(name: str, found: dict[str, Origin]) -> Iterator[str]:
    yield visible(name)
    rows = [(visible(path), visible(_short(origin.value)), visible(str(origin))) for path, origin in found.items()]
    first = max((len(row[0]) for row in rows), default=0)
    second = min(max((len(row[1]) for row in rows), default=0), 40)
    yield from (f"  {path:<{first}}  {value:<{second}}  {origin}" for path, value, origin in rows)


def _short(value: object) -> str:
    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
