"""What has to hold before a network can be pruned; looked at when training starts, on the network itself."""

from __future__ import annotations

from typing import NoReturn

import pytorch_lightning as pl
from pytorch_lightning.strategies import DDPStrategy, SingleDeviceStrategy

from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.callbacks.compiled import is_compiled
from vibench.trainer_factory.callbacks.pruning_targets import Target

PATH = "trainer.args.pruning"
AMOUNT = "trainer.args.pruning_amount"
Amount = int | float


def refuse(code: str, path: str, message: str, hint: str = "") -> NoReturn:
    """Stop the training: raises ConfigError."""
    raise ConfigError((diagnostic(code, path, message, hint=hint),))


def check_network(trainer: pl.Trainer, module: pl.LightningModule, targets: list[Target]) -> None:
    """Raise ConfigError where masks would have no effect."""
    if not isinstance(trainer.strategy, SingleDeviceStrategy | DDPStrategy):
        message = f"`{type(trainer.strategy).__name__}` splits the weights, and pruning needs them whole"
        refuse("pruning-strategy", PATH, message, "write `strategy: ddp`")
    if is_compiled(module):
        refuse("not-with-compile", PATH, "a network under `torch.compile` would not see its masks", "do not compile it")
    if not targets:
        message = (
            f"`{type(module).__name__}` has no layer to prune: none with trained weights of two dimensions or more"
        )
        refuse("nothing-to-prune", PATH, message, "remove `pruning`")


def check_amounts(targets: list[Target], amounts: list[Amount], dim: int | None, whole: bool) -> None:
    """Raise ConfigError if an amount takes everything, or nothing; `whole`: over all targets together."""
    for target in targets:
        if dim is not None and not -target.parameter.ndim <= dim < target.parameter.ndim:
            message = f"`dim: {dim}`: `{target.key}` has {target.parameter.ndim} dimensions"
            refuse("pruning-amount", f"{PATH}.dim", message, "write 0 for the outputs of each layer")
    sizes = {f"`{target.key}`": target.units(dim) for target in targets}
    if whole:
        sizes = {"the network": sum(sizes.values())}
    for amount in amounts:
        for name, size in sizes.items():
            if isinstance(amount, int) and amount >= size:
                message = f"{amount} would leave nothing of {name}, which has {size} to prune"
                refuse("pruning-amount", AMOUNT, message, f"write fewer than {size}, or a share")
    if all(asked(amounts[-1], size) == 0 for size in sizes.values()):
        message = f"{amounts[-1]} of {max(sizes.values())} rounds to nothing"
        refuse("pruning-amount", AMOUNT, message, "write more")


def asked(amount: Amount, units: int) -> int:
    """How many of so many units an amount is, as torch rounds it; a share leaves one where it rounds to all."""
    return amount if isinstance(amount, int) else min(round(amount * units), units - 1)
