"""Trainings on one GPU; what a CPU can show, too, is shown on both."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vibench import train
from vibench.trainer_factory import trainer_factory

QUICKSTART = Path(__file__).parents[2] / "examples" / "quickstart.yaml"
ON_GPU = (pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"))
GPU = pytest.param("gpu", marks=ON_GPU)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Precision .* is not supported by the model summary"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),  # said where there are many cores
    pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated"),  # Lightning with torch 2.11
]


class Recorded(torch.optim.SGD):
    """Keeps the largest gradient and the norm of all, as each step uses them."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, lr=1e-4)
        self.largest: list[float] = []
        self.norms: list[float] = []

    def step(self, closure: Any = None) -> Any:
        loss = super().step(closure)
        gradients = torch.cat([one.grad.flatten().float() for group in self.param_groups for one in group["params"]])
        self.largest.append(float(gradients.abs().max()))
        self.norms.append(float(gradients.norm()))
        return loss


class Task(pl.LightningModule):
    """A network that is far from what it is to learn: without a limit the gradients are large."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.model = nn.Sequential(*layers)

    def training_step(self, batch: Any, index: int) -> torch.Tensor:
        (x,) = batch
        return (self.model(x) - 10).square().mean()

    def configure_optimizers(self) -> Recorded:
        self.recorded = Recorded(self.parameters())
        return self.recorded


def fitted(folder: Path, task: Task, width: int, batch_size: int = 8, **args: Any) -> pl.Trainer:
    quiet = {"num_epochs": 1, "log_every_n_steps": 1, "enable_checkpointing": False, "enable_progress_bar": False}
    data = DataLoader(TensorDataset(torch.randn(16 * batch_size, width)), batch_size)
    trainer = trainer_factory({}, {"args": {**quiet, **args}}, {}, str(folder))
    trainer.fit(task, data)
    return trainer


EPOCHS = {"cpu": 1, "gpu": 15}
ACCURACY = {"cpu": 0.2, "gpu": 0.95}  # after so many epochs


@pytest.mark.parametrize(
    ("accelerator", "precision"),
    [("cpu", "bf16-mixed"), *(pytest.param("gpu", one, marks=ON_GPU) for one in ("16-mixed", "bf16-mixed"))],
)
def test_the_quickstart(tmp_path: Path, accelerator: str, precision: str) -> None:
    words = (f"accelerator={accelerator}", f"precision={precision}", f"num_epochs={EPOCHS[accelerator]}", "devices=1")
    less = ("~trainer.args.early_stopping", "~trainer.args.patience")
    more = (f"trainer.args.{word}" for word in words)
    result = train(QUICKSTART, (f"environment.output_dir={tmp_path}", *less, *more))
    (one,) = result.iterations
    assert one.metrics["test_acc"] >= ACCURACY[accelerator]
    kept = torch.load(result.run_dir / "checkpoints" / "last.ckpt", weights_only=False)
    assert all(weight.dtype in (torch.float32, torch.int64) for weight in kept["state_dict"].values())
    assert ("MixedPrecision" in kept) == (precision == "16-mixed")  # the scale of the loss
    if accelerator == "gpu":
        assert torch.cuda.max_memory_allocated() > 0


PRECISIONS = [
    ("cpu", "32-true"),
    ("cpu", "bf16-mixed"),
    *(pytest.param("gpu", precision, marks=ON_GPU) for precision in ("32-true", "16-mixed", "bf16-mixed")),
]


@pytest.mark.parametrize(("accelerator", "precision"), PRECISIONS)
@pytest.mark.parametrize("algorithm", ["norm", "value"])
def test_gradients_are_clipped(tmp_path: Path, accelerator: str, precision: str, algorithm: str) -> None:
    """At their own scale, also where the loss is scaled for 16 bits."""
    task, limit = Task(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4)), 1e-2
    args = {"accelerator": accelerator, "devices": 1, "precision": precision}
    fitted(tmp_path / "free", task, 16, **args)
    assert task.recorded.norms
    assert min(task.recorded.norms) > min(task.recorded.largest) > 10 * limit
    fitted(tmp_path, task, 16, **args, gradient_clip_val=limit, gradient_clip_algorithm=algorithm)
    seen = task.recorded.norms if algorithm == "norm" else task.recorded.largest
    assert seen
    assert all(math.isclose(one, limit, rel_tol=1e-3) for one in seen)


@pytest.mark.parametrize("accelerator", [GPU])
def test_gradient_checkpointing_needs_less_memory(tmp_path: Path, accelerator: str) -> None:
    peaks = []
    for setting in (False, True):
        blocks = [nn.Sequential(nn.Linear(512, 512), nn.GELU(), nn.Linear(512, 512), nn.GELU()) for _ in range(8)]
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        args = {"accelerator": accelerator, "devices": 1, "gradient_checkpointing": setting}
        fitted(tmp_path / f"{setting}", Task(*blocks), 512, batch_size=4096, **args)
        peaks.append(torch.cuda.max_memory_allocated())
    assert peaks[1] < 0.7 * peaks[0]


@pytest.mark.parametrize("accelerator", [GPU])
@pytest.mark.parametrize("gpus", [[0], "0", 1])
def test_the_first_gpu(tmp_path: Path, accelerator: str, gpus: Any) -> None:
    task = Task(nn.Linear(4, 4))
    trainer = fitted(tmp_path, task, 4, gpus=gpus)
    assert trainer.strategy.root_device == torch.device("cuda", 0)
    assert task.recorded.norms


STATISTICS = {"cpu": "cpu_percent", "gpu": "allocated_bytes.all.current"}


@pytest.mark.parametrize("accelerator", ["cpu", GPU])
def test_statistics_of_the_device_are_logged(tmp_path: Path, accelerator: str) -> None:
    monitor = {"name": "DeviceStatsMonitor", "args": {"cpu_stats": accelerator == "cpu"}}
    fitted(tmp_path, Task(nn.Linear(4, 4)), 4, accelerator=accelerator, devices=1, callbacks=[monitor])
    (file,) = tmp_path.rglob("metrics.csv")
    rows = list(csv.DictReader(file.read_text().splitlines()))
    column = next(name for name in rows[0] if STATISTICS[accelerator] in name)
    assert any(float(row[column]) >= 0 for row in rows if row[column])
