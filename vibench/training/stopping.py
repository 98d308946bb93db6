"""Signals end a training between two batches, with a checkpoint from which it goes on exactly."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from vibench.trainer_factory.callbacks.last import LastCheckpoint
from vibench.training.requeue import REQUEUE, is_wanted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopping(trainer: Any) -> Iterator[None]:
    """While the block runs, the first such signal is a wish to stop; a second Ctrl-C stops at once.

    A handler only notes the wish: checkpoints are written between batches, never inside a handler.
    """
    last = next((one for one in trainer.callbacks if isinstance(one, LastCheckpoint)), None)
    if last is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    noted: list[str] = []
    last.leave = lambda: REQUEUE if is_wanted() else noted[0] if noted else ""
    last.on_start = lambda: _listen(noted)
    try:
        yield
    finally:
        last.leave, last.on_start = str, None
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(noted: list[str]) -> None:
    """Called when training starts: Lightning, which sets handlers of its own, has done so by then."""

    def note(number: int, frame: FrameType | None) -> None:
        if noted and number == signal.SIGINT:
            raise KeyboardInterrupt
        noted.insert(0, signal.Signals(number).name)
        print(f"{noted[0]}: training stops after this step (Ctrl-C stops at once)", file=sys.stderr, flush=True)

    for number in _SIGNALS:
        signal.signal(number, note)
