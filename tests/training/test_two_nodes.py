"""Two nodes on one machine: network namespaces with addresses and host names of their own. Needs root and iproute2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jobs import ENV, HERE, Job

pytestmark = [
    pytest.mark.netns,
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("ip") is None,
        reason="network namespaces need root and iproute2",
    ),
]
RUN = f"{sys.executable} -m torch.distributed.run --nnodes=2 --nproc-per-node=1"
TRAIN = "vibench train c.yaml trainer.args.num_nodes=2 trainer.args.devices=1"
LAUNCH = TRAIN.replace("vibench train", "vibench launch")
WAYS = {
    "c10d": f"exec {RUN} --rdzv-backend=c10d --rdzv-endpoint=$FIRST:29411 --rdzv-id=job -m {TRAIN}",
    "static": f"exec {RUN} --node-rank=$NODE --master-addr=$FIRST --master-port=29411 -m {TRAIN}",
    "launch": f"exec {sys.executable} -m {LAUNCH} --rdzv-endpoint=$FIRST:29411",
    "by hand": f"MASTER_ADDR=$FIRST MASTER_PORT=29411 NODE_RANK=$NODE exec {sys.executable} -m {TRAIN}",
}


def said(job: Job) -> str:
    return "\n".join((job.folder / f"node{node}.log").read_text() for node in (0, 1))


def on_two_nodes(job: Job, command: str) -> int:
    words = [str(HERE / "two_nodes.sh"), "sh", "-c", f"export GLOO_SOCKET_IFNAME=$IFACE; {command}"]
    done = subprocess.run(words, cwd=job.folder, env=ENV, timeout=150, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    return done.returncode


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "job")


@pytest.mark.parametrize("way", WAYS)
def test_two_nodes_train_one_run(job: Job, way: str) -> None:
    assert on_two_nodes(job, WAYS[way]) == 0, said(job)
    assert [path.name for path in (job.folder / "results/run").iterdir()] == ["run_000"]
    assert job.status()["state"] == "finished"
    assert job.status()["host"] == "node0"
    assert {sample for rank in (0, 1) for epoch, row, _ in job.seen(rank) if epoch == 0 for sample in row} == set(
        range(57)
    )
    assert said(job).count("test_count  9") == 1


def test_two_nodes_of_two_processes_by_hand(job: Job) -> None:
    command = WAYS["by hand"].replace("trainer.args.devices=1", "trainer.args.devices=2")
    assert on_two_nodes(job, command) == 0, said(job)
    assert all(job.seen(rank) for rank in range(4))
    assert said(job).count("run folder:") == 1


def test_nodes_that_do_not_fit_fail_with_one_message(job: Job) -> None:
    command = WAYS["static"].replace("trainer.args.num_nodes=2", "trainer.args.num_nodes=3")
    assert on_two_nodes(job, command) != 0
    assert said(job).count("error[nodes-differ]") == 1
    assert not (job.folder / "results").exists()
