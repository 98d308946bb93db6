"""`CSVLogger`: one row for each logged step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lightning_fabric.utilities.logger import _add_prefix
from pytorch_lightning import loggers
from pytorch_lightning.loggers.csv_logs import ExperimentWriter
from pytorch_lightning.utilities import rank_zero_only


class CSVLogger(loggers.CSVLogger):
    """`metrics.csv` with one row for each logged step.

    Lightning's own writes a row for each call, so that training loss, learning rate and validation of one step stand
    in three rows. Here the values of a step are gathered; its row is written when the next step begins, and at the
    end.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pending: dict[str, Any] = {}
        self._pending_step: int | None = None

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Gather the metrics of a step."""
        names = _add_prefix(metrics, self._prefix, self.LOGGER_JOIN_CHAR)
        step = len(self.experiment.metrics) if step is None else step
        if step != self._pending_step:
            self._write_pending()
        self._pending_step = step
        self._pending.update(names)

    @rank_zero_only
    def save(self) -> None:
        """Write the hyper-parameters and the rows that are complete."""
        writer = self.experiment
        if writer.hparams or writer.metrics:
            super().save()

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write the last row."""
        self._write_pending()
        super().finalize(status)

    def _write_pending(self) -> None:
        if self._pending_step is not None:
            writer: ExperimentWriter = self.experiment
            writer.log_metrics(self._pending, self._pending_step)
            self._pending, self._pending_step = {}, None
            super().save()
