"""Placeholder until the logger schemas land (being written)."""

from vibench.schemas.base import StrictModel


class WandbSettings(StrictModel):
    pass


class SwanlabSettings(StrictModel):
    pass


class TensorboardSettings(StrictModel):
    pass
