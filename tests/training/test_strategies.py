"""Strategies with two processes: each trains as it says, or says why it cannot."""

from __future__ import annotations

import sys

import pytest
from jobs import INTERRUPTED, TORCHRUN, VIBENCH, Job

from vibench.config.load import load

pytestmark = pytest.mark.slow
SPAWN = "trainer.args.strategy=ddp_spawn"
BY_CLASS = "trainer.args.strategy={class_path: pytorch_lightning.strategies.DDPStrategy, init_args: {%s}}"
UNUSED = """\
import ranked
from torch import nn
class Task(ranked.Task):
    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(1, 1)
"""


def test_spawned_processes_train_the_same(whole: Job, job: Job) -> None:
    done = job.train(VIBENCH, SPAWN)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("run folder:") == 1
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()
    assert [path.name for path in (job.folder / "results/run").iterdir()] == ["run_000"]
    assert [one["metrics"]["test_count"] for one in job.results()] == [9]


def test_none_are_spawned_beside_those_of_torchrun(whole: Job, job: Job) -> None:
    done = job.train(TORCHRUN, "~trainer.args.devices", SPAWN)
    assert done.returncode == 0, done.stderr
    assert job.weights() == whole.weights()


def test_one_process_spawns_no_other(job: Job) -> None:
    done = job.train(VIBENCH, SPAWN, "trainer.args.devices=1")
    assert done.returncode == 0, done.stderr
    assert [one["epochs"] for one in job.results()] == [3]
    assert not (job.folder / "seen-1.txt").exists()


def test_what_has_no_command_spawns_as_a_notebook_does(whole: Job, job: Job) -> None:
    program = f"import vibench; vibench.train('c.yaml', ({SPAWN!r},))"
    done = job.train((sys.executable, "-W", "ignore", "-c", program))
    assert done.returncode == 0, done.stderr
    assert job.weights() == whole.weights()


def test_spawned_iterations(job: Job) -> None:
    done = job.train(VIBENCH, SPAWN, "environment.iterations=2", "trainer.args.num_epochs=1")
    assert done.returncode == 0, done.stderr
    assert [one["metrics"]["test_count"] for one in job.results()] == [9, 9]


@pytest.mark.parametrize(("rank", "signal"), [(0, "SIGTERM"), (1, "SIGTERM"), (1, "SIGKILL")])
def test_a_spawned_training_that_is_stopped_goes_on(whole: Job, job: Job, rank: int, signal: str) -> None:
    done = job.train(VIBENCH, SPAWN, KILL=f"{rank}:10", SIGNAL=signal)
    if signal == "SIGTERM":
        assert done.returncode == INTERRUPTED, done.stderr
    else:
        assert f"The process of rank {rank} was ended by {signal}" in job.status()["error"]["explanation"]
    again = job.train(VIBENCH, SPAWN, "--resume")
    assert again.returncode == 0, again.stderr
    assert job.metrics() == whole.metrics()
    assert job.weights() == whole.weights()


def test_a_task_that_fails_in_a_spawned_process_ends_all(job: Job) -> None:
    (job.folder / "failing.py").write_text(
        "import ranked\n"
        "class T(ranked.Task):\n"
        "    def validation_step(self, batch, index):\n"
        "        if self.global_rank == 1: raise ValueError('a fault of mine')\n"
    )
    done = job.train(VIBENCH, SPAWN, "task.class_path=failing.T")
    assert done.returncode == 1
    assert "rank 1: training failed: ValueError: a fault of mine" in done.stderr
    assert job.status()["state"] == "failed"


def test_parameters_without_a_gradient_are_explained(job: Job) -> None:
    (job.folder / "unused.py").write_text(UNUSED)
    done = job.train(VIBENCH, "task.class_path=unused.Task", "trainer.args.strategy=ddp")
    assert done.returncode == 1
    explanation = job.status()["error"]["explanation"]
    assert explanation.startswith("Some parameters took no part in the loss")
    assert "Write `find_unused_parameters: true`" in explanation


@pytest.mark.parametrize(
    "words",
    [
        ("trainer.args.strategy=ddp_find_unused_parameters_true",),
        ("trainer.args.find_unused_parameters=true",),
        (SPAWN, "trainer.args.find_unused_parameters=true"),
        (BY_CLASS % "find_unused_parameters: true, bucket_cap_mb: 1, timeout: 20", "~trainer.args.ddp_timeout"),
    ],
)
def test_parameters_without_a_gradient_that_are_looked_for(job: Job, words: tuple[str, ...]) -> None:
    (job.folder / "unused.py").write_text(UNUSED)
    done = job.train(VIBENCH, "task.class_path=unused.Task", "trainer.args.num_epochs=1", *words)
    assert done.returncode == 0, done.stderr
    assert "unused.weight" in job.weights()


def test_batch_norm_on_cpus_is_not_synchronised(job: Job) -> None:
    (job.folder / "normed.py").write_text(
        "import ranked\n"
        "from torch import nn\n"
        "class Task(ranked.Task):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))\n"
    )
    words = ("task.class_path=normed.Task", "data.init_args.batch_size=5", "trainer.args.sync_batchnorm=true")
    done = job.train(VIBENCH, *words)
    assert done.returncode == 0, done.stderr
    assert "warning[sync-on-cpu]" in done.stderr


def test_a_trainer_of_ones_own_that_writes_shares_is_refused(job: Job) -> None:
    (job.folder / "own.py").write_text(
        "import pytorch_lightning as pl\n"
        "from pytorch_lightning.strategies import FSDPStrategy\n"
        "from vibench.trainer_factory import register_trainer\n"
        "class Sharded(FSDPStrategy): pass\n"
        "@register_trainer('own')\n"
        "def own(args_e, args_t, args_d, path):\n"
        "    return pl.Trainer(accelerator='cpu', devices=2, strategy=Sharded(state_dict_type='sharded'),\n"
        "        default_root_dir=path)\n"
    )
    done = job.train(VIBENCH, "imports=[own]", "trainer.name=own")
    assert done.returncode == 1
    assert "error[untrained-strategy]: `Sharded` writes checkpoints in shares, of which none is whole" in done.stderr


@pytest.mark.parametrize(
    ("init_args", "said"),
    [
        ("find_unused_parameter: true", "takes no argument `find_unused_parameter`"),
        ("module: net", "takes no argument `module`"),
        ("start_method: swan", "start_method"),
    ],
)
def test_the_arguments_of_ddp_are_checked(job: Job, init_args: str, said: str) -> None:
    report = load(str(job.folder / "c.yaml"), [BY_CLASS % init_args, "~trainer.args.ddp_timeout"], {}).report
    (error,) = [one for one in report.diagnostics if one.severity == "error"]
    assert said in f"{error.path}: {error.message}"
