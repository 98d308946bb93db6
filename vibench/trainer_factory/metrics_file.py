"""`metrics.csv`, which a resumed run goes on with."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.csv_logs import ExperimentWriter

from vibench.files import replacing


class MetricsWriter(ExperimentWriter):
    """Lightning's writer, which counts its rows, and can go back to fewer.

    `keep`: leave the file of an earlier process in place, to go on with it.
    """

    def __init__(self, log_dir: str, *, keep: bool = False) -> None:
        self._keep = keep
        super().__init__(log_dir)
        self.rows = 0
        if keep:
            self._find()

    def save(self) -> None:
        """Append the rows that are complete."""
        self.rows += len(self.metrics)
        super().save()

    def cut(self, rows: int) -> None:
        """Keep the first `rows` rows: what follows was not part of the state that is gone back to."""
        kept = self._read()[:rows]
        self._write(kept)

    def cut_from(self, step: int) -> None:
        """Keep the rows below a step."""
        self._write([row for row in self._read() if int(row["step"]) < step])

    def _check_log_dir_exists(self) -> None:
        if not self._keep:
            super()._check_log_dir_exists()

    def _find(self) -> None:
        kept = self._read()
        self.rows = len(kept)
        self.metrics_keys = list(kept[0]) if kept else []

    def _read(self) -> list[dict[str, Any]]:
        path = Path(self.metrics_file_path)
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return [row for row in csv.DictReader(file) if row.get("step")]

    def _write(self, rows: list[dict[str, Any]]) -> None:
        self.metrics, self.rows = [], len(rows)
        if not self.metrics_keys:
            return
        with replacing(Path(self.metrics_file_path)) as beside, beside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=self.metrics_keys)
            writer.writeheader()
            writer.writerows(rows)
