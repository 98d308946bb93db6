"""How many items each optimizer step learns from: batch size × accumulated batches × processes."""

from __future__ import annotations

from typing import Any, NamedTuple

from vibench.config.parts import is_built_in
from vibench.schemas import resolve
from vibench.schemas.components import BUILTINS
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.watches import lightnings_callbacks
from vibench.schemas.trainer import TrainerArgs


class Batch(NamedTuple):
    """What makes up a step; None where the settings do not say it.

    `size`: items per batch and process. `accumulated`: batches per step, by the epoch that they hold from where that
    changes. `processes`: None where the machine decides. `effective`: items per step, ≥ 1, by epoch likewise.
    """

    size: int | None
    accumulated: int | dict[int, int]
    processes: int | None
    effective: int | dict[int, int] | None

    def __str__(self) -> str:
        """`256 = 64 (batch size) × 2 (accumulated) × 2 (processes)`, as far as it is known."""
        known = "not known" if self.effective is None else _shown(self.effective)
        size = "?" if self.size is None else self.size
        processes = "?" if self.processes is None else self.processes
        return f"{known} = {size} (batch size) × {_shown(self.accumulated)} (accumulated) × {processes} (processes)"


def _shown(value: int | dict[int, int]) -> str:
    if isinstance(value, int):
        return str(value)
    return ", ".join(f"{factor} from epoch {epoch}" for epoch, factor in sorted(value.items()))


def batch_of(experiment: Experiment) -> Batch:
    """The batch of an experiment, as far as its settings say it."""
    args = experiment.trainer.args
    size = None if args.auto_scale_batch_size else _size(experiment.data)
    processes = _processes(experiment)
    accumulated = _accumulated(args)
    if size is None or processes is None:
        return Batch(size, accumulated, processes, None)
    items = size * processes
    if isinstance(accumulated, int):
        return Batch(size, accumulated, processes, items * accumulated)
    return Batch(size, accumulated, processes, {epoch: items * factor for epoch, factor in accumulated.items()})


def _accumulated(args: TrainerArgs) -> int | dict[int, int]:
    """Batches per step, by a setting or by Lightning's callback: one before the first epoch that is written."""
    written: Any = args.accumulate_grad_batches
    for callback in lightnings_callbacks(args):
        if callback.name == "GradientAccumulationScheduler":
            written = callback.arguments["scheduling"]
    if isinstance(written, int):
        return written
    return {0: 1, **{int(epoch): factor for epoch, factor in written.items()}}


def _processes(experiment: Experiment) -> int | None:
    """Processes that each take batches of their own; None where the machine decides."""
    args = experiment.trainer.args
    if resolve.strategy(args) == "model_parallel":
        return resolve.parallel_groups(args)[0]
    wanted = resolve.devices(args)
    alone = resolve.accelerator(args) == "cpu" and wanted == "auto"
    return resolve.processes(args) if alone or wanted not in ("auto", -1) else None


def _size(data: dict[str, Any] | None) -> int | None:
    """`batch_size` of the data: written, or the default of registered data."""
    section = data or {}
    written = resolve.arguments(section).get("batch_size")
    if written is None and is_built_in("data", section):
        fields = BUILTINS["data"][section["name"]].args_model().model_fields
        written = fields["batch_size"].default if "batch_size" in fields else None
    return written if isinstance(written, int) else None
