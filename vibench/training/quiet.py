"""What Lightning and torch say at every run that is no news of this run."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LINES = (
    *("💡 Tip:", "TPU available:", "HPU available:", "Trainer already configured with model summary"),
    *("Restoring states from", "Restored all states from", "`weights_only` was not set"),  # a note of ours says it
    "`Trainer(limit_test_batches=1.0)`",
)
_WARNINGS = (
    ".*does not have many workers.*",  # data in memory needs none
    "Checkpoint directory .* exists and is not empty",  # the folder of a run that goes on
    "The `srun` command is available on your system but is not used.*",  # `launch` uses it where it is asked to
    ".*isinstance\\(treespec, LeafSpec\\).*",  # Lightning 2.6 with torch 2.13
)


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_LINES)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave such lines and warnings out while the block runs."""
    logger = logging.getLogger("pytorch_lightning.utilities.rank_zero")
    logger.addFilter(_is_news)
    try:
        with warnings.catch_warnings():
            for message in _WARNINGS:
                warnings.filterwarnings("ignore", message)
            yield
    finally:
        logger.removeFilter(_is_news)
