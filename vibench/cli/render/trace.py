"""What each written key feeds, as text and as JSON."""

from __future__ import annotations

from json import dumps

from vibench.trainer_factory.effects import Effect

SHOWN = 4  # arguments named on one line


def as_json(found: list[Effect]) -> str:
    """The stable JSON form: by path, where it was written and what it feeds."""
    trace = {effect.path: {**effect.origin.as_json(), "feeds": list(effect.feeds)} for effect in found}
    return dumps({"trace": trace}, indent=2, ensure_ascii=False)


def as_text(found: list[Effect]) -> str:
    """One line a key: path, value, place, arguments."""
    rows = [(effect.path, _short(effect.origin.value), str(effect.origin), _fed(effect.feeds)) for effect in found]
    widths = [min(max((len(row[column]) for row in rows), default=0), 44) for column in range(3)]
    return "\n".join("  ".join([*map(str.ljust, row[:3], widths), f"-> {row[3]}"]) for row in rows)


def _short(value: object) -> str:
    text = dumps(value, ensure_ascii=False)
    return text if len(text) <= 24 else f"{text[:23]}…"


def _fed(feeds: tuple[str, ...]) -> str:
    more = f" and {len(feeds) - SHOWN} more" if len(feeds) > SHOWN else ""
    return ", ".join(feeds[:SHOWN]) + more or "nothing"
