import pytorch_lightning as pl
from own.parts import loud


class Callback(pl.Callback):
    pass
