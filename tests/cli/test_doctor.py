"""`vibench doctor` and `validate --hardware`: the machine at hand, and configs that ask for more."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest
import torch

from vibench.cli.main import _run
from vibench.config.load import load
from vibench.training.machine import Device, launcher, machine_findings, port_problem, this_machine

RUNS = "data: {name: simulated_bearing}\nmodel: {name: wdcnn}\ntask: {name: classification}\ntrainer: {args: {%s}}\n"


@pytest.fixture
def call(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


ONE_GPU = Device("cuda", "Some GPU", 16.0, 15.0)


def test_the_machine_at_hand() -> None:
    found = this_machine({})
    assert (
        found.packages["torch"] == torch.__version__.partition("+")[0] or found.packages["torch"] == torch.__version__
    )
    assert sum(device.kind == "cuda" for device in found.devices) == torch.cuda.device_count()
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.memory > 0.1
    assert found.launcher == "nobody: one process"


@pytest.mark.parametrize(
    ("environ", "who"),
    [
        ({"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2", "RANK": "1"}, "torchrun (rank 1 of 2)"),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "1"}, "srun"),
        ({"LOCAL_RANK": "0"}, "Lightning, or by hand in its way (LOCAL_RANK is set)"),
        ({"LOCAL_RANK": "abc"}, "nobody: one process"),
        ({}, "nobody: one process"),
    ],
)
def test_who_launched(environ: dict[str, str], who: str) -> None:
    assert launcher(environ) == who


@pytest.mark.parametrize(
    ("args", "devices", "said"),
    [
        ("gpus: 1", [], "trainer.args.gpus: no GPU is visible to torch here"),
        ("gpus: 1", [ONE_GPU], ""),
        ("gpus: -1", [ONE_GPU], ""),
        ("gpus: 0", [], ""),
        ("gpus: 2", [ONE_GPU], "trainer.args.gpus: 2 are asked for, and 1 is visible here"),
        ("gpus: [0, 3]", [ONE_GPU, ONE_GPU], "trainer.args.gpus: device 3 is asked for, and 2 are visible here"),
        ('gpus: "0,1"', [ONE_GPU], "trainer.args.gpus: device 1 is asked for, and 1 is visible here"),
        ("accelerator: gpu, devices: 2", [ONE_GPU], "trainer.args.devices: 2 are asked for, and 1 is visible here"),
        ("device: cuda", [], "trainer.args.device: no CUDA device is visible to torch here"),
        ("accelerator: mps", [ONE_GPU], "trainer.args.accelerator: no MPS device is visible to torch here"),
        ("accelerator: gpu", [Device("mps", "Apple GPU")], ""),
        ("accelerator: tpu", [], "trainer.args.accelerator: no TPU (package torch_xla) is visible to torch here"),
        ("accelerator: auto", [], ""),
        ("accelerator: cpu, devices: 64", [], ""),
        (
            "gpus: 1, strategy: deepspeed_stage_2",
            [ONE_GPU],
            "trainer.args.strategy: the strategy `deepspeed` needs the package `deepspeed`, which is not installed",
        ),
        (
            "gpus: 1, strategy: {class_path: pytorch_lightning.strategies.DeepSpeedStrategy}",
            [ONE_GPU],
            "trainer.args.strategy: the strategy `deepspeed` needs the package `deepspeed`, which is not installed",
        ),
        (
            "strategy: fsdp",
            [],
            "trainer.args.strategy: the strategy `fsdp` needs CUDA devices, and none is visible to torch here",
        ),
        ("strategy: fsdp", [ONE_GPU], ""),
    ],
)
def test_what_a_machine_lacks(here: Path, args: str, devices: list[Device], said: str) -> None:
    Path("c.yaml").write_text(RUNS % args)
    config = load("c.yaml", [], {}).config
    assert config is not None
    found = machine_findings(config, devices, {})
    assert [f"{d.path}: {d.message}" for d in found] == ([said] if said else [])
    assert all(d.code == "not-on-this-machine" and d.span for d in found)


def test_results_that_cannot_be_written(here: Path) -> None:
    Path("taken").write_text("a file")
    Path("c.yaml").write_text("environment: {output_dir: taken/results}\n")
    config = load("c.yaml", [], {}).config
    assert config is not None
    (finding,) = machine_findings(config, [], {})
    assert finding.path == "environment.output_dir"
    assert "is no folder" in finding.message


def test_a_port_that_is_taken(here: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("", 0))
        listener.listen()
        port = str(listener.getsockname()[1])
        assert f"port {port} cannot be listened on" in port_problem({"MASTER_PORT": port})
        assert port_problem({"MASTER_PORT": port, "RANK": "1"}) == "", "only the first process listens"
    assert port_problem({"MASTER_PORT": port}) == ""
    assert port_problem({}) == ""


def test_the_table(call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "very-secret")
    status, out, err = call("doctor")
    assert (status, err) == (0, "")
    table = dict(line.split("  ", 1) for line in out.splitlines())
    assert {"python", "torch", "devices", "cpu", "memory", "results", "wandb login", "launched by"} <= table.keys()
    assert table["wandb login"].strip() == "a key is found"
    assert "very-secret" not in out


def test_a_config_that_can_run(call) -> None:
    Path("c.yaml").write_text(RUNS % "num_epochs: 1, accelerator: cpu")
    status, _, err = call("doctor", "c.yaml")
    assert status == 0, err
    assert err.splitlines()[-1] == "it can run here"


@pytest.mark.skipif(torch.cuda.device_count() > 63, reason="this machine has them all")
def test_a_config_that_cannot(call) -> None:
    Path("c.yaml").write_text(RUNS % "gpus: 64")
    status, out, err = call("doctor", "c.yaml")
    assert status == 1
    assert "error[not-on-this-machine]" in err
    assert "--> c.yaml:4:18 trainer.args.gpus" in err
    assert err.splitlines()[-1] == "it cannot run here"
    status, out, _ = call("doctor", "c.yaml", "trainer.args.num_epochs=1", "--format", "json")
    document = json.loads(out)
    assert status == 1
    assert document["file"]["can_run"] is False
    assert document["file"]["diagnostics"][0]["code"] == "not-on-this-machine"
    assert document["machine"]["cores"] >= 1
    assert call("validate", "c.yaml")[0] == 0, "plain validate asks no machine"
    for words in (("validate", "c.yaml", "--hardware"), ("train", "c.yaml", "trainer.args.fast_dev_run=true")):
        status, _, err = call(*words)
        assert status == 1
        assert "not-on-this-machine" in err or "untrained-strategy" in err


def test_what_train_asks_before_it_starts_is_asked_too(call) -> None:
    Path("c.yaml").write_text((RUNS % "accelerator: cpu").replace("name: wdcnn", "class_path: no_such_module.Net"))
    status, _, err = call("doctor", "c.yaml")
    assert status == 1
    assert "no_such_module" in err


def test_a_config_that_is_wrong_and_a_file_that_is_not_there(call) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epoch: 3}}\n")
    assert call("doctor", "c.yaml")[0] == 1
    assert call("doctor", "absent.yaml")[0] == 2
