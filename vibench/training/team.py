"""The processes of a training: what the first one decides, and how the others learn of it.

A run has one folder, one start and one test, whoever started its processes: the first process decides, and leaves
what it decided in torch's store at MASTER_ADDR:MASTER_PORT, where the process group forms later. Where nobody has
started processes yet, the first one opens the store itself, and those that Lightning's launcher starts inherit its
address.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from vibench.config.load import Config
from vibench.config.process import world_here
from vibench.diagnostics import ConfigError, diagnostic
from vibench.schemas import resolve
from vibench.schemas.world import World
from vibench.training.pulse import Pulse

T = TypeVar("T")
CONNECT = 300.0  # seconds to wait for the first process of a job whose nodes start one after the other
_AS_LONG_AS_IT_TAKES = timedelta(days=365)
_FAREWELL = timedelta(seconds=60)
_PATIENCE = 10.0  # seconds for a process to end by itself
_OF_THE_LAUNCHER = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK", "LOCAL_RANK", "WORLD_SIZE")


class Stopped(KeyboardInterrupt):
    """A signal has stopped the training; `by` names it where all processes have stopped at the same point."""

    def __init__(self, by: str = "") -> None:
        super().__init__()
        self.by = by


class Dismissed(Exception):
    """The first process has ended with an error, and tells of it itself."""


class Team:
    """The processes of a training as one of them sees it; alone where there is no store."""

    def __init__(self, rank: int = 0, size: int = 1, store: Any = None, pulse: Pulse | None = None) -> None:
        self.rank = rank
        self.size = size
        self._store = store
        self._pulse = pulse
        self._agreed = self._assembled = 0
        self.run_dir = Path()
        self.children: list[subprocess.Popen[bytes]] = []  # that this process has started
        self.again: Callable[[], object] | None = None  # what a process that Python spawns has to do
        self._ended: dict[int, int] = {}
        self.gone: frozenset[int] = frozenset()
        self.has_group = False  # whether a process group is formed for the training

    @property
    def first(self) -> bool:
        """Whether this is the process that decides and writes."""
        return self.rank == 0

    def agree(self, decide: Callable[[], T]) -> T:
        """What the first process makes of it, in all processes; called by all of them, in the same order.

        Raises what `decide` raises in the first process; in the others Stopped if it was stopped, Dismissed if it
        failed or is gone.
        """
        if self.size == 1:
            return decide()
        self._agreed += 1
        key = f"agreed/{self._agreed}"
        return self._decided(key, decide) if self.first else self._learnt(key)

    def assemble(self) -> None:
        """Wait for all processes, so that the group that they form need not: its timeout is for what comes later.

        Raises RuntimeError if one has ended, or does not come within `CONNECT` seconds.
        """
        self._assembled += 1
        self._store.set(f"here/{self._assembled}/{self.rank}", b"")
        missing, deadline = set(range(self.size)), time.monotonic() + CONNECT
        while missing and not self._ended and time.monotonic() < deadline:
            missing = {rank for rank in missing if not self._store.check([f"here/{self._assembled}/{rank}"])}
            time.sleep(0.05)
        if missing:
            raise RuntimeError(f"timed out waiting for rank {', '.join(map(str, sorted(missing)))} to begin")

    def store_of_group(self) -> Any:
        """A part of the store that a process group can be formed by, which no earlier start of the job has used."""
        from torch.distributed import PrefixStore  # type: ignore[attr-defined]

        return PrefixStore("group", self._store)

    def part(self) -> None:
        """End together: the first process, which may hold the store, goes last; so does the process group."""
        if self.size > 1:
            self._say_farewell()
        if self.has_group:
            import torch.distributed as group

            if group.is_initialized():
                group.destroy_process_group()

    def _say_farewell(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        with suppress(RuntimeError):  # of the store: a farewell that fails is no news, what came before it is
            self._store.set(f"left/{self.rank}", b"")
            if self.first:
                self._store.wait([f"left/{rank}" for rank in range(self.size)], _FAREWELL)

    def leave_none(self) -> None:
        """Wait for the processes that this one has started; one that does not end is ended. So does the pulse."""
        if self._pulse is not None:
            self._pulse.stop()
        deadline = time.monotonic() + _PATIENCE
        for child in self.children:
            try:
                child.wait(max(deadline - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                child.kill()

    def lose(self, rank: int, status: int) -> None:
        """Note that a process of this node has ended, and how."""
        self._ended[rank] = status

    def missed(self) -> str:
        """Which processes have ended or stopped to answer, in a sentence; `gone` has their ranks."""
        silent = self._pulse.silent() if self._pulse is not None else set()
        self.gone = frozenset(silent | set(self._ended))
        if not self.gone:
            return self._behind()
        return " ".join(self._how(rank) for rank in sorted(self.gone))

    def follow(self, told: Callable[[], str]) -> None:
        """Let the others know how far this process has come."""
        if self._pulse is not None:
            self._pulse.told = told

    def _behind(self) -> str:
        behind = self._pulse.behind() if self._pulse is not None else {}
        if not behind:
            return "Every process still answers, and all have come to one point: it takes longer than the limit."
        which = " ".join(f"Rank {rank} is behind: the last that it began is {words}." for rank, words in behind.items())
        return f"Every process still answers. {which}"

    def _how(self, rank: int) -> str:
        status = self._ended.get(rank)
        if status is None:
            return f"The process of rank {rank} has ended, or does not answer."
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return f"The process of rank {rank} {how}."

    def _decided(self, key: str, decide: Callable[[], T]) -> T:
        try:
            value = decide()
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt)
            end = ("stopped", getattr(error, "by", "")) if stopped else ("failed", None)
            self._store.set(key, pickle.dumps(end))
            raise
        self._store.set(key, pickle.dumps(("decided", value)))
        return value

    def _learnt(self, key: str) -> Any:
        from torch.distributed import DistError

        try:
            state, value = pickle.loads(self._store.get(key))
        except DistError as error:
            raise Dismissed from error
        if state == "stopped":
            raise Stopped(value)
        if state == "failed":
            raise Dismissed
        return value


@contextmanager
def team_of(config: Config) -> Iterator[Team]:
    """The processes that are to train a config, while the block trains.

    Raises ConfigError if the first process cannot be reached, or its port is taken.
    """
    world = world_here()
    each = processes_here(config, world)
    size = each * config.experiment.trainer.args.num_nodes
    before = {name: os.environ.get(name) for name in _OF_THE_LAUNCHER}
    try:
        team = _joined(config, world, each, size) if size > 1 else Team()
        try:
            yield team
            team.part()
        finally:
            team.leave_none()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def processes_here(config: Config, world: World) -> int:
    """Processes on this node: as written or launched, else one for each GPU, as Lightning has it."""
    args = config.experiment.trainer.args
    each = resolve.each_node(args, world.local_size)
    if each is not None:
        return each
    import torch

    return max(torch.cuda.device_count(), 1) if resolve.accelerator(args) in ("auto", "gpu", "cuda") else 1


def _joined(config: Config, world: World, each: int, size: int) -> Team:
    from torch.distributed import DistError, PrefixStore, TCPStore  # type: ignore[attr-defined]

    rank = world.node * each + world.local_rank if world.launcher in ("none", "lightning") else world.rank
    host, port = _meeting_point(world)
    hosts = rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    limit = timedelta(seconds=config.experiment.trainer.args.ddp_timeout or CONNECT)
    try:
        store = TCPStore(host, port, is_master=hosts, wait_for_workers=False, multi_tenant=True, timeout=limit)
        second = TCPStore(host, store.port, is_master=False, wait_for_workers=False, timeout=limit)
    except (DistError, OSError) as error:
        raise _unreachable(host, port, limit, hosts=hosts) from error
    store.set_timeout(_AS_LONG_AS_IT_TAKES)
    os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"] = host, str(store.port)
    ours = f"vibench/{os.environ.get('TORCHELASTIC_RESTART_COUNT', '0')}"
    pulse = Pulse(PrefixStore(ours, second), rank, size)
    return Team(rank, size, PrefixStore(ours, store), pulse)


def _meeting_point(world: World) -> tuple[str, int]:
    """Where the first process listens, as Lightning has it; port 0 is any that is free."""
    if world.launcher in ("slurm", "mpi"):
        from lightning_fabric.plugins.environments.mpi import MPIEnvironment
        from lightning_fabric.plugins.environments.slurm import SLURMEnvironment

        environment = SLURMEnvironment() if world.launcher == "slurm" else MPIEnvironment()
        return environment.main_address, environment.main_port
    return os.environ.get("MASTER_ADDR", "127.0.0.1"), int(os.environ.get("MASTER_PORT", "0"))


def _unreachable(host: str, port: int, limit: timedelta, *, hosts: bool) -> ConfigError:
    if hosts:
        message = f"port {port} of {socket.gethostname()} cannot be listened on: another process has it"
        hint = "set MASTER_PORT to a free one, or end the process that is left of an earlier training"
        return ConfigError((diagnostic("port-in-use", "env.MASTER_PORT", message, hint=hint),))
    message = f"the first process does not answer at {host}:{port} within {limit.total_seconds():g} s"
    hint = "look at whether it runs, and whether MASTER_ADDR is its address as seen from here"
    return ConfigError((diagnostic("unreachable", "env.MASTER_ADDR", message, hint=hint),))
