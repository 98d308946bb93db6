"""Which of some known words a misspelt one is meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from os.path import commonprefix


def distance(one: str, other: str, limit: int) -> int:
    """Letters to drop, add, replace or swap with a neighbour to turn one word into another; above `limit`, more."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    one, other = _differing(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]


def _differing(one: str, other: str) -> tuple[str, str]:
    """Two words without what they begin and end with alike: of most misspellings hardly a letter is left."""
    common = len(commonprefix((one, other)))  # noqa: RUF071 (letters are meant)
    one, other = one[common:], other[common:]
    end = len(commonprefix((one[::-1], other[::-1])))  # noqa: RUF071
    return one[: len(one) - end], other[: len(other) - end]


@lru_cache(1024)
def folded(word: str) -> tuple[str, frozenset[str]]:
    """A word without what people write differently (capitals, underscores, hyphens), and its letters."""
    plain = word.lower().replace("_", "").replace("-", "")
    return plain, frozenset(plain)


def typo_of(word: str, known: Iterable[str], limit: int | None = None) -> str:
    """The known word that this one is a misspelling of, or nothing.

    `limit`: mistakes allowed; without it one, and one more for every four letters beyond the fourth.
    """
    plain, letters = folded(word)
    most = max(1, len(plain) // 4) if limit is None else limit
    best, found, length = most + 1, "", len(plain)
    for candidate in known:
        other, others = folded(candidate)
        if not -most <= len(other) - length <= most or len(letters ^ others) > 2 * most:
            continue  # one mistake changes one in length, and two letters, at most
        far = distance(plain, other, min(best, most))
        if far < best or (far == best and found and candidate[:1] == word[:1] != found[:1]):
            best, found = far, candidate
    return found if best < max(len(plain), 2) else ""
