"""The process environment: each variable, all together, with a config; and the same answer as Lightning's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from vibench.config.load import load
from vibench.config.process import BEGINNINGS, world_here
from vibench.diagnostics import ConfigError, Diagnostic
from vibench.schemas.process import ProcessVariables, named, world_of
from vibench.schemas.process_settings import ProcessSettings

TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "x", "RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
    "GROUP_RANK": "0", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500",
}  # fmt: skip
SLURM = {
    "SLURM_NTASKS": "2", "SLURM_PROCID": "1", "SLURM_LOCALID": "1", "SLURM_NODEID": "0", "SLURM_NNODES": "1",
    "SLURM_NTASKS_PER_NODE": "2", "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "n0",
}  # fmt: skip


def findings(here: Path, environ: dict[str, str], args: str = "", environment: str = "") -> tuple[Diagnostic, ...]:
    Path("c.yaml").write_text(f"environment: {{{environment}}}\ntrainer: {{args: {{{args}}}}}\n")
    return load("c.yaml", [], environ).report.diagnostics


def codes(*rest: object) -> list[tuple[str, str]]:
    return [(found.code, found.path) for found in findings(*rest)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("RANK", ["0", "7"], ["-1", "x", "1.0", "", "1 0"]),
        ("LOCAL_RANK", ["0"], ["abc", "-2"]),
        ("WORLD_SIZE", ["1"], ["0", "two"]),
        ("MASTER_PORT", ["1", "65535"], ["0", "65536", "http"]),
        ("MASTER_ADDR", ["node-1", "10.0.0.1", "::1", "fe80::1%eth0"], ["", "http://a", "a:29500", "a b", "[::1]"]),
        ("CUDA_VISIBLE_DEVICES", ["", "0,1", "-1", "GPU-8f3a,GPU-11", "MIG-1"], ["a,b", "0;1"]),
        ("GLOO_SOCKET_IFNAME", ["eth0", "lo"], ["", "eth 0"]),
        ("WANDB_MODE", ["offline", "dryrun", ""], ["off"]),
        ("SWANLAB_MODE", ["cloud", ""], ["wolke"]),
        ("PL_GLOBAL_SEED", ["0", "4294967295"], ["-1", "4294967296"]),
        ("TORCHELASTIC_RESTART_COUNT", ["0"], ["-1"]),
        ("SLURM_NNODES", ["1"], ["0"]),
    ],
)
def test_each_variable_is_typed_and_ranged(here: Path, name: str, right: list[str], wrong: list[str]) -> None:
    for value in right:
        assert not [found for found in findings(here, {name: value}) if found.code == "bad-variable"], value
        assert getattr(ProcessVariables.model_validate(named({name: value})), name.lower()) is not None
    for value in wrong:
        (found,) = [one for one in findings(here, {name: value}) if one.code == "bad-variable"]
        assert found.path == f"env.{name}"
        assert found.span is not None
        assert found.span.as_json() == {"variable": name}
        assert "expected" in found.message


@pytest.mark.parametrize(
    ("change", "args", "expected"),
    [
        ({}, "", []),
        ({}, "devices: 2", []),
        ({"RANK": "2"}, "", [("variable-conflict", "env.RANK")]),
        ({"LOCAL_RANK": "2"}, "", [("variable-conflict", "env.LOCAL_RANK")]),
        ({"LOCAL_WORLD_SIZE": "3"}, "devices: 2", [("variable-conflict", "env.LOCAL_WORLD_SIZE")]),
        ({"GROUP_RANK": "1"}, "", [("variable-conflict", "env.GROUP_RANK")]),
        ({"NODE_RANK": "2"}, "num_nodes: 1", [("variable-conflict", "env.NODE_RANK")]),
        ({}, "devices: 1", [("variable-conflict", "env.WORLD_SIZE")]),
        ({}, "devices: 4", [("variable-conflict", "env.WORLD_SIZE")]),
        ({"MASTER_ADDR": "n0"}, "num_nodes: 2", [("nodes-differ", "trainer.args.num_nodes")]),
        ({"MASTER_ADDR": "n0", "WORLD_SIZE": "4"}, "num_nodes: 2, devices: auto", []),
        ({"WORLD_SIZE": "4"}, "num_nodes: 2", [("loopback-address", "env.MASTER_ADDR")]),
        ({"MASTER_ADDR": "127.0.1.1", "WORLD_SIZE": "4"}, "num_nodes: 2", [("loopback-address", "env.MASTER_ADDR")]),
    ],
)
def test_the_variables_of_torchrun_fit_together_and_to_the_config(
    here: Path, change: dict[str, str], args: str, expected: list[tuple[str, str]]
) -> None:
    assert codes(here, {**TORCHRUN, **change}, args) == expected


@pytest.mark.parametrize("name", [name for name in TORCHRUN if name not in ("TORCHELASTIC_RUN_ID", "GROUP_RANK")])
def test_a_half_set_torchrun_says_what_is_missing(here: Path, name: str) -> None:
    environ = {key: value for key, value in TORCHRUN.items() if key != name}
    assert codes(here, environ) == [("missing-variable", f"env.{name}")]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"WORLD_SIZE": "2"}, ["env.MASTER_ADDR", "env.MASTER_PORT"]),
        ({"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "n0", "MASTER_PORT": "1"}, ["env.LOCAL_RANK"]),
        ({"WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "n0", "MASTER_PORT": "1"}, []),  # Lightning's own
        ({"WORLD_SIZE": "1"}, []),
        ({key: value for key, value in SLURM.items() if key != "SLURM_LOCALID"}, ["env.SLURM_LOCALID"]),
    ],
)
def test_what_must_be_there_depends_on_who_launched(here: Path, environ: dict[str, str], expected: list[str]) -> None:
    assert codes(here, environ, "devices: 2") == [("missing-variable", path) for path in expected]


def test_slurm_and_the_config(here: Path) -> None:
    assert codes(here, SLURM) == []
    assert codes(here, SLURM, "devices: 1") == [("variable-conflict", "env.SLURM_NTASKS")]
    assert codes(here, {**SLURM, "SLURM_PROCID": "2"}) == [("variable-conflict", "env.SLURM_PROCID")]


def test_mpi_wants_the_package_through_which_lightning_asks_it(here: Path) -> None:
    environ = {"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_LOCAL_SIZE": "2"}
    assert codes(here, environ) == [("variable-conflict", "env.OMPI_COMM_WORLD_SIZE")]
    assert world_of(ProcessVariables.model_validate(named(environ)))[:3] == ("mpi", 1, 2)


@pytest.mark.parametrize(
    ("visible", "gpus", "wrong"),
    [
        ("0,1", "[0, 1, 2, 3]", True),
        ("4,5,6,7", "[0, 1, 2, 3]", False),
        ("0,1", "'0,2'", True),
        ("0,1", "3", True),
        ("0,1", "2", False),
        ("0,-1,2", "2", True),
        ("", "1", True),
        ("", "0", False),
        ("GPU-1,GPU-2", "[1]", False),
    ],
)
def test_gpus_are_counted_among_the_visible(here: Path, visible: str, gpus: str, wrong: bool) -> None:
    found = codes(here, {"CUDA_VISIBLE_DEVICES": visible}, f"gpus: {gpus}")
    assert found == ([("not-visible", "trainer.args.gpus")] if wrong else [])


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("PL_TRAINER_MAX_EPOCHS", "num_epochs"),
        ("PL_TRAINR_DEVICES", "devices"),
        ("PL_MAX_STEPS", "max_steps"),
        ("PL_TRAINER_NOTHING_LIKE_IT", ""),
    ],
)
def test_variables_of_lightnings_trainer_are_reported(here: Path, name: str, key: str) -> None:
    (found,) = findings(here, {name: "3"})
    assert (found.code, found.severity, found.path) == ("trainer-variable", "warning", f"env.{name}")
    assert f"trainer.args.{key}" in found.hint if key else "config" in found.hint


def test_keys_of_the_config_are_checked_as_the_shells(here: Path) -> None:
    (found,) = findings(here, {}, "", "MASTER_PORT: 70000")
    assert (found.code, found.path) == ("bad-variable", "environment.MASTER_PORT")
    assert found.span is not None
    assert found.span.source.name == "c.yaml"
    assert codes(here, {"MASTER_PORT": "1"}, "", "MASTER_PORT: 70000") == []  # the shell wins


def test_secrets_are_never_printed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "s3cret" * 7)
    monkeypatch.setenv("SWANLAB_API_KEY", "s3cret" * 7)
    known = ProcessSettings()
    assert "s3cret" not in repr(known) + str(known) + known.model_dump_json()
    assert not findings(here, dict(os.environ))


@pytest.mark.parametrize(
    "environ",
    [
        {},
        TORCHRUN,
        SLURM,
        {**SLURM, **TORCHRUN},
        {**SLURM, "SLURM_JOB_NAME": "interactive"},
        {**SLURM, "SLURM_JOB_NAME": "bash"},
        {"LOCAL_RANK": "1", "WORLD_SIZE": "2", "NODE_RANK": "0"},
        {"RANK": "0", "WORLD_SIZE": "1"},
        {"LOCAL_RANK": "0", "NODE_RANK": "1"},
    ],
)
def test_the_same_answer_as_lightning(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from lightning_fabric.plugins.environments import LightningEnvironment, SLURMEnvironment, TorchElasticEnvironment

    for name in list(os.environ):
        if name.startswith(BEGINNINGS):
            monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    kinds = {"torchrun": TorchElasticEnvironment, "slurm": SLURMEnvironment}
    theirs = next((name for name, kind in kinds.items() if kind.detect()), "")
    world = world_here()
    if theirs:
        chosen = kinds[theirs]()
        assert (world.launcher, world.rank, world.size) == (theirs, chosen.global_rank(), chosen.world_size())
        assert (world.local_rank, world.node) == (chosen.local_rank(), chosen.node_rank())
    else:
        own = LightningEnvironment()
        assert world.launcher == ("lightning" if own.creates_processes_externally else "none")
        assert (world.local_rank, world.node) == (own.local_rank(), own.node_rank())


def test_from_python_a_malformed_variable_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "abc")
    with pytest.raises(ConfigError, match="LOCAL_RANK"):
        world_here()
    with pytest.raises(ValidationError):
        ProcessSettings()


def test_plain_validate_builds_no_model_where_no_variable_is_set(here: Path) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 1}}\n")
    code = (
        "import sys\nfrom vibench import validate\nassert validate('c.yaml').valid\n"
        "print('vibench.schemas.process' in sys.modules, 'pydantic_settings' in sys.modules)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith(BEGINNINGS)}
    for more, answer in (({}, "False False"), ({"RANK": "0"}, "True False")):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**environ, **more})
        assert done.stdout.strip() == answer, done.stderr


def test_every_variable_is_found_by_how_its_name_begins() -> None:
    assert all(name.upper().startswith(BEGINNINGS) for name in ProcessVariables.model_fields)


def test_under_a_launcher_devices_that_are_not_written_are_its_processes(here: Path) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 1}}\n")
    command = [sys.executable, "-m", "vibench", "plan", "c.yaml", "--format", "json"]
    for environ, devices in (({}, "auto"), (TORCHRUN, 2)):
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ})
        assert json.loads(done.stdout)["trainer"]["devices"] == devices, done.stderr
