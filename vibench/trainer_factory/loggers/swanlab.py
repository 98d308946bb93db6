"""`SwanLabLogger`: a run at SwanLab.

SwanLab's own Lightning logger is a class of the package `lightning`: Lightning's Trainer of `pytorch_lightning` does
not know it as a logger, and it leaves a finished training's run open. This one stands on `swanlab.init` alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from lightning_fabric.loggers.logger import rank_zero_experiment
from lightning_fabric.utilities.logger import (
    _add_prefix,
    _convert_json_serializable,
    _convert_params,
    _sanitize_callable_params,
)
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only, rank_zero_warn

from vibench.config.logins import SWANLAB
from vibench.trainer_factory.loggers.runs import TrackedRun, answers, ending, in_worker, new_id, seen_from_here

LONGEST = 1024  # characters that SwanLab takes as a description


class SwanLabLogger(Logger, TrackedRun):
    """Metrics, hyper-parameters and checkpoints' versions for SwanLab.

    `save_dir`: the folder that `swanlog` is made in. `mode`: as written, else `SWANLAB_MODE`, else SwanLab's own
    settings files. A server that does not answer within `init_timeout` seconds makes the run an offline one, with a
    warning. Other arguments are those of `swanlab.init`.
    """

    service = "swanlab"

    def __init__(
        self,
        *,
        save_dir: str,
        id: str | None = None,  # noqa: A002
        resume: str | bool | None = None,
        mode: str | None = None,
        prefix: str = "",
        init_timeout: float = 20.0,
        **init: Any,
    ) -> None:
        if find_spec("swanlab") is None:
            raise ModuleNotFoundError("pip install swanlab")
        super().__init__()
        self._save_dir = save_dir
        self._mode = mode
        self._prefix = prefix
        self._init_timeout = init_timeout
        anew = resume in ("never", False)  # SwanLab takes no id then
        self._id = id if id or anew else new_id()
        if init.get("description"):
            init["description"] = init["description"][:LONGEST]
        self._init = {**init, "id": self._id, "resume": "allow" if resume is None else resume}
        self._experiment: Any = None

    def __getstate__(self) -> dict[str, Any]:
        """For a process that the strategy starts; it begins the run itself."""
        return {**self.__dict__, "_experiment": None}

    @property
    @rank_zero_experiment
    def experiment(self) -> Any:
        """The run of SwanLab; begun when it is first asked for."""
        import swanlab

        if self._experiment is None:
            self.begin_alone()
            self.owned = not swanlab.has_run()  # else it is the caller's own, and is used
            self._experiment = self._begin() if self.owned else swanlab.get_run()
            self.place = _place(self._experiment)
        return self._experiment

    def _begin(self) -> Any:
        from swanlab.exceptions import ApiError, AuthenticationError

        mode = SWANLAB.mode(self._mode, os.environ)
        host = SWANLAB.host(os.environ)
        if mode == "online" and not answers(host, self._init_timeout):
            mode = self._offline_instead(f"{host} does not answer")
        try:
            return self._begun(mode)
        except (ApiError, AuthenticationError, OSError) as error:  # what it says of a server in trouble, too
            if mode != "online":
                raise
            return self._begun(self._offline_instead(str(error)))

    def _begun(self, mode: str) -> Any:
        import swanlab

        # It would never ask. What is printed it does not keep: it would take hold of the stream that `_hushed` lends.
        settings = swanlab.Settings(interactive=False, terminal=swanlab.Settings.Terminal(proxy_type="none"))
        folder = str(Path(self._save_dir).resolve() / "swanlog")
        with _hushed(), _signals_kept():
            return swanlab.init(mode=mode, log_dir=folder, settings=settings, **self._init)

    def _offline_instead(self, reason: str) -> str:
        rank_zero_warn(f"SwanLab: {reason}; this run is kept offline, `swanlab sync` sends it later")
        return "offline"

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Add to the run's config."""
        values = _convert_json_serializable(_sanitize_callable_params(_convert_params(params)))
        self.experiment.config.update(values)

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log the metrics of a step."""
        self.experiment.log(dict(_add_prefix(metrics, self._prefix, "-")), step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """A failed run ends here, and so does one whose process does."""
        if status != "success" or in_worker():
            self.finish(failed=status != "success")

    @rank_zero_only
    def finish(self, *, failed: bool = False) -> None:
        """End the run with its state, and the error of a failed one."""
        run, self._experiment = self._experiment, None
        if run is not None and self.owned and run.alive:
            end = ending(failed=failed)
            with _hushed():
                run.finish(state=end.state, error=end.error)

    @property
    def run_id(self) -> str | None:
        """The run's id."""
        return self._experiment.id if self._experiment is not None else self._id

    @property
    def save_dir(self) -> str:
        """The folder that `swanlog` is in."""
        return self._save_dir

    @property
    def name(self) -> str:
        """The service's name: Lightning builds names of folders from it."""
        return self.service

    @property
    def version(self) -> str | None:
        """The run's id."""
        return self.run_id


def _place(run: Any) -> str:
    """A run's address, or how to send or show what is kept here."""
    if run.mode == "disabled":
        return ""
    if run.mode == "online":
        return str(run.url)
    if run.mode == "offline":
        return f"kept offline; `swanlab sync {seen_from_here(run.dir)}` sends it"
    return f"kept here; `swanlab watch {seen_from_here(run.dir.parent)}` shows it"


@contextmanager
def _hushed() -> Iterator[None]:
    """SwanLab greets and takes leave on standard output; of that, only warnings and errors are passed on."""
    said = StringIO()
    try:
        with redirect_stdout(said):
            yield
    finally:
        if any(word in said.getvalue() for word in ("| WARNING", "| ERROR")):
            sys.stderr.write(said.getvalue())


@contextmanager
def _signals_kept() -> Iterator[None]:
    """SwanLab would end its run amid a step on Ctrl-C; Lightning, which stops between steps, ends it by `finalize`."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)
