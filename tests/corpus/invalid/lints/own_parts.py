"""A part that a file beside this one names."""

import pytorch_lightning as pl


class ExtraMetrics(pl.Callback):
    """Logs what the task does not."""
