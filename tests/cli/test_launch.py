"""`vibench launch`: which command it becomes; the jobs of a cluster are in `tests/training/test_slurm.py`."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.config.load import load_config
from vibench.training.launch.script import Request, script_of
from vibench.training.launch.ways import gpus_of

CONFIG = """\
environment: {name: run}
data: {name: simulated_bearing}
model: {name: wdcnn}
task: {name: classification}
trainer: {args: {num_epochs: 1, accelerator: cpu}}
"""
GPUS = "trainer.args.accelerator=gpu"
TORCHRUN = f"{sys.executable} -m torch.distributed.run"
TRAIN = "-m vibench train c.yaml"


@pytest.fixture
def folder(here: Path) -> Path:
    (here / "c.yaml").write_text(CONFIG)
    return here


def launch(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vibench", "launch", "c.yaml", *words]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1", **environment}
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), f"{sys.executable} {TRAIN}"),
        (("--resume",), f"{sys.executable} {TRAIN} --resume"),
        (("trainer.args.devices=2",), f"{TORCHRUN} --standalone --nproc-per-node=2 {TRAIN} trainer.args.devices=2"),
        (("--max-restarts=3",), f"{TORCHRUN} --standalone --nproc-per-node=1 --max-restarts=3 {TRAIN}"),
        (
            ("trainer.args.num_nodes=2", "--rdzv-endpoint=a:1", "--rdzv-id=j"),
            f"{TORCHRUN} --nnodes=2 --nproc-per-node=1 --rdzv-backend=c10d --rdzv-endpoint=a:1 --rdzv-id=j {TRAIN} "
            "trainer.args.num_nodes=2",
        ),
    ],
)
def test_the_command_for_this_node(words: tuple[str, ...], line: str) -> None:
    done = launch(*words, "--print")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{line}\n"


@pytest.mark.usefixtures("folder")
def test_torchrun_is_left_all_cores() -> None:
    cores = str(max((os.cpu_count() or 1) // 2, 1))
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, "-m", "vibench", "launch", "c.yaml", "trainer.args.devices=2", "--print"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith(f"OMP_NUM_THREADS={cores} ")


@pytest.mark.usefixtures("folder")
def test_an_allocation_of_slurm_is_used() -> None:
    allocated = {
        "SLURM_JOB_ID": "7", "SLURM_JOB_NAME": "interactive", "SLURM_NTASKS": "3", "SLURM_GPUS_ON_NODE": "2",
        "SLURM_CPUS_PER_TASK": "5",
    }  # fmt: skip
    done = launch("--print", "trainer.args.num_nodes=2", **allocated)
    line = (
        "SLURM_JOB_NAME=vibench srun --nodes=2 --ntasks=4 --ntasks-per-node=2 --cpus-per-task=5 --kill-on-bad-exit=1 "
    )
    assert done.stdout.startswith(line)
    refused = launch("--print", "--max-restarts=2", **allocated)
    assert refused.returncode == 2
    assert "options of torchrun have no effect here" in refused.stderr


@pytest.mark.usefixtures("folder")
def test_several_nodes_are_told_what_to_run_and_nothing_starts() -> None:
    done = launch("trainer.args.num_nodes=2")
    assert done.returncode == 2
    assert "--rdzv-endpoint=FIRST_NODE:29400 --rdzv-id=run" in done.stdout
    assert "2 nodes: run this line on each of them" in done.stderr


@pytest.mark.usefixtures("folder")
def test_one_of_several_processes_launches_nothing() -> None:
    variables = {
        "TORCHELASTIC_RUN_ID": "x", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1",
    }  # fmt: skip
    done = launch("--print", **variables)
    assert done.returncode == 2
    assert "this is one of 2 processes that torchrun has started" in done.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--partition", "main"), "options of SLURM go with `--slurm`"),
        (("--slurm", "--max-restarts", "1"), "options of torchrun have no effect here"),
        (("--rdzv-id", "job"), "`--rdzv-id` are for several nodes"),
        (("--slurm", "--sbatch", "--array=0-3"), "an array is several jobs"),
        (("--slurm", GPUS, "trainer.args.devices=-1"), "say how many with `--gres=gpu:N`"),
    ],
)
def test_options_that_cannot_be_meant(words: tuple[str, ...], said: str) -> None:
    done = launch(*words)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.usefixtures("folder")
def test_without_slurm_it_says_so() -> None:
    done = launch("--slurm", PATH="/nowhere")
    assert done.returncode == 1
    assert done.stderr.endswith("vibench: sbatch is not here: is this a machine of a SLURM cluster?\n")


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_made() -> None:
    Path("file").touch()
    done = launch("--slurm", "--output", "file/x.out")
    assert done.returncode == 1
    assert done.stderr.endswith("vibench: [Errno 20] Not a directory: 'file'\n") or "File exists" in done.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("word", "code"), [("~data", "missing-section"), ("trainer.args.strategy=deepspeed", "untrained-strategy")]
)
def test_what_train_would_refuse_does_not_wait_in_a_queue(word: str, code: str) -> None:
    done = launch("--slurm", word, GPUS, "trainer.args.devices=2")
    assert done.returncode == 1
    assert f"error[{code}]" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_script_alone_needs_its_folder() -> None:
    done = launch("--slurm", "--print")
    assert done.returncode == 0
    assert "note: results/run must exist" in done.stderr


@pytest.mark.usefixtures("folder")
def test_a_wrong_config_submits_nothing() -> None:
    done = launch("--slurm", "trainer.args.num_epoch=3")
    assert done.returncode == 1
    assert "unknown-key" in done.stderr


def directives(*overrides: str, request: Request) -> list[str]:
    script = script_of(load_config("c.yaml", overrides), ["c.yaml", *overrides], request)
    return [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH")]


@pytest.mark.usefixtures("folder")
def test_the_script_asks_for_what_the_config_and_the_options_say() -> None:
    request = Request("gpus", "1-00:00:00", "mine", cpus_per_task=4, more=("--mem=32G",))
    assert directives(GPUS, "trainer.args.devices=2", "trainer.args.num_nodes=3", request=request) == [
        "--job-name=run",
        "--nodes=3",
        "--ntasks-per-node=2",
        "--cpus-per-task=4",
        "--gres=gpu:2",
        "--partition=gpus",
        "--time=1-00:00:00",
        "--account=mine",
        "--output=results/run/slurm-%j.out",
        "--open-mode=append",
        "--signal=SIGUSR1@90",
        "--requeue",
        "--mem=32G",
    ]


@pytest.mark.usefixtures("folder")
def test_odd_characters_reach_sbatch_as_they_are() -> None:
    found = directives("environment.name=50%x of it's", request=Request(more=("--comment=two words", "--exclusive")))
    assert shlex.split(found[0]) == ["--job-name=50%x of it's"]
    assert ["--output=results/50%%x of it's/slurm-%j.out"] in [shlex.split(line) for line in found]
    assert found[-2:] == ["--comment='two words'", "--exclusive"]


@pytest.mark.usefixtures("folder")
def test_a_task_for_each_gpu_that_is_asked_for() -> None:
    found = directives(GPUS, request=Request(gres="gpu:a100:4", signal_before=0))
    assert "--ntasks-per-node=4" in found
    assert not any(line.startswith("--signal") for line in found)


@pytest.mark.usefixtures("folder")
def test_the_words_of_the_script_are_those_of_the_command() -> None:
    words = ["c.yaml", "environment.notes=two words; $HOME"]
    line = script_of(load_config("c.yaml"), words, Request()).splitlines()[-1]
    assert shlex.split(line)[-2:] == words


@pytest.mark.parametrize(
    ("gres", "count"), [("gpu:4", 4), ("gpu", 1), ("gpu:a100:2", 2), ("shard:3,gpu:v100:8", 8), ("gpu:a100", 1)]
)
def test_gpus_of_gres(gres: str, count: int) -> None:
    assert gpus_of(gres) == count
