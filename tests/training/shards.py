"""Models in shares, on CPUs: what torch and Lightning keep for GPUs, and is the same beside.

Lightning refuses its own FSDPStrategy without a GPU, and a class of another name not; torch takes the GPU for granted
in two places, which `Sharded` and `on_cpu` go around. ModelParallelStrategy needs nothing.
"""

from __future__ import annotations

from typing import Any

import ranked
import torch
from lightning_fabric.strategies import model_parallel
from pytorch_lightning.strategies import FSDPStrategy, fsdp
from torch import nn
from torch.distributed.fsdp import FullStateDictConfig, FullyShardedDataParallel, StateDictType, fully_shard
from torch.distributed.fsdp.api import FullOptimStateDictConfig
from torch.distributed.fsdp.wrap import ModuleWrapPolicy
from torch.distributed.tensor import DTensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module


def on_cpu(module: Any, world_size: int, rank0_only: bool = True) -> Any:
    """The whole state, without moving it from the GPU: torch frees what it has moved, and on a CPU that is the copy."""
    return FullyShardedDataParallel.state_dict_type(
        module,
        StateDictType.FULL_STATE_DICT,
        FullStateDictConfig(offload_to_cpu=False, rank0_only=False),
        FullOptimStateDictConfig(offload_to_cpu=False, rank0_only=rank0_only),
    )


class Sharded(FSDPStrategy):
    """FSDP on CPUs; `layers`: each linear layer is a unit of its own."""

    def __init__(self, layers: bool = False, **kwargs: Any) -> None:
        if layers:
            kwargs["auto_wrap_policy"] = ModuleWrapPolicy({nn.Linear})
        super().__init__(**kwargs)
        fsdp._get_full_state_dict_context = model_parallel._get_full_state_dict_context = on_cpu

    def _setup_model(self, model: Any) -> Any:
        return FullyShardedDataParallel(
            module=model,
            mixed_precision=self.mixed_precision_config,
            sharding_strategy=self.sharding_strategy,
            device_id=torch.device("cpu"),
            **self.kwargs,
        )


class Parallel(ranked.Task):
    """The task with each layer in shares between the data-parallel processes, or the tensor-parallel ones."""

    def configure_model(self) -> None:
        if isinstance(self.net[0].weight, DTensor):
            return
        mesh = self.device_mesh
        if mesh["tensor_parallel"].size() > 1:
            parallelize_module(self.net, mesh["tensor_parallel"], {"0": ColwiseParallel(), "2": RowwiseParallel()})
            return
        for layer in (self.net[0], self.net[2], self):
            fully_shard(layer, mesh=mesh["data_parallel"])


class Plain(ranked.Task):
    """The same without dropout, whose masks would differ between the processes of one tensor-parallel group."""

    def __init__(self) -> None:
        super().__init__()
        self.net[1] = nn.Identity()


class Tensors(Parallel):
    """The same in shares."""

    def __init__(self) -> None:
        super().__init__()
        self.net[1] = nn.Identity()


class Ordered(ranked.Data):
    """The same data in one order."""

    def train_dataloader(self) -> Any:
        return self._loader(57)


class Shrinking(ranked.Task):
    """A hook of the epoch changes the weights, which a training that goes on in the middle of one must not repeat."""

    def on_train_epoch_start(self) -> None:
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(0.9)


class ShrinkingParallel(Shrinking, Parallel):
    """The same in shares."""


class Odd:
    """An object that no checkpoint can hold which is read safely."""


class Hard(ranked.Task):
    """A layer that no loss trains, a learning rate that falls, an object in the checkpoint, and a count of samples."""

    def __init__(self, momentum: float = 0.0) -> None:
        super().__init__()
        self.momentum = momentum
        self.spare = nn.Linear(3, 3)
        self.seen: list[torch.Tensor] = []

    @property
    def model(self) -> nn.Module:
        return self.net

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(self.parameters(), 0.05, momentum=self.momentum)
        return {"optimizer": optimizer, "lr_scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.1)}

    def on_train_batch_start(self, *_: Any) -> None:
        self.log("rate", self.trainer.optimizers[0].param_groups[0]["lr"])

    def on_save_checkpoint(self, checkpoint: Any) -> None:
        checkpoint["odd"] = Odd()

    def test_step(self, batch: Any, index: int) -> None:
        super().test_step(batch, index)
        self.seen.append(batch[1])

    def on_test_epoch_end(self) -> None:
        super().on_test_epoch_end()
        self.log("gathered", float(self.all_gather(torch.cat(self.seen)).numel()))


class HardParallel(Hard, Parallel):
    """The same in shares."""


class Descending(ranked.Task):
    """A step is as long as the gradient, as AdamW's is not."""

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), 0.5)


class DescendingParallel(Descending, Parallel):
    """The same in shares."""
