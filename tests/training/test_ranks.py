"""Two processes train one run, whoever starts them; none waits in silence for one that is gone."""

from __future__ import annotations

import csv
import json
import signal
import socket
import time

import pytest
from jobs import HERE, INTERRUPTED, TORCHRUN, VIBENCH, Job


@pytest.mark.slow
def test_one_run_is_left(whole: Job) -> None:
    assert [path.name for path in (whole.folder / "results/run").iterdir()] == ["run_000"]
    assert len(list(whole.run.rglob("metrics.csv"))) == 1
    assert len({path.parent for path in whole.run.rglob("events.out.tfevents.*")}) == 1
    assert len(list(whole.run.glob("wandb/offline-run-*"))) == 1
    assert len(list(whole.run.rglob("*.swanlab"))) == 1
    assert len(list(whole.run.glob("swanlog/run-*"))) == 1
    assert whole.status()["state"] == "finished"
    assert sorted(path.name for path in (whole.run / "checkpoints").iterdir())[-1] == "last.ckpt"
    steps = [int(row["step"]) for row in csv.DictReader(whole.metrics().splitlines())]
    assert steps == sorted(set(steps))
    assert not list(whole.run.rglob("*.part"))


@pytest.mark.slow
def test_each_process_sees_its_share_with_noise_of_its_own(whole: Job) -> None:
    first, second = whole.seen(0), whole.seen(1)
    for epoch in range(3):
        samples = [sample for one in (first, second) for at, row, _ in one if at == epoch for sample in row]
        assert set(samples) == set(range(57))
        assert len(samples) == 58  # one twice, so that both have as many
    assert not {noise for _, _, noise in first} & {noise for _, _, noise in second}


@pytest.mark.slow
def test_the_test_is_that_of_one_process(whole: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from safetensors.torch import load_model

    monkeypatch.syspath_prepend(str(HERE))
    from ranked import Data, Task  # type: ignore[import-not-found]

    task = Task().eval()
    load_model(task, str(whole.run / "model.safetensors"))
    x = torch.cat([x for x, _ in Data().test_dataloader()])
    with torch.no_grad():
        expected = (task.net(x) - x.sum(1, keepdim=True)).square().mean().item()
    metrics = json.loads((whole.run / "results.json").read_text())["iterations"][0]["metrics"]
    assert metrics["test_count"] == 9  # a sampler for two would have made it 10
    assert metrics["test_loss"] == pytest.approx(expected, rel=1e-6)
    assert metrics["test_mean"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.slow
def test_torchrun_trains_the_same(whole: Job, job: Job) -> None:
    done = job.train(TORCHRUN, "~trainer.args.devices")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("run folder:") == 1
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()
    assert [path.name for path in (job.folder / "results/run").iterdir()] == ["run_000"]


@pytest.mark.slow
def test_the_old_launcher_of_torch_trains_the_same(whole: Job, job: Job) -> None:
    """`torch.distributed.launch` puts `--local-rank=N` before the command."""
    launch = tuple(word.replace("distributed.run", "distributed.launch") for word in TORCHRUN)
    done = job.train(launch, "~trainer.args.devices")
    assert done.returncode == 0, done.stderr
    assert job.metrics() == whole.metrics()


@pytest.mark.slow
@pytest.mark.parametrize(("command", "rank"), [(VIBENCH, 1), (TORCHRUN, 1), (TORCHRUN, 0)])
def test_a_process_that_is_killed_ends_the_others_and_is_named(
    whole: Job, job: Job, command: tuple[str, ...], rank: int
) -> None:
    done = job.train(command, KILL=f"{rank}:10")
    assert done.returncode not in (0, INTERRUPTED)
    assert f"rank {rank}" in done.stderr
    assert job.status()["state"] == "failed"
    assert f"The process of rank {rank} " in job.status()["error"]["explanation"]
    again = job.train(command, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()
    assert job.status()["state"] == "finished"


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_all_agree_to_stop_when_one_is_asked_to(whole: Job, job: Job, rank: int) -> None:
    done = job.train(VIBENCH, KILL=f"{rank}:10", SIGNAL="SIGTERM")
    assert done.returncode == INTERRUPTED, done.stderr
    assert done.stderr.count("to go on from it") == 1
    assert job.status()["state"] == "interrupted"
    again = job.train(VIBENCH, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()


@pytest.mark.slow
@pytest.mark.parametrize(("whom", "rank"), [("process", 0), ("process", 1), ("launcher", 0)])
def test_all_agree_to_stop_under_torchrun(whole: Job, job: Job, whom: str, rank: int) -> None:
    done = job.train(TORCHRUN, KILL=f"{rank}:10", SIGNAL="SIGTERM", WHOM=whom, SLOW="0.2")
    assert done.returncode != 0
    assert job.status()["state"] == "interrupted"
    again = job.train(TORCHRUN, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_torchrun_starts_a_killed_process_again_and_the_run_goes_on(whole: Job, job: Job, rank: int) -> None:
    launch = (*VIBENCH[:3], "launch", "c.yaml", "--max-restarts=2")
    done = job.train(launch, KILL=f"{rank}:10")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("going on from") == 1
    assert [path.name for path in (job.folder / "results/run").iterdir()] == ["run_000"]
    assert job.status()["job"].startswith("torchrun ")
    assert job.metrics() == whole.metrics()


@pytest.mark.slow
@pytest.mark.parametrize("command", [VIBENCH, TORCHRUN])
def test_ctrl_c_in_the_test_ends_all_at_once_and_the_test_is_made_again(
    whole: Job, job: Job, command: tuple[str, ...]
) -> None:
    started = time.monotonic()
    done = job.train(command, SIGNAL_TEST="1", new_session=True)
    assert time.monotonic() - started < 45
    assert "Traceback" not in done.stderr or command == TORCHRUN, done.stderr
    assert "to go on from it: the same command with `--resume`" in done.stderr
    assert job.status()["state"] == "interrupted"
    again = job.train(VIBENCH, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.weights() == whole.weights()
    assert job.results()[0]["metrics"]["test_count"] == 9


@pytest.mark.slow
def test_a_process_that_hangs_is_left_after_the_timeout_and_ended(job: Job) -> None:
    started = time.monotonic()
    done = job.train(VIBENCH, "trainer.args.ddp_timeout=3", HANG="1:10")
    assert done.returncode == 1, done.stderr
    assert time.monotonic() - started < 60
    explanation = job.status()["error"]["explanation"]
    assert "Rank 1 is behind: the last that it began is the training step of batch 2 in epoch 1." in explanation
    assert "ddp_timeout = 3" in explanation


@pytest.mark.long  # most of it waiting
def test_a_process_that_misses_a_stop_is_ended(job: Job) -> None:
    """A second Ctrl-C may reach one process, and another one in the middle of waiting for it."""
    done = job.train(VIBENCH, HANG="0:10", QUIT="1:10")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert "The process of rank 1 ended with status 130." in done.stderr
    assert job.status()["state"] == "failed"


@pytest.mark.slow
def test_iterations_tuner_and_pruning(job: Job) -> None:
    words = (
        "environment.iterations=2",
        "trainer.args.auto_lr_find={num_training: 40, max_lr: 0.1, early_stop_threshold: null}",
        "trainer.args.pruning=0.5",
    )
    done = job.train(VIBENCH, *words)
    assert done.returncode == 0, done.stderr
    results = json.loads((job.run / "results.json").read_text())["iterations"]
    assert [one["metrics"]["test_count"] for one in results] == [9, 9]
    assert done.stderr.count("tuned: task.init_args.lr") == 1
    assert (job.run / "figures/lr_find.png").exists()


@pytest.mark.slow
def test_a_task_that_fails_in_one_process_ends_all(job: Job) -> None:
    (job.folder / "failing.py").write_text(
        "import ranked\n"
        "class T(ranked.Task):\n"
        "    def validation_step(self, batch, index):\n"
        "        if self.global_rank == 1: raise ValueError('a fault of mine')\n"
    )
    done = job.train(VIBENCH, "task.class_path=failing.T")
    assert done.returncode == 1
    assert "rank 1: training failed: ValueError: a fault of mine" in done.stderr
    assert job.status()["state"] == "failed"


def by_hand(rank: int, **more: str) -> dict[str, str]:
    return {
        "TORCHELASTIC_RUN_ID": "x", "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2", "GROUP_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29533", **more,
    }  # fmt: skip


@pytest.mark.parametrize("rank", [0, 1])
def test_a_world_of_another_size_fails_at_once_with_one_message(job: Job, rank: int) -> None:
    done = job.train(VIBENCH, "trainer.args.devices=3", **by_hand(rank))
    assert done.returncode == 1
    if rank == 0:
        assert "2 processes were started, and the config asks for 3" in done.stderr
    else:
        assert done.stderr == ""
    assert not (job.folder / "results").exists()


@pytest.mark.slow
def test_a_port_that_is_taken_and_a_first_process_that_is_not_there(job: Job) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = job.train(VIBENCH, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    assert done.returncode == 1
    assert f"error[port-in-use]: port {port}" in done.stderr
    late = job.train(VIBENCH, "trainer.args.ddp_timeout=2", **by_hand(1, MASTER_PORT=port))
    assert late.returncode == 1
    assert f"error[unreachable]: the first process does not answer at 127.0.0.1:{port} within 2 s" in late.stderr
    assert not (job.folder / "results").exists()
