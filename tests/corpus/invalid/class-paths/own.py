"""Classes that the configs beside this file name. Importing this module would end the process."""

import dataclasses
import functools
from abc import abstractmethod
from collections.abc import Callable
from typing import Literal, NamedTuple, Optional

import pytorch_lightning as pl
from pydantic import BaseModel, Field
from lightning_utilities.core.imports import RequirementCache
from torch import nn

_MILL = RequirementCache("a-mill>=2.0", module="a_mill")

raise SystemExit("this module was imported")


class Data(pl.LightningDataModule):
    def __init__(self, folder: str, batch_size: int = 32, split: tuple[float, float] = (0.8, 0.2)) -> None: ...


class Net(nn.Module):
    def __init__(
        self,
        channels: int,
        dropout: float = 0.1,
        norm: Literal["batch", "layer"] = "batch",
        widths: Optional[list[int]] = None,
        bias: bool = True,
        activation: nn.Module | None = None,
        optimizer: Callable[..., object] | None = None,
        options: dict[str, int] | None = None,
    ) -> None: ...


class Wide(Net):
    def __init__(self, factor: float, **kwargs) -> None:
        super().__init__(channels=8, **kwargs)


class Task(pl.LightningModule):
    def __init__(self, model: nn.Module, lr: float = 1e-3) -> None: ...


class Alone(pl.LightningModule):
    def __init__(self, lr: float = 1e-3) -> None: ...


class Old(pl.LightningModule):
    def __init__(self, model: nn.Module) -> None: ...

    def training_epoch_end(self, outputs) -> None: ...

    def on_epoch_end(self) -> None: ...


class Base(pl.LightningDataModule):
    @abstractmethod
    def read(self, path): ...


class Reader(pl.loggers.Logger):
    @property
    def name(self):
        return "reader"


@dataclasses.dataclass
class Window:
    length: int
    stride: int = dataclasses.field(default=1)
    hop: int = dataclasses.field(default=1, init=False)


class Range(NamedTuple):
    low: float
    high: float = 1.0


class Limits(BaseModel):
    low: float = Field(ge=0)
    high: float = 1.0


class Milling(pl.Callback):
    def __init__(self) -> None:
        if not _MILL:
            raise ModuleNotFoundError(str(_MILL))


class Shouting(pl.Callback):
    def __init__(self, loud: bool = False) -> None: ...

    def on_batch_end(self, trainer, pl_module) -> None: ...


class Plain(pl.Callback):
    def __init__(self, loud: bool = False) -> None: ...


class Hidden(functools.partial(object)):
    pass
