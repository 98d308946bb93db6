"""`WandbLogger`: a run at Weights & Biases that never asks, never waits long, and always ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lightning_fabric.loggers.logger import rank_zero_experiment
from pytorch_lightning import loggers
from pytorch_lightning.utilities import rank_zero_only, rank_zero_warn

from vibench.config.logins import WANDB
from vibench.diagnostics import ConfigError, diagnostic
from vibench.trainer_factory.loggers.runs import TrackedRun, answers, ending, in_worker, new_id, seen_from_here


class WandbLogger(loggers.WandbLogger, TrackedRun):
    """Lightning's logger, with what it leaves open decided.

    `mode`: as written, else `WANDB_MODE`, else W&B's own settings files. Online without a login raises ConfigError
    where `wandb.init` would ask. A server that does not answer within `init_timeout` seconds makes the run an offline
    one, with a warning. Nothing is printed; `place` says where the run is.
    """

    service = "wandb"

    def __init__(
        self, *, id: str | None = None, mode: str | None = None, init_timeout: float = 20.0, **kwargs: Any  # noqa: A002
    ) -> None:  # fmt: skip
        super().__init__(id=id or new_id(), **kwargs)
        self._mode = mode
        self._init_timeout = init_timeout

    def __getstate__(self) -> dict[str, Any]:
        """For a process that the strategy starts; it begins the run itself."""
        return {**self.__dict__, "_experiment": None}

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The run of W&B; begun when it is first asked for."""
        import wandb

        if self._experiment is None:
            self.begin_alone()
            if wandb.run is None:  # else it is the caller's own, and is used
                self._begin()
                self.owned = True
            self.place = _place(super().experiment)
        return super().experiment

    def _begin(self) -> None:
        import wandb

        mode = WANDB.mode(self._mode, os.environ)
        wandb.setup(wandb.Settings(silent=True, mode=mode))
        if mode == "online" and not wandb.login(prompt=False, verify=False):
            raise ConfigError((diagnostic("no-login", "environment.wandb", WANDB.missing, hint=WANDB.ways_out),))
        host = WANDB.host(os.environ)
        if mode == "online" and not answers(host, self._init_timeout):
            mode = self._offline_instead(f"{host} does not answer")
        try:
            self._init(mode)
        except wandb.errors.CommError as error:
            if mode != "online":
                raise
            wandb.teardown()  # the failed run would keep its id taken
            self._init(self._offline_instead(str(error).partition("\n")[0]))

    def _init(self, mode: str) -> None:
        import wandb

        settings = wandb.Settings(silent=True, init_timeout=self._init_timeout)
        folder = Path(self._wandb_init["dir"]).resolve()  # W&B writes from another process, in a directory of its own
        folder.mkdir(parents=True, exist_ok=True)  # it would turn to another folder
        self._wandb_init |= {"dir": str(folder), "mode": mode, "settings": settings}
        _ = super().experiment

    def _offline_instead(self, reason: str) -> str:
        rank_zero_warn(f"W&B: {reason}; this run is kept offline, `wandb sync` sends it later")
        return "offline"

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Send checkpoints; a failed run ends here, and so does one whose process does."""
        super().finalize(status)
        if status != "success" or in_worker():
            self.finish(failed=status != "success")

    @rank_zero_only
    def finish(self, *, failed: bool = False) -> None:
        """End the run with an exit code."""
        if self._experiment is None:
            return
        if not self.owned:
            self._experiment = None
            return
        self._experiment.finish(exit_code=ending(failed=failed).exit_code)
        self._experiment = None
        if in_worker():
            import wandb

            wandb.teardown()  # W&B's own process may still be writing; a worker ends without the handlers that wait

    @property
    def run_id(self) -> str | None:
        """The run's id."""
        return self.version


def _place(run: Any) -> str:
    """A run's address, or how to send what is kept here."""
    if run.disabled:
        return ""
    if run.offline:
        folder = seen_from_here(Path(run.dir).parent)
        return f"kept offline; `wandb sync {folder}` sends it"
    return str(run.url)
