import a_package_that_is_nowhere
import pytorch_lightning as pl


class Data(pl.LightningDataModule):
    pass
