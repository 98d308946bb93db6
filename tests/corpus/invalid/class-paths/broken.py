import pytorch_lightning as pl

class Data(pl.LightningDataModule)
    pass
