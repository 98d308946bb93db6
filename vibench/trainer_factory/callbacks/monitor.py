"""A watched metric that nobody logs is found before the night is lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning import callbacks
from pytorch_lightning.utilities import rank_zero_warn

from vibench.config.suggest import similar
from vibench.diagnostics import ConfigError, diagnostic

_KEY = "trainer.args.monitor_metric"
_ALIKE = 0.8  # as difflib counts: `val_los` and `val_loss` are 0.93 alike, `train_loss` and `val_loss` 0.67


class ModelCheckpoint(callbacks.ModelCheckpoint):
    """Lightning's, which stops a run whose metric nobody logs with what was logged.

    `assumed`: nobody wrote the metric's name. Then only the last checkpoint is kept, with a warning. `setting`: where
    the name is written.
    """

    def __init__(self, *args: Any, assumed: bool = False, setting: str = _KEY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.assumed = assumed
        self.setting = setting

    def _save_topk_checkpoint(self, trainer: pl.Trainer, monitor_candidates: dict[str, Any]) -> None:
        if self.monitor is not None and self.monitor not in monitor_candidates and _had_its_chance(trainer):
            if not self.assumed:
                raise not_logged(self.monitor, monitor_candidates, self.setting)
            self._keep_the_last_alone(monitor_candidates)
        super()._save_topk_checkpoint(trainer, monitor_candidates)

    def _keep_the_last_alone(self, names: Iterable[str]) -> None:
        rank_zero_warn(
            f"nobody logs `{self.monitor}`, so no checkpoint can be the best: the last one alone is kept. "
            f"Write `monitor_metric`; logged are {_listed(names)}"
        )
        self.monitor, self.save_top_k = None, 0


def _had_its_chance(trainer: pl.Trainer) -> bool:
    """Whether a validation has run, or there is none."""
    return trainer.fit_loop.epoch_loop.val_loop._has_run or not trainer.enable_validation


def not_logged(metric: str, names: Iterable[str], path: str) -> ConfigError:
    """The finding about a metric that nobody logs: what was logged, and the closest of it."""
    known = [name for name in names if name not in ("epoch", "step")]
    match = similar(metric, known, 0.6)
    message = f"`{metric}` is watched, and nobody logs it; logged are {_listed(known)}"
    hint = f"did you mean `{match}`?" if match else f"log it in the task: `self.log({metric!r}, …)`"
    return ConfigError((diagnostic("metric-not-logged", path, message, hint=hint, suggestion=match),))


def check_after_sanity(trainer: pl.Trainer, assumed: Iterable[str]) -> None:
    """After the sanity validation: stop for a name that is close to one that was logged, warn for others.

    Metrics of the training cannot be judged yet, nor tasks that log nothing while sanity checking.
    """
    names = list(trainer.callback_metrics)
    for metric, setting in _watched(trainer).items():
        if metric in names or "train" in metric:
            continue
        if names and similar(metric, names, _ALIKE):
            raise not_logged(metric, names, setting)
        if metric not in assumed:
            rank_zero_warn(
                f"`{metric}` is watched, and the sanity validation logged {_listed(names)}: "
                "training stops after its first validation if nobody logs it by then"
            )


def _watched(trainer: pl.Trainer) -> dict[str, str]:
    """Metrics that checkpoints, early stopping and the user's callbacks watch, and where each is written."""
    found = {}
    for one in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(getattr(one, "monitor", None), str):
            found[one.monitor] = getattr(one, "setting", _KEY)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names if name not in ("epoch", "step")) or "nothing"
