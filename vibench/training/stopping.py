"""Ctrl-C and SIGTERM end a training between two batches, with a checkpoint from which it goes on exactly."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from vibench.trainer_factory.callbacks.last import LastCheckpoint

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
    last.on_start = lambda: _listen(last)
    try:
        yield
    finally:
        last.on_start = None
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(last: LastCheckpoint) -> None:
    """Called when training starts: Lightning, which sets handlers of its own, has done so by then."""

    def note(number: int, frame: FrameType | None) -> None:
        if last.leave and number == signal.SIGINT:
            raise KeyboardInterrupt
        last.leave = signal.Signals(number).name
        print(f"{last.leave}: training stops after this step (Ctrl-C stops at once)", file=sys.stderr, flush=True)

    for number in _SIGNALS:
        signal.signal(number, note)
