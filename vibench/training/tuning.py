"""Batch size and learning rate, found by Lightning's Tuner before the fit, with objects that are thrown away after it.

The size comes first: a learning rate belongs to a batch size. Nothing of the search reaches the training but the
values: data, model and Trainer are built anew from the seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import pytorch_lightning as pl
from lightning_fabric.utilities.types import _PATH
from pytorch_lightning.plugins.io import TorchCheckpointIO
from pytorch_lightning.tuner import lr_finder
from pytorch_lightning.tuner.tuning import Tuner
from pytorch_lightning.utilities.parsing import lightning_hasattr, lightning_setattr

from vibench.config.load import Config, place
from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.build import precision_here
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import Plan, plan
from vibench.training.figures import draw_lr_search
from vibench.training.parts import build_parts

ARGS = "trainer.args"
_RATES = ("lr", "learning_rate")
_SIZE = "batch_size"
# Arguments of the Trainer that decide whether a batch fits and how the loss falls.
_SAME = ("accelerator", "precision", "gradient_clip_val", "gradient_clip_algorithm", "accumulate_grad_batches",
         "deterministic", "benchmark", "limit_train_batches", "overfit_batches")  # fmt: skip


class Tuned(NamedTuple):
    """A value that was found: whose attribute it is, and where it would stand in the config."""

    owner: Literal["data", "task"]
    attribute: str
    path: str
    value: float | int


class TrustedIO(TorchCheckpointIO):
    """Loads what the tuner itself has just written, whatever objects the task's hyper-parameters are."""

    def load_checkpoint(self, path: _PATH, map_location: Any = None, weights_only: bool | None = None) -> Any:
        """Load a checkpoint of this process."""
        return super().load_checkpoint(path, map_location=map_location, weights_only=False)


def tune(config: Config, folder: Path) -> list[Tuned]:
    """Find what the config asks for; the curve of the learning rate goes to `figures/lr_find.png` in `folder`.

    Raises ConfigError if the task has no learning rate, the data no batch size, or nothing was found.
    """
    made_plan = plan(config.experiment, str(folder), named=config.named)
    wanted = made_plan.tuner or {}
    found: list[Tuned] = []
    if "batch_size" in wanted:
        found.append(_batch_size(config, made_plan, wanted["batch_size"]))
    if "lr_find" in wanted:
        found.append(_learning_rate(config, made_plan, wanted["lr_find"], found, folder))
    return found


def apply(found: Iterable[Tuned], data: Any, task: Any) -> None:
    """Put tuned values into the objects that are trained."""
    for one in found:
        if one.owner == "data":
            setattr(data, one.attribute, one.value)
        else:
            lightning_setattr(task, one.attribute, one.value)


def _batch_size(config: Config, wanted: Plan, mode: dict[str, Any]) -> Tuned:
    data, task = _parts(config)
    owner: Literal["data", "task"] = "data" if hasattr(data, _SIZE) else "task"
    if owner == "task" and not lightning_hasattr(task, _SIZE):
        message = f"`{type(data).__name__}` has no attribute `batch_size` that a tuner could change"
        raise _missing(config, "auto_scale_batch_size", message, "set `self.batch_size` in its `__init__`, and use it")
    with TemporaryDirectory() as folder:
        trainer = _trainer(wanted, folder)
        _recompute(wanted, trainer, task)
        size = Tuner(trainer).scale_batch_size(task, datamodule=data, **mode)
    if size is None:
        raise _failed(config, "auto_scale_batch_size", "no batch size was found", "")
    return Tuned(owner, _SIZE, _path(config, owner, _SIZE), size)


def _recompute(wanted: Plan, trainer: pl.Trainer, task: Any) -> None:
    """What fits depends on activation checkpointing, and the search runs without callbacks: it is put in place here."""
    for part in wanted.callbacks:
        if part.name == "ActivationCheckpointing":
            made(part, f"{ARGS}.gradient_checkpointing").on_fit_start(trainer, task)


def _learning_rate(config: Config, wanted: Plan, search: dict[str, Any], found: list[Tuned], run_dir: Path) -> Tuned:
    data, task = _parts(config)
    attribute = next((name for name in _RATES if lightning_hasattr(task, name)), None)
    if attribute is None:
        message = f"`{type(task).__name__}` has no attribute `lr` or `learning_rate` that a tuner could change"
        hint = "set `self.lr` in its `__init__`, and use it in `configure_optimizers`"
        raise _missing(config, "auto_lr_find", message, hint)
    apply(found, data, task)
    with TemporaryDirectory() as folder, _bar_on_terminals_alone():
        finder = Tuner(_trainer(wanted, folder)).lr_find(task, datamodule=data, update_attr=False, **search)
    rate = finder.suggestion() if finder is not None else None
    if finder is None or rate is None:
        hint = "raise `max_lr` or `num_training`, or set `early_stop_threshold: null`"
        raise _failed(config, "auto_lr_find", "the losses tried show no slope to choose a learning rate by", hint)
    draw_lr_search(run_dir / "figures" / "lr_find.png", finder.results["lr"], finder.results["loss"], rate)
    return Tuned("task", attribute, _path(config, "task", attribute), rate)


@contextmanager
def _bar_on_terminals_alone() -> Iterator[None]:
    """Lightning's search shows a bar also where it fills a log file."""
    names: dict[str, Any] = vars(lr_finder)
    bar = names["tqdm"]
    names["tqdm"] = partial(bar, disable=not sys.stderr.isatty())
    try:
        yield
    finally:
        names["tqdm"] = bar


def _parts(config: Config) -> tuple[Any, Any]:
    pl.seed_everything(config.experiment.environment.seed, workers=True, verbose=False)
    return build_parts(config)


def _trainer(wanted: Plan, folder: str) -> pl.Trainer:
    """One plain process, without logs, checkpoints or callbacks."""
    arguments = {name: made(wanted.trainer[name], f"{ARGS}.{name}") for name in _SAME}
    arguments["precision"] = precision_here(arguments["precision"], arguments["accelerator"])
    quiet: dict[str, Any] = dict.fromkeys(
        ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False
    )
    return pl.Trainer(
        **arguments, **quiet, devices=1, max_epochs=-1, max_steps=-1, default_root_dir=folder, plugins=[TrustedIO()],
        num_sanity_val_steps=0,
    )  # fmt: skip


def _path(config: Config, owner: Literal["data", "task"], attribute: str) -> str:
    section = (config.experiment.data if owner == "data" else config.experiment.task or config.experiment.model) or {}
    kind = owner if owner == "data" or config.experiment.task else "model"
    return f"{kind}.{'init_args' if 'class_path' in section else 'args'}.{attribute}"


def _missing(config: Config, key: str, message: str, hint: str) -> ConfigError:
    return _error(config, "nothing-to-tune", key, message, hint)


def _failed(config: Config, key: str, message: str, hint: str) -> ConfigError:
    return _error(config, "tuning-failed", key, message, hint)


def _error(config: Config, code: str, key: str, message: str, hint: str) -> ConfigError:
    path, span = place(config.tree, f"{ARGS}.{key}")
    return ConfigError((diagnostic(code, path, message, hint=hint, span=span),))
