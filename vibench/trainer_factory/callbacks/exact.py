"""Resuming exactly: a training that goes on from a checkpoint ends as one that was never stopped, bit for bit.

Vocabulary: a *boundary* is the moment before a batch is fetched, when everything about the batches before it is done
(step, logs, validation, schedulers). `last.ckpt` is written at boundaries only, and a training that is resumed goes
back to the very same moment: the epoch begins anew, its first batches are fetched and thrown away, and then every
state is put where it was. Lightning's own checkpoints, written while validation ends, cannot have that: what the
epoch still does with its metrics and schedulers is lost to them.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import EarlyStopping
from pytorch_lightning.loops.loop import _Loop
from pytorch_lightning.trainer.call import _call_callbacks_load_state_dict
from pytorch_lightning.utilities import rank_zero_warn

from vibench.trainer_factory.callbacks.hooks import before, release
from vibench.trainer_factory.callbacks.random_states import random_states, set_random_states
from vibench.trainer_factory.callbacks.running_metrics import running_metrics, set_running_metrics
from vibench.trainer_factory.divided import is_divided, load_again, parameters

State = dict[str, Any]


class ExactState:
    """Captures the state of a fit at a boundary, and brings a later fit back to it."""

    def __init__(self, at_boundary: Callable[[pl.Trainer, int], None]) -> None:
        self._at_boundary = at_boundary
        self._before_loader: State = {}  # random states that the data loaders were made from
        self._before_data: State = {}  # random states from which this epoch's data was shuffled
        self._saved: State | None = None

    def attach(self, trainer: pl.Trainer) -> None:
        """Watch the loops of `trainer.fit`."""
        loop = trainer.fit_loop
        before(loop, "setup_data", lambda *_: self._data_is_made(trainer))
        before(loop, "_load_combined_loader_states", lambda *_: self._data_is_shuffled(trainer))
        before(loop.epoch_loop, "on_run_start", lambda *_: self._epoch_begins(trainer))
        before(loop.epoch_loop, "advance", lambda fetcher: self._boundary(trainer, fetcher))

    def detach(self, trainer: pl.Trainer) -> None:
        """Leave the loops as they were."""
        release(trainer.fit_loop, "setup_data", "_load_combined_loader_states")
        release(trainer.fit_loop.epoch_loop, "on_run_start", "advance")

    def capture(self, trainer: pl.Trainer, *, ended: bool = False) -> State:
        """The state at this boundary, of every rank; called on all ranks at once."""
        loaders = _loaders(trainer)
        now = random_states(loaders)
        own = {
            "before_loader": self._before_loader,
            "before_data": now if ended else self._before_data,
            "random": now,
            "metrics": running_metrics(trainer),
        }
        batches = 0 if ended else trainer.fit_loop.epoch_loop.batch_progress.current.ready
        fetched = trainer.fit_loop._data_fetcher.fetched if trainer.fit_loop._data_fetcher else 0
        return {
            "batches": batches,
            "loaders_know": fetched == batches,  # else they are ahead of the training by what was fetched for later
            "frozen": [name for name, one in parameters(trainer) if not one.requires_grad],
            "ended": ended,
            "should_stop": trainer.should_stop,
            "reloaded": [trainer.fit_loop._last_train_dl_reload_epoch, _val_loop(trainer)._last_val_dl_reload_epoch],
            "loggers": [_logger_state(logger) for logger in trainer.loggers],
            "ranks": _of_all_ranks(trainer, own),
        }

    def load(self, trainer: pl.Trainer, saved: State, checkpoint: State) -> None:
        """Prepare to go back to `saved`: to the loops, the epoch has not begun yet."""
        if len(saved["ranks"]) != trainer.world_size:
            _restore_rows(trainer, checkpoint["global_step"])
            rank_zero_warn(
                f"{len(saved['ranks'])} processes wrote the checkpoint, and {trainer.world_size} go on: weights and "
                "optimizers are the same, the order of the data is not"
            )
            return
        loops = checkpoint["loops"]["fit_loop"]
        self._saved = {**saved, "loops": deepcopy(loops), "checkpoint": checkpoint}
        for counts in (loops["epoch_progress"]["total"], loops["epoch_progress"]["current"]):
            counts["ready"] = counts["started"] = counts["processed"]

    def finish(self, trainer: pl.Trainer) -> None:
        """Of a training that had nothing left to do, bring logs and random states to where they were."""
        if self._saved is not None:
            _restore_loggers(trainer, self._saved)
            set_random_states(self._saved["ranks"][trainer.global_rank]["random"], _loaders(trainer))
            self._saved = None

    def _data_is_made(self, trainer: pl.Trainer) -> None:
        loop = trainer.fit_loop
        if self._saved is not None and loop._combined_loader is None:
            _Loop.restarting.fset(loop, False)  # type: ignore[attr-defined]
            trainer.should_stop = _still_stopped(trainer, self._saved)
            _freeze(trainer, self._saved["frozen"])
            own = self._saved["ranks"][trainer.global_rank]
            if own["before_loader"]:
                set_random_states(own["before_loader"])
            if self._saved["ended"]:  # what a new epoch logs when it starts comes after
                _restore_loggers(trainer, self._saved)
        if loop._combined_loader is None or loop._should_reload_train_dl:
            self._before_loader = random_states()

    def _data_is_shuffled(self, trainer: pl.Trainer) -> None:
        self._before_data = random_states(_loaders(trainer))

    def _epoch_begins(self, trainer: pl.Trainer) -> None:
        loop = trainer.fit_loop
        if trainer.current_epoch > 0 and not loop.is_resuming and not loop.epoch_loop.restarting:
            self._before_data = random_states(_loaders(trainer))

    def _boundary(self, trainer: pl.Trainer, fetcher: Any) -> None:
        if self._saved is not None:
            self._restore(trainer, fetcher)
        else:
            self._at_boundary(trainer, trainer.fit_loop.epoch_loop.batch_progress.current.ready)

    def _restore(self, trainer: pl.Trainer, fetcher: Any) -> None:
        saved, self._saved = self._saved, None
        assert saved is not None
        own = saved["ranks"][trainer.global_rank]
        self._before_data = own["before_data"]
        if not saved["ended"]:
            _undo_hooks(trainer, saved)
        set_random_states(self._before_data, _loaders(trainer))
        _skip(trainer, fetcher, saved)
        trainer.fit_loop._last_train_dl_reload_epoch, _val_loop(trainer)._last_val_dl_reload_epoch = saved["reloaded"]
        set_running_metrics(trainer, own["metrics"])
        if not saved["ended"]:  # else a new epoch begins, with its counts at 0 and its data just shuffled
            _restore_loggers(trainer, saved)
            _restore_progress(trainer, saved["loops"])
            set_random_states(own["random"], _loaders(trainer))


def _still_stopped(trainer: pl.Trainer, saved: State) -> bool:
    """Whether a training that stopped early would stop again at once, by the patience that it has now."""
    if not saved["ended"]:
        return bool(saved["should_stop"])
    stoppers = [one for one in trainer.callbacks if isinstance(one, EarlyStopping)]  # type: ignore[attr-defined]
    return saved["should_stop"] and any(
        stopper.stopped_epoch and (not stopper.wait_count or stopper.wait_count >= stopper.patience)
        for stopper in stoppers
    )


def _undo_hooks(trainer: pl.Trainer, saved: State) -> None:
    """The epoch has begun a second time: what its hooks did to weights, optimizers and callbacks was done already."""
    checkpoint = saved["checkpoint"]
    if is_divided(trainer):
        load_again(trainer)
    else:
        _undo_weights(trainer.lightning_module, checkpoint["state_dict"])
    if "optimizer_states" in checkpoint:
        trainer.strategy.load_optimizer_state_dict(checkpoint)
        trainer._checkpoint_connector._loaded_checkpoint = checkpoint
        trainer._checkpoint_connector.restore_lr_schedulers()
        trainer._checkpoint_connector._loaded_checkpoint = {}
    _call_callbacks_load_state_dict(trainer, checkpoint)
    _freeze(trainer, saved["frozen"])


def _undo_weights(module: pl.LightningModule, saved: State) -> None:
    """Load those weights that have changed; the others may hold more than a file tells."""
    now = module.state_dict()
    undone = {name: value for name, value in saved.items() if not torch.equal(value.to(now[name].device), now[name])}
    module.load_state_dict(undone, strict=False)


def _freeze(trainer: pl.Trainer, names: list[str]) -> None:
    """Let the same parameters be trained: no checkpoint of Lightning's says which."""
    for name, parameter in parameters(trainer):
        parameter.requires_grad_(name not in names)


def _skip(trainer: pl.Trainer, fetcher: Any, saved: State) -> None:
    """Shuffle as the epoch was shuffled, and fetch what it had fetched; loaders that know their place are told it."""
    loop, batches = trainer.fit_loop, saved["batches"]
    states, loop._combined_loader_states_to_load = loop._combined_loader_states_to_load, []
    told = saved["loaders_know"] and not saved["ended"] and len(states) == len(_loaders(trainer)) > 0
    if told and loop._combined_loader is not None:
        loop._combined_loader._load_state_dicts(states)
    iter(fetcher)
    if told:
        fetcher.fetched = batches
        return
    for _ in range(batches):
        try:
            next(fetcher)
        except StopIteration:
            raise MisconfigurationException(
                f"the checkpoint was written after {batches} batches of an epoch, and the data has fewer now"
            ) from None


def _restore_progress(trainer: pl.Trainer, loops: State) -> None:
    """Counts of batches, steps and schedulers, without the loops' own ways to restart."""
    epoch_loop = trainer.fit_loop.epoch_loop
    _Loop.load_state_dict(epoch_loop, loops, "epoch_loop.")
    for loop in _tree(epoch_loop):
        loop._restarting = loop._loaded_from_state_dict = loop._resuming_from_checkpoint = False


def _tree(loop: Any) -> list[Any]:
    return [loop, *(inner for value in vars(loop).values() if isinstance(value, _Loop) for inner in _tree(value))]


def _val_loop(trainer: pl.Trainer) -> Any:
    return trainer.fit_loop.epoch_loop.val_loop


def _loaders(trainer: pl.Trainer) -> list[Any]:
    combined = trainer.fit_loop._combined_loader
    return list(combined.flattened) if combined is not None else []


def _of_all_ranks(trainer: pl.Trainer, own: State) -> list[State]:
    if trainer.world_size == 1:
        return [own]
    gathered: list[Any] = [None] * trainer.world_size
    torch.distributed.all_gather_object(gathered, own)
    return gathered


def _restore_rows(trainer: pl.Trainer, step: int) -> None:
    for logger in trainer.loggers:
        if hasattr(logger, "load_resume_step"):
            logger.load_resume_step(step)


def _logger_state(logger: Any) -> State | None:
    state: State | None = logger.resume_state() if hasattr(logger, "resume_state") else None
    return state


def _restore_loggers(trainer: pl.Trainer, saved: State) -> None:
    for logger, state in zip(trainer.loggers, saved["loggers"], strict=False):
        if state is not None and hasattr(logger, "load_resume_state"):
            logger.load_resume_state(state)
