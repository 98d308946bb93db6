"""Trainers as a user registers them: one that says nothing of its arguments, and one with a model of them."""

import pytorch_lightning as pl
from pydantic import BaseModel

from vibench.trainer_factory import register_trainer


class Budget(BaseModel):
    """Arguments of `Budgeted`."""

    energy: float


@register_trainer("CustomTrainer")
def trainer(args_e, args_t, args_d, path):
    """Takes whatever stands under `args`."""
    return pl.Trainer(max_epochs=args_t.num_epochs)


@register_trainer("Budgeted", args=Budget)
def budgeted(args_e, args_t, args_d, path):
    """Takes an `energy`."""
    return pl.Trainer(max_epochs=args_t.num_epochs)
