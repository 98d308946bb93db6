"""Models in shares: FSDP, FSDP2 and tensor-parallel ones, each against the same training with DDP or alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from jobs import HERE, INTERRUPTED, TORCHRUN, VIBENCH, Job
from safetensors.torch import load_file

pytestmark = pytest.mark.slow
NO_TIMEOUT = "~trainer.args.ddp_timeout"
PARALLEL = "pytorch_lightning.strategies.ModelParallelStrategy"
FSDP = ("trainer.args.strategy={class_path: shards.Sharded}", NO_TIMEOUT)
LAYERS = ("trainer.args.strategy={class_path: shards.Sharded, init_args: {layers: true}}", NO_TIMEOUT)
FSDP2 = (
    f"trainer.args.strategy={{class_path: {PARALLEL}, init_args: {{data_parallel_size: 2, tensor_parallel_size: 1}}}}",
    "task.class_path=shards.Parallel",
    NO_TIMEOUT,
)
TENSORS = (f"trainer.args.strategy={{class_path: {PARALLEL}}}", "task.class_path=shards.Tensors", NO_TIMEOUT)
TWO_KINDS = pytest.mark.parametrize(
    "kind", [pytest.param(LAYERS, marks=pytest.mark.long), FSDP2], ids=["fsdp by layers", "fsdp2"]
)
KINDS = pytest.mark.parametrize("kind", [FSDP, LAYERS, FSDP2], ids=["fsdp", "fsdp by layers", "fsdp2"])


@pytest.fixture
def job(job: Job) -> Job:
    """A folder with the parts in shares, too."""
    return with_shards(job)


def with_shards(job: Job) -> Job:
    shutil.copy(HERE / "shards.py", job.folder)
    return job


def weights(job: Job) -> dict[str, Any]:
    found: dict[str, Any] = load_file(job.run / "model.safetensors")
    return found


def close(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one.keys() == other.keys() and all(torch.allclose(one[key], other[key], atol=1e-6) for key in one)


@KINDS
def test_it_trains_and_tests_as_ddp_does(whole: Job, job: Job, kind: tuple[str, ...]) -> None:
    done = job.train(VIBENCH, *kind)
    assert done.returncode == 0, done.stderr
    assert close(weights(job), weights(whole))
    assert job.seen(1) == whole.seen(1)
    (result,), (expected,) = job.results(), whole.results()
    assert result["metrics"] == pytest.approx(expected["metrics"], rel=1e-5)
    assert result["metrics"]["test_count"] == 9
    kept = torch.load(job.run / result["checkpoint"], weights_only=True)
    assert kept["state_dict"].keys() == weights(job).keys()
    assert kept["optimizer_states"][0]["state"].keys() == {0, 1, 2, 3}
    assert "sync_dist" not in done.stderr


def test_tensor_parallel_processes_see_the_same(job: Job, tmp_path: Path) -> None:
    """Each batch whole, so that they come to what one process comes to alone."""
    alone = with_shards(Job(tmp_path / "alone"))
    words = ("data.class_path=shards.Ordered", "trainer.args.use_distributed_sampler=false")
    one = ("task.class_path=shards.Plain", "trainer.args.devices=1", NO_TIMEOUT)
    assert alone.train(VIBENCH, *words, *one).returncode == 0
    done = job.train(VIBENCH, *words, *TENSORS)
    assert done.returncode == 0, done.stderr
    assert close(weights(job), weights(alone))
    assert job.seen(0) == job.seen(1)
    assert job.results()[0]["metrics"] == pytest.approx(alone.results()[0]["metrics"], rel=1e-5)


@pytest.fixture(scope="session")
def never_stopped(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], Job]:
    """Trainings that nothing stops, one for each kind; in each epoch a hook changes the weights."""

    @cache
    def trained(kind: tuple[str, ...]) -> Job:
        job = with_shards(Job(tmp_path_factory.mktemp("never") / "job"))
        done = job.train(VIBENCH, *kind, shrinking(kind))
        assert done.returncode == 0, done.stderr
        return job

    return trained


def shrinking(kind: tuple[str, ...]) -> str:
    return "task.class_path=shards.ShrinkingParallel" if kind == FSDP2 else "task.class_path=shards.Shrinking"


@pytest.mark.parametrize(
    ("kind", "kill", "signal"),
    [(LAYERS, "0:2", "SIGKILL"), (LAYERS, "1:10", "SIGTERM"), (FSDP2, "0:2", "SIGKILL"), (FSDP2, "1:10", "SIGTERM")],
    ids=["fsdp killed", "fsdp stopped", "fsdp2 killed", "fsdp2 stopped"],
)
def test_it_goes_on_exactly(
    job: Job, never_stopped: Callable[[tuple[str, ...]], Job], kind: tuple[str, ...], kill: str, signal: str
) -> None:
    """Before the first step and in the middle of an epoch, whose hooks must not run a second time."""
    done = job.train(VIBENCH, *kind, shrinking(kind), KILL=kill, SIGNAL=signal)
    assert done.returncode == (INTERRUPTED if signal == "SIGTERM" else -9), done.stderr
    again = job.train(VIBENCH, *kind, shrinking(kind), "--resume")
    assert again.returncode == 0, again.stderr
    never = never_stopped(kind)
    assert job.metrics() == never.metrics()
    assert job.weights() == never.weights()
    assert job.results()[0]["metrics"] == never.results()[0]["metrics"]


@pytest.mark.parametrize(
    ("kind", "task", "momentum"),
    [
        (FSDP, "Hard", 0.0),
        (FSDP2, "HardParallel", 0.0),
        pytest.param(FSDP2, "HardParallel", 0.9, marks=pytest.mark.long),
    ],
    ids=["fsdp", "fsdp2", "fsdp2 with momentum"],
)
def test_what_is_hard_to_keep(job: Job, tmp_path: Path, kind: tuple[str, ...], task: str, momentum: float) -> None:
    """What no loss trains, optimizers without a state, rates that fall, objects of one's own, a gathered test."""
    words = (*kind, f"task={{class_path: shards.{task}, init_args: {{momentum: {momentum}}}}}")
    never = with_shards(Job(tmp_path / "never"))
    done = never.train(VIBENCH, *words)
    assert done.returncode == 0, done.stderr
    assert never.results()[0]["metrics"]["gathered"] == 9
    assert job.train(VIBENCH, *words, KILL="1:10", SIGNAL="SIGTERM").returncode == INTERRUPTED
    again = job.train(VIBENCH, *words, "--resume", "--trust-checkpoint")
    assert again.returncode == 0, again.stderr
    assert job.metrics() == never.metrics()
    assert job.weights() == never.weights()
    assert job.weights().keys() == {"0.weight", "0.bias", "2.weight", "2.bias"}


@pytest.mark.parametrize("kind", [LAYERS, FSDP2], ids=["fsdp by layers", "fsdp2"])
def test_gradients_are_clipped_by_the_norm_of_the_whole(job: Job, tmp_path: Path, kind: tuple[str, ...]) -> None:
    clip = ("trainer.args.gradient_clip_val=0.05", "trainer.args.num_epochs=1")
    ddp = with_shards(Job(tmp_path / "ddp"))
    assert ddp.train(VIBENCH, *clip, "task.class_path=shards.Descending").returncode == 0
    task = "task.class_path=shards.DescendingParallel" if kind == FSDP2 else "task.class_path=shards.Descending"
    done = job.train(VIBENCH, *kind, *clip, task)
    assert done.returncode == 0, done.stderr
    assert close(weights(job), weights(ddp))


@TWO_KINDS
def test_under_torchrun_with_several_iterations(job: Job, kind: tuple[str, ...]) -> None:
    words = ("~trainer.args.devices", "environment.iterations=2", "trainer.args.num_epochs=1")
    done = job.train(TORCHRUN, *kind, *words)
    assert done.returncode == 0, done.stderr
    assert [one["metrics"]["test_count"] for one in job.results()] == [9, 9]


@TWO_KINDS
def test_without_a_checkpoint_the_weights_are_gathered(job: Job, kind: tuple[str, ...]) -> None:
    words = ("trainer.args.enable_checkpointing=false", "~trainer.args.save_top_k", "trainer.args.num_epochs=1")
    done = job.train(VIBENCH, *kind, *words)
    assert done.returncode == 0, done.stderr
    assert {name: tuple(one.shape) for name, one in weights(job).items()} == {
        "net.0.weight": (8, 6), "net.0.bias": (8,), "net.2.weight": (1, 8), "net.2.bias": (1,)
    }  # fmt: skip
    assert job.results()[0]["metrics"]["test_count"] == 9


def test_a_test_that_is_stopped_stops_all(job: Job) -> None:
    done = job.train(VIBENCH, *FSDP, "trainer.args.num_epochs=1", new_session=True, SIGNAL_TEST="1")
    assert done.returncode == INTERRUPTED, done.stderr
    assert job.status()["state"] == "interrupted"


def test_a_checkpoint_of_ddp_is_a_start(whole: Job, job: Job) -> None:
    """A full checkpoint knows nothing of who wrote it."""
    (best,) = [one for one in (whole.run / "checkpoints").glob("*.ckpt") if one.name == "last.ckpt"]
    done = job.train(VIBENCH, *FSDP, "--resume-from", str(best), "trainer.args.num_epochs=4")
    assert done.returncode == 0, done.stderr
    assert job.results()[0]["epochs"] == 4


def test_a_trainer_of_ones_own_divides_and_clips(job: Job) -> None:
    (job.folder / "own.py").write_text(
        "import pytorch_lightning as pl\n"
        "import shards\n"
        "from vibench.trainer_factory import register_trainer\n"
        "@register_trainer('own')\n"
        "def own(args_e, args_t, args_d, path):\n"
        "    return pl.Trainer(accelerator='cpu', devices=2, strategy=shards.Sharded(), default_root_dir=path,\n"
        "        max_epochs=1, gradient_clip_val=0.1, enable_progress_bar=False)\n"
    )
    done = job.train(VIBENCH, "imports=[own]", "trainer.name=own")
    assert done.returncode == 0, done.stderr
    assert job.results()[0]["metrics"]["test_count"] == 9


def test_a_checkpoint_in_shares_is_refused(job: Job) -> None:
    strategy = "trainer.args.strategy={class_path: shards.Sharded, init_args: {state_dict_type: sharded}}"
    done = job.train(VIBENCH, strategy, NO_TIMEOUT)
    assert done.returncode == 1
    assert "writes checkpoints in shares" in done.stderr
    assert not job.run.exists()
