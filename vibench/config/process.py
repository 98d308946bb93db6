"""What is wrong with the process environment: by itself, and together with a config.

A look at the names of the variables decides whether there is anything to check; where there is nothing, no model is
built and none imported.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vibench.config.suggest import known_keys, similar
from vibench.config.wording import expected_of, got
from vibench.diagnostics import ConfigError, Diagnostic, Source, Span, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules import Finding
from vibench.schemas.trainer import TrainerArgs
from vibench.schemas.world import ALONE, World

if TYPE_CHECKING:
    from vibench.schemas.process import ProcessVariables

Environ = Mapping[str, str]
ARGS = "trainer.args"


class Variables(Mapping[str, str]):
    """The variables of a process as they are when asked for; only their names are read once.

    `os.environ` decodes every name each time that it is gone through, and a file is loaded in the time of ten such.
    """

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._names = tuple(environ)

    def __getitem__(self, name: str) -> str:
        return self._environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


# How the variables begin that are read; PL_ also for those that Lightning alone would read.
BEGINNINGS = (
    "RANK", "LOCAL_RANK", "LOCAL_WORLD_", "WORLD_", "GROUP_RANK", "NODE_RANK", "MASTER_", "TORCHELASTIC_", "SLURM_",
    "OMPI_COMM_", "CUDA_VISIBLE_", "NCCL_", "GLOO_", "WANDB_", "SWANLAB_", "PL_",
)  # fmt: skip
_LIGHTNINGS = ("PL_GLOBAL_SEED", "PL_SEED_WORKERS", "PL_FAULT_TOLERANT_TRAINING", "PL_INTER_BATCH_PARALLELISM")
_TRAINER = "PL_TRAINER"
PREFIX_OF_TRAINER = f"{_TRAINER}_"


class Seen(NamedTuple):
    """The variables of the shell and those that the config exports, and which of them are well-formed."""

    environ: Environ
    exported: frozenset[str]
    known: ProcessVariables
    world: World


@lru_cache(8)
def _any_read(names: tuple[str, ...]) -> bool:
    """Whether any of these variables is read; the names are the same for each file of a folder."""
    return any(name.startswith(BEGINNINGS) for name in names)


def process_findings(experiment: Experiment, environ: Environ) -> Iterator[Finding | Diagnostic]:
    """Everything wrong with the variables of a process that is to run `experiment`."""
    variables = experiment.environment.variables
    if not _any_read((*variables, *environ)):
        return
    own = {name: _text(value) for name, value in variables.items()}
    merged = {**own, **environ}
    exported = frozenset(name for name in own if name not in environ)
    yield from _trainers(merged, exported)
    seen = yield from _read(merged, exported)
    for check in CHECKS:
        yield from check(seen, experiment)


def world_in(environ: Environ) -> World:
    """How a process stands among those of its job, as far as its variables are well-formed."""
    if not _any_read(tuple(environ)):
        return ALONE
    reading = _read(environ, frozenset())
    while True:
        try:
            next(reading)
        except StopIteration as end:
            seen: Seen = end.value
            return seen.world


def world_here() -> World:
    """How this process stands among those of its job.

    Raises ConfigError if a variable that says so is malformed.
    """
    if not _any_read(tuple(os.environ)):
        return ALONE
    from pydantic import ValidationError

    from vibench.schemas.process import world_of
    from vibench.schemas.process_settings import ProcessSettings

    try:
        return world_of(ProcessSettings())
    except ValidationError as error:
        found = _read(os.environ, frozenset())
        raise ConfigError(tuple(one for one in found if isinstance(one, Diagnostic))) from error


def trainer_variables(environ: Environ) -> list[str]:
    """Names that Lightning would fill arguments of the Trainer from, and near misses of them."""
    found = []
    for name in sorted(name for name in environ if name.startswith("PL_") and name not in _LIGHTNINGS):
        near = similar("_".join(name.split("_")[:2]), [_TRAINER], 0.75)
        if near or name.removeprefix("PL_").lower() in known_keys(TrainerArgs):
            found.append(name)
    return found


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _trainers(environ: Environ, exported: frozenset[str]) -> Iterator[Finding | Diagnostic]:
    for name in trainer_variables(environ):
        written = name.rpartition("TRAINER_")[2].removeprefix("PL_").lower()
        key = similar(written, TrainerArgs.model_fields)
        hint = f"write `{ARGS}.{key}`" if key else "write the setting into the config"
        message = f"`{name}` changes no run: every argument of the Trainer comes from the config"
        yield _about(name, "trainer-variable", message, environ, exported, hint)


def _read(environ: Environ, exported: frozenset[str]) -> Generator[Finding | Diagnostic, None, Seen]:
    """Findings about malformed variables; returns what the others hold."""
    from pydantic import ValidationError

    from vibench.schemas.process import ProcessVariables, named, world_of

    values = named(environ)
    try:
        known = ProcessVariables.model_validate(values)
    except ValidationError as error:
        for field in dict.fromkeys(str(item["loc"][0]) for item in error.errors(include_url=False)):
            message = f"expected {expected_of(ProcessVariables.model_fields[field])}, got {got(values.pop(field))}"
            yield _about(field.upper(), "bad-variable", message, environ, exported)
        known = ProcessVariables.model_validate(values)
    return Seen(environ, exported, known, world_of(known))


def _about(
    name: str, code: str, message: str, environ: Environ, exported: frozenset[str], hint: str = ""
) -> Finding | Diagnostic:
    """A finding about a variable: of the shell, or of the config's own."""
    if name in exported:
        return Finding(code, f"environment.{name}", message, hint)
    span = Span(Source(name, environ.get(name, ""), "variable"))
    return diagnostic(code, f"env.{name}", message, hint=hint, span=span)


# ---- checks of the variables with each other and with the config

_LACKS = {
    "torchrun": ("rank", "local_rank", "world_size", "local_world_size", "master_addr", "master_port"),
    "slurm": ("slurm_procid", "slurm_localid", "slurm_nodeid", "slurm_job_nodelist"),
}
_STARTERS = {"torchrun": "torchrun", "slurm": "SLURM", "mpi": "MPI"}
_STARTED_BY = {
    "torchrun": "`TORCHELASTIC_RUN_ID` says that torchrun started this process",
    "slurm": "`SLURM_NTASKS` says that SLURM started this process",
}


def _complete(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """A launcher sets all of its variables."""
    known, launcher = seen.known, seen.world.launcher
    why, wanted = _STARTED_BY.get(launcher, ""), _LACKS.get(launcher, ())
    if launcher in ("none", "lightning") and (known.world_size or 1) > 1:
        why, wanted = f"`WORLD_SIZE` is {known.world_size}", ("master_addr", "master_port")
        if known.rank is not None:
            wanted += ("local_rank",)
    for field in wanted:
        if field.upper() not in seen.environ:
            message = f"{why}, and `{field.upper()}` is not set"
            hint = _how_to_start(launcher)
            yield _about(field.upper(), "missing-variable", message, seen.environ, seen.exported, hint)


def _how_to_start(launcher: str) -> str:
    if launcher == "slurm":
        return "start the tasks with srun"
    return "start the processes with torchrun, which sets all of them"


def _in_range(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """Ranks are below the numbers that they are of."""
    below = (
        ("rank", "world_size"), ("local_rank", "local_world_size"), ("slurm_procid", "slurm_ntasks"),
        ("slurm_localid", "slurm_ntasks_per_node"), ("slurm_nodeid", "slurm_nnodes"),
    )  # fmt: skip
    for field, limit in below:
        value, bound = getattr(seen.known, field), getattr(seen.known, limit)
        if value is not None and bound is not None and value >= bound:
            message = f"expected less than `{limit.upper()}` ({bound}), got {value}"
            yield _about(field.upper(), "variable-conflict", message, seen.environ, seen.exported)
    local, size = seen.known.local_world_size, seen.known.world_size
    if local is not None and size is not None and local > size:
        message = f"expected at most `WORLD_SIZE` ({size}), got {local}"
        yield _about("LOCAL_WORLD_SIZE", "variable-conflict", message, seen.environ, seen.exported)


def _nodes(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """The number of a node is below `num_nodes`, and several nodes find each other by an address of the first."""
    nodes, known = experiment.trainer.args.num_nodes, seen.known
    for field in ("node_rank", "group_rank"):
        value = getattr(known, field)
        if value is not None and value >= nodes:
            message = f"expected less than `{ARGS}.num_nodes` ({nodes}), got {value}"
            yield _about(field.upper(), "variable-conflict", message, seen.environ, seen.exported)
    if nodes > 1 and known.master_addr is not None and _is_loopback(known.master_addr):
        message = f"{nodes} nodes cannot find each other at `{known.master_addr}`, which every node calls itself"
        hint = "set it to the first node's name or address"
        yield _about("MASTER_ADDR", "loopback-address", message, seen.environ, seen.exported, hint)


def _is_loopback(address: str) -> bool:
    return address.lower() in ("localhost", "::1", "0.0.0.0") or address.startswith("127.")


def _size(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """The launcher has started as many processes as the config asks for."""
    args, world = experiment.trainer.args, seen.world
    name = {"slurm": "SLURM_NTASKS", "mpi": "OMPI_COMM_WORLD_SIZE"}.get(world.launcher, "WORLD_SIZE")
    each = resolve.each_node(args, world.local_size)
    if each is None or _other_nodes(seen, args) or name not in seen.environ or each * args.num_nodes == world.size:
        return
    if world.launcher == "none" and world.size == 1:
        return  # a shell that has WORLD_SIZE=1 or a half-set one, which `_complete` speaks of
    asked = f"`num_nodes` ({args.num_nodes}) × `devices` ({each})"
    message = f"{world.size} processes were started, and the config asks for {each * args.num_nodes}: {asked}"
    hint = f"start {each * args.num_nodes}, or leave `devices` out, which means all of a node's"
    yield _about(name, "variable-conflict", message, seen.environ, seen.exported, hint)


def _other_nodes(seen: Seen, args: TrainerArgs) -> int:
    """The nodes that a launcher has, where the config asks for another number of them; else 0."""
    _, _, size, _, each, _ = world = seen.world
    if world.launcher in ("none", "lightning") or not each or size % each:
        return 0
    return size // each if size // each != args.num_nodes else 0


def _launched_nodes(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """The launcher has as many nodes as the config."""
    args, launcher = experiment.trainer.args, seen.world.launcher
    nodes = _other_nodes(seen, args)
    if nodes:
        message = f"`num_nodes` is {args.num_nodes}, and {_STARTERS[launcher]} has started processes on {nodes}"
        hint = f"write `num_nodes: {nodes}`, or have it start them on {args.num_nodes}"
        yield Finding("nodes-differ", f"{ARGS}.num_nodes", message, hint)


def _gpus(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """`gpus` counts and indexes the GPUs that are visible."""
    args, visible = experiment.trainer.args, seen.known.cuda_visible_devices
    if visible is None or resolve.accelerator(args) not in ("gpu", "cuda"):
        return
    count = _visible(visible)
    wanted = resolve.devices(args)
    beyond = isinstance(wanted, list) and any(index >= count for index in wanted)
    if beyond or (isinstance(wanted, int) and wanted > count):
        key = "devices" if args.gpus is None else "gpus"
        message = f"`{key}: {wanted}` asks for more than `CUDA_VISIBLE_DEVICES={visible}` shows: {count} GPUs"
        hint = f"indices count the visible ones, from 0 to {count - 1}" if beyond and count else ""
        yield Finding("not-visible", f"{ARGS}.{key}", message, hint)


def _visible(value: str) -> int:
    """CUDA reads the list up to the first entry that is none."""
    count = 0
    for entry in value.split(","):
        if not entry.strip() or entry.strip().startswith("-") or entry.strip() == "NoDevFiles":
            break
        count += 1
    return count


def _mpi(seen: Seen, experiment: Experiment) -> Iterator[Finding | Diagnostic]:
    """Lightning asks MPI through mpi4py; without it every process would train by itself."""
    from importlib.util import find_spec

    if seen.world.launcher == "mpi" and find_spec("mpi4py") is None:
        message = f"MPI started {seen.world.size} processes, and the package `mpi4py` is not installed here"
        hint = "pip install mpi4py, or start the processes with torchrun"
        yield _about("OMPI_COMM_WORLD_SIZE", "variable-conflict", message, seen.environ, seen.exported, hint)


CHECKS = (_complete, _in_range, _nodes, _launched_nodes, _size, _gpus, _mpi)
