import a_package_that_is_nowhere
import pytorch_lightning as pl


class Data(pl.LightningDataModule):
    pass


class Callback(pl.Callback):
    def __init__(self, loud: bool) -> None: ...
