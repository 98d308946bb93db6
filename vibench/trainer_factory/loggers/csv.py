"""`CSVLogger`: one row for each logged step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning_fabric.loggers.logger import rank_zero_experiment
from lightning_fabric.utilities.logger import _add_prefix
from pytorch_lightning import loggers
from pytorch_lightning.utilities import rank_zero_only

from vibench.trainer_factory.metrics_file import MetricsWriter


class CSVLogger(loggers.CSVLogger):
    """`metrics.csv` with one row for each logged step.

    Lightning's own writes a row for each call, so that training loss, learning rate and validation of one step stand
    in three rows. Here the values of a step are gathered; its row is written when the next step begins, and at the
    end. `resume` goes on with the newest version there is.
    """

    def __init__(self, *args: Any, resume: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pending: dict[str, Any] = {}
        self._pending_step: int | None = None
        self._resume = resume
        if resume:
            self._version = max(self._get_next_version() - 1, 0)

    @property
    @rank_zero_experiment
    def experiment(self) -> MetricsWriter:
        """What writes the file."""
        if self._experiment is None:
            Path(self.root_dir).mkdir(parents=True, exist_ok=True)
            self._experiment = MetricsWriter(self.log_dir, keep=self._resume)
        return self._experiment  # type: ignore[return-value]

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

    def resume_state(self) -> dict[str, Any] | None:
        """How many rows are written, and the row that is being gathered; nothing on ranks that do not write."""
        writer = self.experiment
        if not isinstance(writer, MetricsWriter):
            return None
        values = {name: getattr(value, "item", lambda value=value: value)() for name, value in self._pending.items()}
        return {"rows": writer.rows + len(writer.metrics), "pending": values, "step": self._pending_step}

    @rank_zero_only
    def load_resume_state(self, state: dict[str, Any]) -> None:
        """Go back to such a state: rows that were written later are written anew; a new run has rows of its own."""
        if self._resume:
            self.experiment.cut(state["rows"])
            self._pending, self._pending_step = dict(state["pending"]), state["step"]

    @rank_zero_only
    def load_resume_step(self, step: int) -> None:
        """Go back to the rows below a step, where a checkpoint knows no more than that."""
        if self._resume:
            self.experiment.cut_from(step)
            self._pending, self._pending_step = {}, None

    def _write_pending(self) -> None:
        if self._pending_step is not None:
            self.experiment.log_metrics(self._pending, self._pending_step)
            self._pending, self._pending_step = {}, None
            super().save()
