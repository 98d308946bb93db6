"""Lightning's profilers as models: the arguments of each class that a config file can write."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from vibench.schemas.base import Expects, IntFromMinusOne, NonEmpty, PositiveInt, StrictModel, UnitInterval, setting
from vibench.schemas.choices import SortKey

LineCount = Annotated[
    PositiveInt | UnitInterval, Expects("a number of lines (integer ≥ 1) or a share of them (number from 0.0 to 1.0)")
]
Port = Annotated[int, Field(ge=1, le=65535)]


class _ReportFile(StrictModel):
    dirpath: NonEmpty | None = setting(None, "Folder of the report; `profiler` below the run by default.")
    filename: NonEmpty | None = setting(None, "Name of the report; `fit-`, `test-` and an ending are added.")


class SimpleProfiler(_ReportFile):
    """Time of each action of the loop."""

    extended: bool = setting(True, "Show calls and shares of the total time too.")


class AdvancedProfiler(_ReportFile):
    """Time of each function within each action (cProfile)."""

    line_count_restriction: LineCount = setting(1.0, "Lines of each action's table, as a number or a share.")
    dump_stats: bool = setting(False, "Write cProfile's raw data too.")


class PyTorchProfiler(_ReportFile):
    """Time and memory of each operation (torch.profiler)."""

    group_by_input_shapes: bool = setting(False, "Group calls by the shapes of their inputs.")
    emit_nvtx: bool = setting(False, "Mark the operations for NVIDIA's profiler.")
    export_to_chrome: bool = setting(True, "Write a trace that Chrome can show.")
    row_limit: IntFromMinusOne = setting(20, "Rows of the table; -1 for all.")
    sort_by_key: SortKey | None = setting(None, "What the table is sorted by.")
    record_module_names: bool = setting(True, "Name the module of each operation.")
    table_kwargs: dict[str, Any] | None = setting(None, "Further arguments of the table, `max_name_column_width`, ….")
    record_shapes: bool = setting(False, "Record the shapes of inputs (torch.profiler).")
    profile_memory: bool = setting(False, "Record memory (torch.profiler).")
    with_stack: bool = setting(False, "Record where each operation was called (torch.profiler).")
    with_flops: bool = setting(False, "Estimate the floating-point operations (torch.profiler).")
    with_modules: bool = setting(False, "Record the hierarchy of modules (torch.profiler).")

    @model_validator(mode="after")
    def _shapes(self) -> Self:
        if self.group_by_input_shapes and not self.record_shapes:
            raise ValueError("`group_by_input_shapes` needs `record_shapes: true`")
        return self


class XLAProfiler(StrictModel):
    """A profiler server for TPUs."""

    port: Port = setting(9012, "Port of the server.")


PROFILERS: dict[str, type[StrictModel]] = {
    model.__name__: model for model in (SimpleProfiler, AdvancedProfiler, PyTorchProfiler, XLAProfiler)
}
UNUSABLE: dict[str, str] = {
    "Profiler": "`Profiler` is a base for profilers of one's own: name your subclass of it",
    "PassThroughProfiler": "`PassThroughProfiler` measures nothing: leave `profiler` out",
}
NOT_IN_YAML: dict[str, dict[str, str]] = {
    "PyTorchProfiler": {"profiler_kwargs": "those of `torch.profiler.profile` that are no objects stand beside it"},
}
