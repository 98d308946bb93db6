"""What is being averaged in the middle of an epoch: logged values, torchmetrics, and the last values of each metric."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.trainer.connectors.logger_connector.result import _Metadata, _ResultMetric, _Sync
from torchmetrics import Metric

Plain = dict[str, Any]
_META = (
    "fx", "name", "prog_bar", "logger", "on_step", "on_epoch", "enable_graph", "add_dataloader_idx", "dataloader_idx",
    "metric_attribute",
)  # fmt: skip


def running_metrics(trainer: pl.Trainer) -> Plain:
    """Everything that the logs of this epoch will still be made from."""
    connector = trainer._logger_connector
    return {
        "logged": [_entry(key, metric) for key, metric in trainer.fit_loop.epoch_loop._results.items()],
        "torchmetrics": {name: _metric_state(metric) for name, metric in _metrics(trainer) if metric.update_called},
        "callback_metrics": dict(connector._callback_metrics),
        "logged_metrics": dict(connector._logged_metrics),
        "first_batch": connector._first_loop_iter,
        "hook": connector._current_fx,
    }


def set_running_metrics(trainer: pl.Trainer, state: Plain) -> None:
    """Go back to what `running_metrics` returned."""
    connector = trainer._logger_connector
    modules = dict(_metrics(trainer))
    for name, saved in state["torchmetrics"].items():
        if name in modules:
            _set_metric_state(modules[name], saved)
    results = trainer.fit_loop.epoch_loop._results
    results.clear()
    for entry in state["logged"]:
        results[entry["key"]] = _metric(entry, trainer, modules)
    connector._callback_metrics = dict(state["callback_metrics"])
    connector._logged_metrics = dict(state["logged_metrics"])
    connector._first_loop_iter = state["first_batch"]
    connector._current_fx = state["hook"]


def _metrics(trainer: pl.Trainer) -> Iterator[tuple[str, Metric]]:
    for name, module in trainer.lightning_module.named_modules():
        if isinstance(module, Metric):
            yield name, module


def _metric_state(metric: Metric) -> Plain:
    return {"values": {name: getattr(metric, name) for name in metric._defaults}, "updates": metric._update_count}


def _set_metric_state(metric: Metric, state: Plain) -> None:
    for name, value in state["values"].items():
        moved = [v.to(metric.device) for v in value] if isinstance(value, list) else value.to(metric.device)
        setattr(metric, name, moved)
    metric._update_count = state["updates"]
    metric._computed = None


def _entry(key: str, metric: Any) -> Plain:
    """A logged value as plain values; one that is a torchmetric itself only names it."""
    meta, sync = metric.meta, metric.meta.sync
    return {
        "key": key,
        "meta": {name: getattr(meta, name) for name in _META},
        "reduce": (meta.reduce_fx in (builtins.max, builtins.min, builtins.sum), meta.reduce_fx.__name__),
        "sync": {"_should": sync.should, "rank_zero_only": sync.rank_zero_only},
        "tensor": metric.is_tensor,
        "state": _metric_state(metric) if metric.is_tensor else None,
        "reset": metric.has_reset,
    }


def _metric(entry: Plain, trainer: pl.Trainer, modules: dict[str, Metric]) -> Any:
    built_in, name = entry["reduce"]
    meta = _Metadata(**entry["meta"], reduce_fx=getattr(builtins if built_in else torch, name))
    meta.sync = _Sync(fn=trainer.strategy.reduce, **entry["sync"])
    metric = _ResultMetric(meta, entry["tensor"])
    if entry["tensor"]:
        for key, value in entry["state"]["values"].items():
            setattr(metric, key, value.to(trainer.strategy.root_device))
        metric._update_count = entry["state"]["updates"]
    elif meta.metric_attribute in modules:
        metric.value = modules[meta.metric_attribute]
    metric.has_reset = entry["reset"]
    return metric
