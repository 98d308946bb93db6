"""Which run is gone on with, and from which checkpoint.

A run that is not finished goes on in its own folder. A finished one, or a checkpoint file, is what a new run starts
from.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vibench.config.load import Config, place
from vibench.diagnostics import ConfigError, Diagnostic, diagnostic
from vibench.training.changes import changes
from vibench.training.checkpoints import (
    BrokenCheckpoint,
    Point,
    examine,
    forget_later,
    newest_good,
    remove_parts,
)
from vibench.training.directory import runs_of
from vibench.training.restarts import is_restarted, this_job
from vibench.training.status import is_finished, is_running, job_of

_KEY = "trainer.args.resume_from_checkpoint"


class Wish(NamedTuple):
    """What the command line asks for.

    `newest`: the newest unfinished run, which must exist. `source`: a run's folder or a checkpoint.
    `allow_changes`: go on although the config means another result. `trust`: load checkpoints that run code.
    """

    newest: bool = False
    source: str = ""
    allow_changes: bool = False
    trust: bool = False


class Origin(NamedTuple):
    """Where a training goes on: in a run's own folder (`run_dir`), or from a checkpoint in a new run."""

    run_dir: Path | None = None
    checkpoint: Path | None = None


def find(config: Config, wish: Wish) -> Origin:
    """What a training of `config` goes on with; empty for a new run. A job that is started again goes on with its own.

    Raises ConfigError if what was asked for does not exist, is in use, or was run with settings that mean another
    result.
    """
    origin = _wished(config, wish)
    home = origin.run_dir or (_run_of(origin.checkpoint) if origin.checkpoint else None)
    if home is not None and not wish.allow_changes:
        found = changes(config, home)
        if found:
            raise ConfigError(tuple(found))
    return origin


def _wished(config: Config, wish: Wish) -> Origin:
    own = _run_of_job(config) if is_restarted() else None
    if own is not None:
        return Origin(own)
    written = config.experiment.trainer.args.resume_from_checkpoint
    if wish.source:
        return _from(Path(wish.source), wish)
    if wish.newest or config.experiment.trainer.args.auto_resume:
        unfinished = newest_unfinished(config)
        if unfinished is not None:
            return Origin(unfinished)
        if wish.newest:
            raise ConfigError((_none(config),))
    return Origin(checkpoint=Path(written)) if written else Origin()


def _from(source: Path, wish: Wish) -> Origin:
    if not source.exists():
        message = f"there is no run and no checkpoint at {source}"
        raise ConfigError((diagnostic("missing-checkpoint", "", message),))
    if not source.is_dir() or not (source / "run.yaml").exists():
        return Origin(checkpoint=source)
    if not is_finished(source):
        return Origin(source)
    point, said = newest_good(source / "checkpoints", trust=wish.trust)
    if point is None:
        message = "; ".join((f"{source} is finished and has no checkpoint to start from", *said))
        raise ConfigError((diagnostic("no-checkpoint", "", message),))
    return Origin(checkpoint=point.path)


def newest_unfinished(config: Config) -> Path | None:
    """The newest run of this name that neither has its results nor is at work."""
    runs = runs_of(config.experiment.environment.output_dir, config.name)
    return next((run for run in reversed(runs) if not is_finished(run) and not is_running(run)), None)


def _run_of_job(config: Config) -> Path | None:
    """The newest run of this name that this very job has begun; finished, it has nothing left to do."""
    runs, job = runs_of(config.experiment.environment.output_dir, config.name), this_job()
    return next((run for run in reversed(runs) if job and job == job_of(run)), None)


def _none(config: Config) -> Diagnostic:
    folder = Path(config.experiment.environment.output_dir) / config.name
    message = f"`--resume` goes on with the newest unfinished run, and {folder} has none"
    return diagnostic("no-checkpoint", "", message, hint="without `--resume` a new run begins")


def _run_of(checkpoint: Path) -> Path | None:
    """The run that a checkpoint was written by, where it still lies in its folder."""
    return next((folder for folder in checkpoint.absolute().parents[:3] if (folder / "run.yaml").exists()), None)


def start_of(config: Config, origin: Origin, folder: Path, wish: Wish) -> tuple[Point | None, list[str]]:
    """The checkpoint that an iteration in `folder` starts from, and what is to be said about it.

    Raises ConfigError if a named checkpoint cannot be loaded.
    """
    if origin.checkpoint is not None:
        return _named(config, origin.checkpoint, wish), []
    if origin.run_dir is None:
        return None, []
    remove_parts(folder)
    point, said = newest_good(folder / "checkpoints", trust=wish.trust)
    if point is None and said:
        message = f"no checkpoint of {folder} can be gone on with: {'; '.join(said)}"
        raise ConfigError((diagnostic("no-checkpoint", "", message, hint="without resuming a new run begins"),))
    if point is None:
        return None, ["there is no checkpoint yet: this run begins anew, in its own folder"]
    said.append(f"going on from {point.path}, epoch {point.epoch}, step {point.step}")
    if point.kept is None:
        said.append("it was written while validation ended: what follows may differ from a run that was never stopped")
    said += [f"removed {path}: it was written later, and is made again" for path in forget_later(point)]
    return point, said


def _named(config: Config, path: Path, wish: Wish) -> Point:
    try:
        return examine(path, trust=wish.trust)
    except BrokenCheckpoint as error:
        message = f"{path} cannot be resumed: {error}"
        raise ConfigError((diagnostic("no-checkpoint", _KEY, message, span=place(config.tree, _KEY)[1]),)) from error
