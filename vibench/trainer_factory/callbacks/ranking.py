"""What has been judged so far no longer counts: the network has changed."""

from __future__ import annotations

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint


def judge_anew(trainer: pl.Trainer, *, patience: bool) -> None:
    """Rank earlier checkpoints behind all that come; with `patience`, early stopping starts anew, too.

    The files stay until better ones take their places.
    """
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint):
            _demote(callback)
    for stopping in trainer.early_stopping_callbacks if patience else ():
        if isinstance(stopping, EarlyStopping):
            stopping.best_score = torch.tensor(torch.inf if stopping.monitor_op == torch.lt else -torch.inf)
            stopping.wait_count = 0


def _demote(checkpoint: ModelCheckpoint) -> None:
    worst = torch.tensor(torch.inf if checkpoint.mode == "min" else -torch.inf)
    checkpoint.best_k_models = dict.fromkeys(checkpoint.best_k_models, worst)
    checkpoint.kth_best_model_path = next(iter(checkpoint.best_k_models), "")
    checkpoint.kth_value = worst
    checkpoint.best_model_path, checkpoint.best_model_score = "", None
