"""Strategies that divide a model, with one GPU: nothing is divided by one, and all of their ways are gone."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from jobs import HERE, INTERRUPTED, VIBENCH, Job
from safetensors.torch import load_file

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.slow,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
]
PARALLEL = "trainer.args.strategy={class_path: pytorch_lightning.strategies.ModelParallelStrategy}"
GPU = (
    "trainer.args.accelerator=gpu",
    "trainer.args.devices=1",
    "~trainer.args.ddp_timeout",
    "environment.tensorboard=false",
)
FSDP = (*GPU, "trainer.args.strategy=fsdp")
FSDP2 = (*GPU, PARALLEL, "task.class_path=shards.Parallel")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A folder with a config and its parts, in shares too."""
    return another(tmp_path / "job")


def another(folder: Path) -> Job:
    job = Job(folder)
    shutil.copy(HERE / "shards.py", folder)
    return job


def weights(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = load_file(job.run / "model.safetensors")
    return found


@pytest.mark.parametrize(("kind", "task"), [(FSDP, "Plain"), (FSDP2, "Tensors")], ids=["fsdp", "fsdp2"])
def test_it_trains_as_without(job: Job, tmp_path: Path, kind: tuple[str, ...], task: str) -> None:
    same = ("trainer.args.gradient_clip_val=0.5", "data.class_path=shards.Ordered")
    more = ("trainer.args.use_distributed_sampler=false",)  # which shuffles in an order of its own
    plain = another(tmp_path / "plain")
    assert plain.train(VIBENCH, *GPU, *same, "task.class_path=shards.Plain").returncode == 0
    done = job.train(VIBENCH, *kind, *same, *more, f"task.class_path=shards.{task}")
    assert done.returncode == 0, done.stderr
    assert all(torch.allclose(one, weights(plain)[name], atol=1e-5) for name, one in weights(job).items())
    assert job.results()[0]["metrics"] == pytest.approx(plain.results()[0]["metrics"], rel=1e-3)
    assert job.results()[0]["metrics"]["test_count"] == 9


@pytest.mark.parametrize("kind", [FSDP, FSDP2], ids=["fsdp", "fsdp2"])
def test_it_goes_on_after_a_stop(job: Job, tmp_path: Path, kind: tuple[str, ...]) -> None:
    never = another(tmp_path / "never")
    assert never.train(VIBENCH, *kind).returncode == 0
    assert job.train(VIBENCH, *kind, KILL="0:20", SIGNAL="SIGTERM").returncode == INTERRUPTED
    again = job.train(VIBENCH, *kind, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.weights() == never.weights()
    assert job.metrics() == never.metrics()


@pytest.mark.parametrize(
    "words",
    [
        ("trainer.args.strategy=fsdp", "trainer.args.precision=16-mixed"),
        ("trainer.args.strategy=fsdp", "trainer.args.precision=bf16-mixed"),
        ("trainer.args.strategy=fsdp_cpu_offload",),
        (PARALLEL, "task.class_path=shards.Parallel", "trainer.args.precision=bf16-mixed"),
    ],
    ids=["fsdp 16-mixed", "fsdp bf16-mixed", "fsdp_cpu_offload", "fsdp2 bf16-mixed"],
)
def test_precisions_and_memory(job: Job, words: tuple[str, ...]) -> None:
    done = job.train(VIBENCH, *GPU, *words, "trainer.args.gradient_clip_val=0.5")
    assert done.returncode == 0, done.stderr
    assert all(one.dtype == torch.float32 for one in weights(job).values())
    assert job.results()[0]["metrics"]["test_count"] == 9
