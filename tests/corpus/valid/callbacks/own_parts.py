"""Parts that the files beside this one name."""

import pytorch_lightning as pl


class Greeting(pl.Callback):
    def __init__(self, text: str = "hello") -> None:
        self.text = text
