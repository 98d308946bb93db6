"""A sign of life of each process, so that the others can say which one is gone, or behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

BEAT = 1.0  # seconds


class Pulse:
    """Counts up in the store while this process lives.

    The store must be one that no one else waits on: a waiting call keeps others from it.
    """

    def __init__(self, store: Any, rank: int, size: int) -> None:
        self._store = store
        self._rank = rank
        self._size = size
        self.told: Callable[[], str] = lambda: "0 the start"  # how far this process has come: a count, and words
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Count no more: a thread that is inside the store while Python ends would abort the process."""
        self._stopped.set()
        self._thread.join(3 * BEAT)

    def silent(self) -> set[int]:
        """Ranks that do not count up any more; the first one's where the store that it keeps is gone."""
        before = self._counts()
        time.sleep(3 * BEAT)
        after = self._counts()
        if before is None or after is None:
            return {0}
        return {rank for rank in range(self._size) if rank != self._rank and before[rank] == after[rank]}

    def behind(self) -> dict[int, str]:
        """Ranks that have not come as far as others, and what each began last; none where all are at one point, or
        where the store is gone.
        """
        try:
            told = [self._store.get(f"told/{rank}").decode().partition(" ") for rank in range(self._size)]
        except RuntimeError:
            return {}
        furthest = max(int(count) for count, _, _ in told)
        return {rank: words for rank, (count, _, words) in enumerate(told) if int(count) < furthest}

    def _beat(self) -> None:
        while self._tell() and self._add(self._rank, 1) is not None and not self._stopped.wait(BEAT):
            pass

    def _tell(self) -> bool:
        try:
            self._store.set(f"told/{self._rank}", self.told())
        except RuntimeError:
            return False
        return True

    def _counts(self) -> list[int] | None:
        counts = [self._add(rank, 0) for rank in range(self._size)]
        return None if None in counts else [count or 0 for count in counts]

    def _add(self, rank: int, number: int) -> int | None:
        try:
            count: int = self._store.add(f"pulse/{rank}", number)
        except RuntimeError:  # torch's errors of its store descend from it
            return None
        return count
