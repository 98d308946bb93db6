"""A custom trainer: you build the `pl.Trainer`, vibench validates what you build it from."""

import pytorch_lightning as pl
from pydantic import BaseModel, Field
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger

from vibench.trainer_factory import register_trainer


class Own(BaseModel):
    """Arguments of this trainer that are none of vibench's settings."""

    steps_per_epoch: int = Field(10, ge=1, description="Batches that make an epoch.")


@register_trainer("ShortEpochs", args=Own)
def trainer(args_e, args_t, args_d, path):
    """`args_t` has vibench's settings and your own as attributes, `args_e` the environment."""
    return pl.Trainer(
        max_epochs=args_t.num_epochs,
        limit_train_batches=args_t.steps_per_epoch,
        accelerator="cpu",
        callbacks=[ModelCheckpoint(f"{path}/checkpoints", monitor=args_t.monitor_metric, mode="min")],
        logger=CSVLogger(path, name="logs"),
        log_every_n_steps=args_t.log_every_n_steps,
        enable_progress_bar=args_t.enable_progress_bar,
    )
