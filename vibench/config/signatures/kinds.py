"""Which class each place of a config takes, by the dotted name where it is defined."""

from __future__ import annotations

from typing import NamedTuple


class Wanted(NamedTuple):
    """The classes of which a place takes a subclass, and what they are called."""

    bases: tuple[str, ...]
    words: str


KINDS: dict[str, Wanted] = {
    "data": Wanted(("pytorch_lightning.core.datamodule.LightningDataModule",), "a LightningDataModule"),
    "model": Wanted(("torch.nn.modules.module.Module",), "a torch.nn.Module"),
    "task": Wanted(("pytorch_lightning.core.module.LightningModule",), "a LightningModule"),
    "callbacks": Wanted(("pytorch_lightning.callbacks.callback.Callback",), "a Lightning Callback"),
    "loggers": Wanted(("pytorch_lightning.loggers.logger.Logger",), "a Lightning Logger"),
    "strategies": Wanted(("pytorch_lightning.strategies.strategy.Strategy",), "a Lightning Strategy"),
    "profilers": Wanted(("pytorch_lightning.profilers.profiler.Profiler",), "a Lightning Profiler"),
    "plugins": Wanted(
        (
            "pytorch_lightning.plugins.precision.precision.Precision",
            "lightning_fabric.plugins.io.checkpoint_io.CheckpointIO",
            "lightning_fabric.plugins.environments.cluster_environment.ClusterEnvironment",
            "pytorch_lightning.plugins.layer_sync.LayerSync",
        ),
        "a Lightning plugin (precision, checkpoint, cluster environment or layer synchronisation)",
    ),
}
# Most special first: a LightningModule is a torch module, too.
RECOGNISED = ("task", "data", "callbacks", "loggers", "strategies", "profilers", "plugins", "model")
# A tree of the same classes under another name, which the ones above do not know.
OTHER_TREE = "lightning.pytorch."
