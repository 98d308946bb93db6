"""A trainer that declares no arguments, as PHM-Vibench's do."""

import pytorch_lightning as pl

from vibench.trainer_factory import register_trainer


@register_trainer("CustomTrainer")
def trainer(args_e, args_t, args_d, path):
    """Takes whatever stands under `args`."""
    return pl.Trainer(max_epochs=args_t.num_epochs)
