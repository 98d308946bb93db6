"""Launchers of processes on this node, which know the rank of one that ends."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from lightning_fabric.strategies.launchers.multiprocessing import _check_missing_main_guard
from lightning_fabric.utilities.distributed import _set_num_threads_if_needed
from pytorch_lightning.strategies.launchers import _SubprocessScriptLauncher

from vibench.training.spawned import Spawned
from vibench.training.team import Team

PATIENCE = 40.0  # seconds that this process has to end by itself once another one is lost
STOPPED = 130  # exit status of a process that a user has stopped, as all are then


class Launcher(_SubprocessScriptLauncher):
    """Starts the other processes of this node, and ends all of them when one is lost.

    Lightning's own then kills its own process without a word. This one tells the team the rank and the exit status
    at once, waits for this process to fail by itself, and calls `give_up` if it does not.
    """

    def __init__(self, strategy: Any, team: Team, give_up: Callable[[], None]) -> None:
        assert strategy.cluster_environment is not None
        super().__init__(strategy.cluster_environment, strategy.num_processes, strategy.num_nodes)
        self._strategy, self._team, self._give_up = strategy, team, give_up
        self._at_work = False

    def launch(self, function: Callable[..., Any], *args: Any, trainer: pl.Trainer | None = None, **kwargs: Any) -> Any:
        """Start the processes, unless they are there already; once all are, call the function in this one."""
        self.cluster_environment.validate_settings(num_devices=self.num_processes, num_nodes=self.num_nodes)
        if not self.cluster_environment.creates_processes_externally:
            self._call_children_scripts()
            self._team.children = self.procs
            threading.Thread(target=self._watch, name="watch-processes", daemon=True).start()
        self._team.assemble()
        if os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") != "0" and not torch.distributed.is_initialized():
            self._form_group()
        _set_num_threads_if_needed(num_processes=self.num_processes)
        self._at_work = True
        try:
            return function(*args, **kwargs)
        finally:
            self._at_work = False

    def _form_group(self) -> None:
        """Form the group before Lightning would: in torchrun's store it would meet the addresses of ended processes."""
        torch.distributed.init_process_group(
            self._strategy._get_process_group_backend(),
            timeout=self._strategy._timeout,
            rank=self._team.rank,
            world_size=self._team.size,
            store=self._team.store_of_group(),
        )

    def _watch(self) -> None:
        while all(process.poll() in (None, 0) for process in self.procs):
            if all(process.returncode == 0 for process in self.procs):
                return
            time.sleep(0.2)
        rank, status = next((i + 1, p.returncode) for i, p in enumerate(self.procs) if p.returncode not in (None, 0))
        self._team.lose(rank, status)
        time.sleep(PATIENCE)
        if status == STOPPED and not self._at_work:
            return  # this process was stopped, too, and may take long to end
        for process in self.procs:
            process.kill()
        self._give_up()


class SpawningLauncher(Launcher):
    """The same with processes that Python spawns: they need no command that could be run again, as a notebook has none.

    Lightning's own spawns for each fit and each test; these are there for the whole run, as those of a command are.
    """

    def _call_children_scripts(self) -> None:
        _check_missing_main_guard()
        assert self._team.again is not None
        environment = self.cluster_environment
        os.environ.update(
            MASTER_ADDR=environment.main_address,
            MASTER_PORT=str(environment.main_port),
            NODE_RANK=str(environment.node_rank()),
            WORLD_SIZE=str(self.num_processes * self.num_nodes),
        )
        started: list[Any] = self.procs
        for local_rank in range(1, self.num_processes):
            os.environ["LOCAL_RANK"] = str(local_rank)  # inherited
            started.append(Spawned(self._team.again))
        os.environ["LOCAL_RANK"] = "0"
