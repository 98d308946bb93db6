"""A real SLURM on this machine trains, stops, queues again and finishes. Needs root and Debian's slurm packages."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs import ENV, VIBENCH, Job
from slurm_cluster import Launched, cluster_in

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
LONG = ("trainer.args.num_epochs=200", "trainer.args.check_val_every_n_epoch=20")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with cluster_in(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A long training that nothing stopped."""
    job = Job(tmp_path_factory.mktemp("slurm-whole") / "whole")
    done = job.train(VIBENCH, *LONG)
    assert done.returncode == 0, done.stderr
    return job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job")


@pytest.mark.parametrize("words", [(), ("trainer.args.num_nodes=2", "trainer.args.devices=1")])
def test_a_job_of_two_tasks_finishes(job: Job, cluster: dict[str, str], words: tuple[str, ...]) -> None:
    launched = Launched(job, cluster, *words)
    assert launched.end() == 0, launched.said
    assert launched.said.count("test_count  9") == launched.said.count("run folder:") == 1
    assert f"job {launched.number}: COMPLETED" in launched.said
    assert job.status()["job"] == f"slurm vibench {launched.number}.0"
    assert [path.name for path in sorted((job.folder / "results/run").iterdir())] == [
        "run_000",
        f"slurm-{launched.number}.out",
    ]
    assert "auto-requeueing" not in launched.said


def test_a_job_that_slurm_signals_is_queued_again_and_goes_on_exactly(
    job: Job, whole: Job, cluster: dict[str, str]
) -> None:
    launched = Launched(job, cluster, *LONG)
    launched.until(lambda: launched.steps() > 100)
    launched.ask("scancel", "--signal=USR1", launched.number)
    assert launched.end() == 0, launched.said
    assert launched.restarts() == 1
    assert "is to be queued again, and to go on with this run" in launched.said
    assert launched.said.count("going on from") == 1
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()


def test_a_signal_that_comes_before_python_listens_is_kept(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster)
    launched.until(launched.has_tasks)
    launched.ask("scancel", "--signal=USR1", launched.number)
    assert launched.end() == 0, launched.said
    assert launched.restarts() == 1, launched.said
    assert job.status()["state"] == "finished"


def test_ctrl_c_reaches_the_tasks_and_another_job_goes_on(job: Job, whole: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster, *LONG)
    launched.until(lambda: launched.steps() > 100)
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 130, launched.said
    assert launched.said.count("to go on from it: the same command with `--resume`") == 1
    assert job.status()["state"] == "interrupted"
    again = Launched(job, cluster, *LONG, "--resume")
    assert again.end() == 0, again.said
    assert job.weights() == whole.weights()


def test_a_job_that_is_cancelled_leaves_with_a_checkpoint(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, {**cluster, "SLOW_END": "3"}, *LONG)
    launched.until(lambda: launched.steps() > 20)
    launched.ask("scancel", launched.number)
    assert launched.end() == 130, launched.said
    assert launched.said.count("to go on from it") == 1
    assert "recvValue failed" not in launched.said
    assert f"job {launched.number}: CANCELLED" in launched.said
    assert job.status()["state"] == "interrupted"
    assert (job.run / "checkpoints/last.ckpt").exists()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_time_limit_stops_and_queues_again_until_it_is_done(job: Job, cluster: dict[str, str]) -> None:
    """SLURM counts in minutes: the signal comes some 50 seconds before the end of one."""
    slow = ("trainer.args.num_epochs=4", "--time", "1", "--signal-before", "50")
    launched = Launched(job, {**cluster, "SLOW": "1.2"}, *slow)
    assert launched.end(240) == 0, launched.said
    assert launched.restarts() >= 1, launched.said
    assert job.status()["state"] == "finished"


def test_ctrl_c_waits_for_the_first_process_to_close(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, {**cluster, "SLOW_END": "6"}, *LONG)
    launched.until(lambda: launched.steps() > 20)
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 130, launched.said
    assert launched.said.count("to go on from it") == 1
    assert job.status()["state"] == "interrupted"


def test_a_preempted_job_comes_back(job: Job, whole: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster, *LONG, "--partition", "spare")
    launched.until(lambda: launched.steps() > 100)
    urgent = ["sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null"]
    subprocess.run(urgent, input="#!/bin/sh\nsleep 1\n", env={**ENV, **cluster}, text=True, check=True)
    assert launched.end() == 0, launched.said
    assert launched.restarts() == 1
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()


def test_a_job_that_waits_is_cancelled_by_the_first_ctrl_c(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster, "--sbatch", "--begin=now+1hour")
    launched.until(lambda: "PENDING (BeginTime)" in launched.said)
    launched.process.send_signal(signal.SIGUSR1)
    launched.until(lambda: "has no tasks yet" in launched.said)
    launched.process.send_signal(signal.SIGINT)
    assert launched.end() == 130, launched.said
    assert f"job {launched.number}: CANCELLED" in launched.said


def test_two_trainings_of_one_script_each_find_their_own_run(job: Job, cluster: dict[str, str]) -> None:
    lines = ["#!/bin/sh"]
    for seed in (1, 2):
        words = f"environment.seed={seed} trainer.args.devices=1 ~trainer.args.ddp_timeout"
        lines += [f"SLOW={(seed - 1) / 10} {' '.join(VIBENCH)} {words} >> out.txt 2>&1 || exit 1"]
    environment = {**ENV, **cluster}
    command = ["sbatch", "--parsable", "--ntasks=1", "--requeue"]
    done = subprocess.run(
        command, input="\n".join(lines), cwd=job.folder, env=environment, text=True, check=True, capture_output=True
    )
    number, second = done.stdout.strip(), job.folder / "results/run/run_001/checkpoints/last.ckpt"
    deadline = time.monotonic() + 60
    while not second.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    subprocess.run(["scontrol", "requeue", number], env=environment, check=True)
    while not (job.folder / "results/run/run_001/results.json").exists() and time.monotonic() < deadline + 60:
        time.sleep(0.1)
    said = (job.folder / "out.txt").read_text()
    assert (job.folder / "results/run/run_001/results.json").exists(), said
    assert sorted(path.name for path in (job.folder / "results/run").iterdir()) == ["run_000", "run_001"]
    assert "run_000 is finished already" in said


def test_what_slurm_refuses_is_said(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster, "--partition", "none")
    assert launched.end() == 1
    assert "invalid partition specified: none" in launched.said


def test_detached_it_is_submitted_and_left_alone(job: Job, cluster: dict[str, str]) -> None:
    launched = Launched(job, cluster, "--detach")
    assert launched.end(20) == 0
    launched.until(lambda: launched.state() == "COMPLETED")
    assert job.status()["state"] == "finished"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ntasks=2", "--ntasks-per-node=2"), ""),
        (("--ntasks=3",), "3 processes were started, and the config asks for 2"),
    ],
)
def test_srun_by_hand(job: Job, cluster: dict[str, str], options: tuple[str, ...], said: str) -> None:
    environment = {**ENV, **cluster}
    done = subprocess.run(
        ["srun", "--overcommit", *options, *VIBENCH],
        cwd=job.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert (done.returncode == 0) == (not said), done.stderr
    assert done.stderr.count(said or "run folder:") == 1, done.stderr


def test_in_a_shell_of_salloc_launch_starts_the_tasks(job: Job, cluster: dict[str, str]) -> None:
    command = ["salloc", "--nodes=1", "--ntasks=1", "--overcommit", *VIBENCH[:3], "launch", "c.yaml"]
    done = subprocess.run(command, cwd=job.folder, env={**ENV, **cluster}, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("test_count  9") == 1
    assert job.status()["job"].startswith("slurm ")
    assert "MEMBER: 2/2" in done.stderr


def test_in_an_allocation_launch_starts_the_tasks(job: Job, cluster: dict[str, str]) -> None:
    script = f"#!/bin/sh\n{' '.join(VIBENCH).replace('train', 'launch')} > out.txt 2>&1\n"
    options = ["--nodes=1", "--ntasks-per-node=2", "--wait"]
    environment = {**ENV, **cluster}
    subprocess.run(["sbatch", *options], input=script, cwd=job.folder, env=environment, text=True, check=True)
    assert (job.folder / "out.txt").read_text().count("test_count  9") == 1


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_thirty_times_queued_again_with_fast_steps(tmp_path: Path, cluster: dict[str, str]) -> None:
    """At any moment: while Python starts, between steps, in a validation. It never hangs, and ends as if alone."""
    words = ("trainer.args.num_epochs=1500", "trainer.args.check_val_every_n_epoch=10", "trainer.args.ddp_timeout=60")
    job, chance = Job(tmp_path / "job"), random.Random(1)
    launched = Launched(job, cluster, *words)
    for time_of_it in range(30):
        before, fast = launched.steps(), chance.random() < 0.8
        launched.until(lambda before=before, fast=fast: launched.steps() > before or not fast)
        launched.until(launched.has_tasks)
        time.sleep(chance.random() / 2)
        launched.ask("scancel", "--signal=USR1", launched.number)
        launched.until(lambda number=time_of_it: launched.restarts() > number, 90)
    assert launched.end(600) == 0, launched.said
    assert launched.restarts() == 30
    whole = Job(tmp_path / "whole")
    assert whole.train(VIBENCH, *words).returncode == 0
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()
