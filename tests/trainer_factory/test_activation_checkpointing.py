"""Gradient checkpointing in real trainings: the same numbers, with less kept for the backward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics import Metric

from vibench.diagnostics import ConfigError
from vibench.phm.wdcnn import WDCNN
from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.callbacks.blocks import named_blocks, repeated_blocks

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory .* exists and is not empty:UserWarning"),
]
QUIET = {
    "accelerator": "cpu", "num_epochs": 2, "enable_progress_bar": False, "enable_model_summary": False,
    "log_every_n_steps": 1,
}  # fmt: skip
LENGTH = 256


class Task(pl.LightningModule):
    """Trains a network on noise; keeps every loss, and what each training step saved for its backward pass."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.losses: list[float] = []
        self.saved = 0

    def _loss(self, batch: Any) -> Tensor:
        return nn.functional.cross_entropy(self.model(batch[0]).flatten(1), batch[1])

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        sizes: list[int] = []

        def keep(tensor: Tensor) -> Tensor:
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            loss = self._loss(batch)
        self.saved = sum(sizes)
        self.losses.append(float(loss.detach()))
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        loss = self._loss(batch)
        self.losses.append(float(loss.detach()))
        self.log("val_loss", loss, sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.05, momentum=0.9)


class Data(pl.LightningDataModule):
    def setup(self, stage: str) -> None:
        random = torch.Generator().manual_seed(0)
        self.set = TensorDataset(torch.randn(64, 1, LENGTH, generator=random), torch.arange(64) % 4)

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.set, 16)

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.set, 32)


def wdcnn() -> nn.Module:
    return WDCNN(in_channels=1, num_classes=4, first_stride=2, channels=[8, 16, 16, 16], dropout=0.3)


def transformer() -> nn.Module:
    layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.2, batch_first=True)
    return nn.Sequential(
        nn.Unflatten(2, (16, 16)), nn.Flatten(1, 2), nn.TransformerEncoder(layer, 3), Mean(), nn.Linear(16, 4)
    )


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


def stateful() -> nn.Module:
    """Blocks with a state of every kind that a forward pass may change."""

    def block() -> nn.Sequential:
        convolution = nn.utils.parametrizations.spectral_norm(nn.Conv1d(1, 1, 3, padding=1))
        return nn.Sequential(convolution, nn.InstanceNorm1d(1, track_running_stats=True), Counter(), nn.Dropout(0.2))

    return nn.Sequential(block(), block(), nn.Flatten(), nn.BatchNorm1d(LENGTH, momentum=None), nn.Linear(LENGTH, 4))


class Counter(nn.Module):
    """Replaces its buffer instead of changing it, and works by it."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.count = self.count + 1
        return torch.tanh(x * (1 + self.count / 10))


def fitted(folder: Path, network: Any, task: type[Task] = Task, ckpt_path: Any = None, **args: Any) -> Task:
    pl.seed_everything(3, verbose=False)
    module = task(network())
    trainer = trainer_factory({}, {"args": {**QUIET, **args}}, {}, str(folder))
    trainer.fit(module, Data(), ckpt_path=ckpt_path)
    return module


NETWORKS = [
    (wdcnn, True, "32"),
    (transformer, True, "32"),
    (stateful, True, "32"),
    (wdcnn, {"modules": ["features"]}, "32"),
    (stateful, {"modules": ["Sequential"]}, "32"),
    (transformer, {"modules": ["model.2.layers.*"]}, "bf16-mixed"),
    (wdcnn, True, "bf16-mixed"),
]


@pytest.mark.parametrize(
    ("network", "setting", "precision"), NETWORKS, ids=[f"{n.__name__} {s} {p}" for n, s, p in NETWORKS]
)
def test_the_same_numbers_with_less_kept(tmp_path: Path, network: Any, setting: Any, precision: str) -> None:
    """Losses, weights and buffers bit for bit: dropout draws the same, batch norm counts once."""
    plain = fitted(tmp_path / "plain", network, precision=precision)
    sparing = fitted(tmp_path / "sparing", network, precision=precision, gradient_checkpointing=setting)
    assert sparing.losses == plain.losses
    assert sparing.saved < 0.75 * plain.saved
    torch.testing.assert_close(sparing.state_dict(), plain.state_dict(), rtol=0, atol=0)


def test_checkpoints_load_into_each_other(tmp_path: Path) -> None:
    whole = fitted(tmp_path / "whole", wdcnn, num_epochs=4)
    states = []
    for first, second in ((True, False), (False, True)):
        folder = tmp_path / f"{first}"
        fitted(folder, wdcnn, gradient_checkpointing=first)
        last = folder / "checkpoints" / "last.ckpt"
        states.append(torch.load(last, weights_only=True)["state_dict"])
        resumed = fitted(folder, wdcnn, ckpt_path=last, num_epochs=4, gradient_checkpointing=second)
        assert resumed.state_dict().keys() == whole.state_dict().keys()
    torch.testing.assert_close(states[0], states[1], rtol=0, atol=0)
    assert not any("checkpoint" in key for key in states[0])


def test_the_model_is_left_as_it_was(tmp_path: Path) -> None:
    kinds = [type(module) for module in wdcnn().modules()]
    assert [type(module) for module in fitted(tmp_path, wdcnn, gradient_checkpointing=True).model.modules()] == kinds


def test_processes_train_the_same(tmp_path: Path) -> None:
    both = {"devices": 2, "strategy": "ddp_fork"}
    plain = fitted(tmp_path / "plain", wdcnn, **both)
    sparing = fitted(tmp_path / "sparing", wdcnn, gradient_checkpointing=True, **both)
    torch.testing.assert_close(sparing.state_dict(), plain.state_dict(), rtol=0, atol=0)


class Own(nn.Module):
    """Does it itself, as the models of transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Flatten(), nn.Linear(LENGTH, 64), nn.Tanh(), nn.Linear(64, 4))
        self.calls: list[Any] = []

    def gradient_checkpointing_enable(self, gradient_checkpointing_kwargs: Any = None) -> None:
        self.calls.append(gradient_checkpointing_kwargs)

    def gradient_checkpointing_disable(self) -> None:
        self.calls.append("off")

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(x)  # type: ignore[no-any-return]


def test_the_models_own_way_comes_first(tmp_path: Path) -> None:
    task = fitted(tmp_path, Own, gradient_checkpointing=True)
    assert task.model.calls == [{"use_reentrant": False}, "off"]


def test_named_modules_come_before_the_models_own_way(tmp_path: Path) -> None:
    task = fitted(tmp_path, Own, gradient_checkpointing={"modules": ["inner"]})
    assert task.model.calls == []
    assert task.saved < fitted(tmp_path / "plain", Own).saved


class Unable(Own):
    def gradient_checkpointing_enable(self, gradient_checkpointing_kwargs: Any = None) -> None:
        raise ValueError("Unable does not support gradient checkpointing.")


def flat() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(LENGTH, 8), nn.ReLU(), nn.Linear(8, 4))


def compiled() -> nn.Module:
    model = wdcnn()
    model.compile()
    return model


def listed() -> nn.Module:
    model = Own()
    model.parts = nn.ModuleList([nn.Linear(2, 2)])
    return model


REFUSED = [
    (flat, True, "nothing-to-checkpoint", "", "repeats no blocks"),
    (flat, {"modules": ["Linear", "Conv*"]}, "nothing-to-checkpoint", ".modules", r"`Conv\*`"),
    (listed, {"modules": ["parts"]}, "nothing-to-checkpoint", ".modules", "`parts`"),
    (Unable, True, "nothing-to-checkpoint", "", "Unable does not support"),
    (transformer, {"modules": ["*.out_proj"]}, "nothing-to-checkpoint", "", "calls none of"),
    (compiled, True, "not-with-compile", "", "torch.compile"),
    (lambda: torch.compile(wdcnn()), True, "not-with-compile", "", "torch.compile"),
]


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")  # the compiler's import
@pytest.mark.parametrize(("network", "setting", "code", "below", "words"), REFUSED)
def test_nothing_to_wrap_is_refused(
    tmp_path: Path, network: Any, setting: Any, code: str, below: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        fitted(tmp_path, network, gradient_checkpointing=setting)
    (found,) = caught.value.diagnostics
    assert (found.code, found.path) == (code, f"trainer.args.gradient_checkpointing{below}")


def test_which_blocks_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        fitted(tmp_path, wdcnn, gradient_checkpointing=True)
    assert "4 blocks recompute: model.features.0, model.features.1, model.features.2, model.features.3" in caplog.text


def test_a_block_that_is_never_called_is_said(tmp_path: Path) -> None:
    """torch's attention reads the weights of its last layer without calling it."""
    with pytest.warns(UserWarning, match=r"did not call model\.2\.layers\.0\.self_attn\.out_proj"):
        fitted(tmp_path, transformer, gradient_checkpointing={"modules": ["*.0.*out_proj", "*.1"]})


def test_of_modules_inside_each_other_the_outer_one_is_wrapped() -> None:
    blocks, unused = named_blocks(Task(wdcnn()), ["features.0", "features", "Conv1d", "nothing"])
    assert (list(blocks), unused) == (["model.features"], ["nothing"])


class Lens(Metric):
    def __init__(self) -> None:
        super().__init__()
        self.pair = nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.Sequential(nn.Linear(2, 2), nn.ReLU()))

    def update(self) -> None: ...

    def compute(self) -> None: ...


BLOCKS = [
    (wdcnn, ["features.0", "features.1", "features.2", "features.3"]),
    (transformer, ["2.layers.0", "2.layers.1", "2.layers.2"]),
    (
        lambda: nn.Transformer(8, 2, 2, 2, 8, batch_first=True),
        ["encoder.layers.0", "encoder.layers.1", "decoder.layers.0", "decoder.layers.1"],
    ),
    (flat, []),
    (lambda: nn.ModuleList([Lens()]), []),
]


@pytest.mark.parametrize(("network", "names"), BLOCKS)
def test_the_repeated_blocks(network: Any, names: list[str]) -> None:
    assert list(repeated_blocks(network())) == names


def test_a_block_that_stands_twice_is_wrapped_in_both_places(tmp_path: Path) -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Sequential(nn.Linear(LENGTH, LENGTH), nn.Tanh())
            self.other = nn.Sequential(nn.Flatten(), self.one, nn.Linear(LENGTH, 4))

        def forward(self, x: Tensor) -> Tensor:
            return self.other(self.one(x.flatten(1)))  # type: ignore[no-any-return]

    plain = fitted(tmp_path / "plain", Twice)
    sparing = fitted(tmp_path / "sparing", Twice, gradient_checkpointing={"modules": ["one"]})
    assert (sparing.losses, sparing.saved < plain.saved) == (plain.losses, True)


def test_it_works_with_pruning_and_without_anything_else(tmp_path: Path) -> None:
    task = fitted(tmp_path, wdcnn, gradient_checkpointing=True, pruning=0.5, num_epochs=2)
    assert task.state_dict().keys() == Task(wdcnn()).state_dict().keys()
    bare = trainer_factory({}, {"args": {"barebones": True, "gradient_checkpointing": True}}, {}, str(tmp_path))
    assert "ActivationCheckpointing" in [type(callback).__name__ for callback in bare.callbacks]
