"""What the machine at hand has, and whether a config can run on it. torch is imported to ask for its devices."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vibench.config.load import Config, Loaded, located
from vibench.config.process import world_in
from vibench.diagnostics import Diagnostic, Report, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules import Finding
from vibench.schemas.rules.strategies import NEED_CUDA
from vibench.training.record import PACKAGES, version_of
from vibench.version import __version__

GIB = 2**30
ARGS = "trainer.args"


class Device(NamedTuple):
    """A device that torch can train on beside the CPU; memory in GiB, 0 where torch does not say."""

    kind: str
    name: str
    memory: float = 0.0
    free: float = 0.0


@dataclass(frozen=True)
class Machine:
    """What was found: versions, devices, cores this process may use, memory in GiB, who started the process."""

    python: str
    system: str
    packages: dict[str, str]
    devices: tuple[Device, ...]
    cores: int
    memory: float
    launcher: str


def this_machine(environ: Mapping[str, str] | None = None) -> Machine:
    """Ask the machine."""
    found = {name: version_of(name) for name in PACKAGES}
    return Machine(
        python=f"{platform.python_version()} ({sys.executable})",
        system=platform.platform(),
        packages={"vibench": __version__, **{name: version for name, version in found.items() if version}},
        devices=devices_here(),
        cores=cores(),
        memory=_memory(),
        launcher=launcher(os.environ if environ is None else environ),
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def devices_here() -> tuple[Device, ...]:
    """The devices that torch sees."""
    return tuple(_devices())


def _devices() -> Iterator[Device]:
    import torch

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            free, total = torch.cuda.mem_get_info(index)
            yield Device("cuda", torch.cuda.get_device_name(index), total / GIB, free / GIB)
    if torch.backends.mps.is_available():
        yield Device("mps", platform.processor() or "Apple GPU")


def _memory() -> float:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    except (AttributeError, ValueError, OSError):  # a system without these names
        return 0.0


def launcher(environ: Mapping[str, str]) -> str:
    """Who started this process: the answer that training goes by."""
    world = world_in(environ)
    return f"{LAUNCHERS[world.launcher]}" + (f" (rank {world.rank} of {world.size})" if world.size > 1 else "")


LAUNCHERS = {
    "none": "nobody: one process",
    "torchrun": "torchrun",
    "slurm": "srun",
    "mpi": "MPI",
    "lightning": "Lightning, or by hand in its way (LOCAL_RANK is set)",
}


class Disk(NamedTuple):
    """The place of the results: free space in GiB, and why nothing can be written there, if so."""

    path: str
    free: float
    problem: str


def disk(output_dir: str) -> Disk:
    """The file system that results would be written to."""
    place = Path(output_dir)
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    problem = ""
    if not existing.is_dir():
        problem = f"{existing} is no folder"
    elif not os.access(existing, os.W_OK | os.X_OK):
        problem = f"{existing} cannot be written to"
    return Disk(output_dir, shutil.disk_usage(existing).free / GIB, problem)


_RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "SLURM_PROCID")


def port_problem(environ: Mapping[str, str]) -> str:
    """Why the first process could not listen on MASTER_PORT; nothing where it can, or where another process does."""
    import socket

    port = environ.get("MASTER_PORT", "")
    first = all(environ.get(name, "0") == "0" for name in _RANKS)
    if not port.isdigit() or not first or "TORCHELASTIC_RUN_ID" in environ:
        return ""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", int(port)))
        except (OSError, OverflowError) as error:
            return f"port {port} cannot be listened on: {error.strerror if isinstance(error, OSError) else error}"
    return ""


def with_hardware(loaded: Iterable[Loaded]) -> list[Loaded]:
    """The same configs; their reports say, too, what keeps each from running on this machine."""
    devices = devices_here()
    results = []
    for one in loaded:
        more = machine_findings(one.config, devices, os.environ) if one.config else []
        found = sorted((*one.report.diagnostics, *more), key=lambda finding: finding.sort_key)
        results.append(one._replace(report=Report(tuple(found), one.report.source)))
    return results


def machine_findings(config: Config, devices: Sequence[Device], environ: Mapping[str, str]) -> list[Diagnostic]:
    """What keeps a config from running on a machine with these devices."""
    problem = port_problem(environ)
    taken = [diagnostic("not-on-this-machine", "env.MASTER_PORT", problem, hint="choose another port")]
    return [*(taken if problem else ()), *lacking(config, devices)]


def lacking(config: Config, devices: Sequence[Device]) -> list[Diagnostic]:
    """What a config asks for and a machine with these devices does not have."""
    found = [located(one, config.tree) for one in _lacking(config.experiment, devices)]
    return sorted(found, key=lambda finding: finding.sort_key)


def _lacking(experiment: Experiment, devices: Sequence[Device]) -> Iterator[Finding]:
    yield from _devices_lacking(experiment, devices)
    yield from _strategy_lacking(experiment, devices)
    place = disk(experiment.environment.output_dir)
    if place.problem:
        message = f"results cannot be written to `{place.path}`: {place.problem}"
        yield Finding("not-on-this-machine", "environment.output_dir", message, "name another folder")


_PACKAGES = {"deepspeed": "deepspeed", "xla": "torch_xla", "single_xla": "torch_xla"}


def _strategy_lacking(experiment: Experiment, devices: Sequence[Device]) -> Iterator[Finding]:
    """A package, or GPUs, that only the strategy asks for."""
    args = experiment.trainer.args
    kind, key = resolve.strategy(args), f"{ARGS}.strategy"
    package = _PACKAGES.get(kind, "")
    if package and not version_of(package):
        message = f"the strategy `{kind}` needs the package `{package}`, which is not installed"
        yield Finding("not-on-this-machine", key, message, f"pip install {package}")
    if kind in NEED_CUDA and resolve.accelerator(args) == "auto" and not _count(devices, "cuda"):
        message = f"the strategy `{kind}` needs CUDA devices, and none is visible to torch here"
        yield Finding("not-on-this-machine", key, message, "write `strategy: auto` to take what there is")


def _count(devices: Sequence[Device], kind: str) -> int:
    """Devices of a kind; `gpu` is any GPU."""
    if kind == "tpu":
        return 1 if version_of("torch_xla") else 0
    kinds = ("cuda", "mps") if kind == "gpu" else (kind,)
    return sum(device.kind in kinds for device in devices)


def _devices_lacking(experiment: Experiment, devices: Sequence[Device]) -> Iterator[Finding]:
    """Devices that are asked for and not there."""
    args = experiment.trainer.args
    kind, asked = resolve.accelerator(args), resolve.devices(args)
    if kind in ("auto", "cpu"):
        return
    key = "gpus" if args.gpus is not None else "device" if args.device else "accelerator"
    there = _count(devices, kind)
    if not there:
        message = f"no {_called(kind)} is visible to torch here"
        yield Finding(
            "not-on-this-machine", f"{ARGS}.{key}", message, "write `accelerator: auto` to take what there is"
        )
        return
    wanted = max(asked) + 1 if isinstance(asked, list) else asked if isinstance(asked, int) else 0
    if wanted > there and kind != "tpu":
        what = f"device {wanted - 1} is asked for" if isinstance(asked, list) else f"{wanted} are asked for"
        key = "gpus" if args.gpus is not None else "devices"
        message = f"{what}, and {there} {'is' if there == 1 else 'are'} visible here"
        yield Finding("not-on-this-machine", f"{ARGS}.{key}", message, f"at most {there}, counted from 0")


def _called(kind: str) -> str:
    return {"gpu": "GPU", "cuda": "CUDA device", "mps": "MPS device", "tpu": "TPU (package torch_xla)"}[kind]
