"""A run: its folder, its iterations, its results; new, or gone on with."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vibench.config.load import Config, accepted, load, missing_for_training, placed
from vibench.config.process import PREFIX_OF_TRAINER
from vibench.diagnostics import ConfigError
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.schemas.world import is_first
from vibench.trainer_factory.custom import own_args
from vibench.trainer_factory.factory import export_variables
from vibench.trainer_factory.registry import find_trainer, import_modules, importable_here
from vibench.training.checkpoints import Point
from vibench.training.directory import iteration_dir, new_run_dir
from vibench.training.imported import check_parts
from vibench.training.processes import unsupported
from vibench.training.requeue import after, hold
from vibench.training.results import IterationResult, RunResult, read_iteration, write_results
from vibench.training.resume import Origin, Wish, find, start_of
from vibench.training.status import reporting, running
from vibench.training.team import Stopped, Team, team_of

if TYPE_CHECKING:
    from vibench.training.built import Built
    from vibench.training.tuning import Tuned


class Job(NamedTuple):
    """What the iterations of a run have in common."""

    config: Config
    folder: Path
    origin: Origin
    wish: Wish
    tuned: list[Tuned]
    team: Team


def train(
    config: Config | str | os.PathLike[str],
    overrides: tuple[str, ...] = (),
    *,
    resume: bool = False,
    resume_from: str | os.PathLike[str] = "",
    allow_changes: bool = False,
    trust_checkpoint: bool = False,
) -> RunResult:
    """Train, test and write the run that a config describes; repeated for `environment.iterations`.

    `resume`: go on with the newest unfinished run. `resume_from`: go on with a run's folder, or start from a
    checkpoint. `allow_changes`: go on although the config means another result than the run began with.
    `trust_checkpoint`: load checkpoints with `weights_only=False`, which can run code.

    Raises ConfigError if the config is wrong, before anything heavy is imported, or if what is resumed does not fit;
    TrainingFailed with an explanation if training raises; Interrupted on Ctrl-C or SIGTERM, and on SIGUSR1 in a job of
    SLURM, which is then queued again. Outside the main thread signals are left to the caller.
    """
    hold()
    config = prepare(config, overrides)
    wish = Wish(resume, os.fspath(resume_from), allow_changes, trust_checkpoint)
    with team_of(config) as team:
        team.again = partial(
            train,
            config,
            resume=resume,
            resume_from=resume_from,
            allow_changes=allow_changes,
            trust_checkpoint=trust_checkpoint,
        )
        origin, folder = team.agree(lambda: _place(config, wish))
        team.run_dir = folder
        try:
            with running(folder) if team.first else reporting(folder, team):
                return _run(config, wish, origin, folder, team)
        except Stopped as stop:
            if stop.by:  # the others wait for the first: one that ends would end all before it is done
                team.agree(partial(after, stop.by, say))
                team.part()
            raise


def _place(config: Config, wish: Wish) -> tuple[Origin, Path]:
    """What is gone on with, and the folder of the run."""
    origin = find(config, wish)
    _note_a_new_start(config, origin)
    folder = origin.run_dir or new_run_dir(config.experiment.environment.output_dir, config.name)
    say(f"run folder: {folder}")
    return origin, folder


def _run(config: Config, wish: Wish, origin: Origin, folder: Path, team: Team) -> RunResult:
    tuned = team.agree(lambda: _prepared(config, origin, folder))
    result = RunResult(folder, tuple(_iterations(Job(config, folder, origin, wish, tuned, team))))
    team.agree(lambda: write_results(result))
    return result


def _prepared(config: Config, origin: Origin, folder: Path) -> list[Tuned]:
    """What a tuner found; it and all else that the run begins with is written down."""
    from vibench.training.record import write_record

    tuned = _tuned(config, origin, folder)
    write_record(config, folder, tuned)
    return tuned


def _iterations(job: Job) -> list[IterationResult]:
    environment = job.config.experiment.environment
    results = []
    for iteration in range(environment.iterations):
        if environment.iterations > 1:
            say(f"iteration {iteration + 1} of {environment.iterations}, seed {environment.seed + iteration}")
        results.append(_iteration(job, iteration))
    return results


def _iteration(job: Job, iteration: int) -> IterationResult:
    """One iteration, or what came of it when the run was not finished earlier."""
    from vibench.training.fit import Start, run_iteration

    below = iteration_dir(job.folder, iteration, job.config.experiment.environment.iterations)
    known, point = job.team.agree(lambda: _begun(job, below))
    if known is not None:
        return known
    start = Start(point, bool(job.origin.run_dir), job.wish.trust)
    return run_iteration(job.config, below, iteration, start, job.tuned, job.team)


def _begun(job: Job, below: Path) -> tuple[IterationResult | None, Point | None]:
    """What came of an iteration that was finished earlier, or the checkpoint that it starts from."""
    known = read_iteration(below) if job.origin.run_dir else None
    if known is not None:
        say(f"{below} is finished already")
        return known, None
    point, said = start_of(job.config, job.origin, below, job.wish)
    for text in said:
        say(f"note: {text}")
    return None, point


def _note_a_new_start(config: Config, origin: Origin) -> None:
    if config.experiment.trainer.args.auto_resume and origin == Origin():
        say("note: no unfinished run is there to go on with (`auto_resume`): a new one begins")


def _tuned(config: Config, origin: Origin, folder: Path) -> list[Tuned]:
    """The values that a tuner found: now, or when the run that goes on was begun."""
    args = config.experiment.trainer.args
    if not args.auto_lr_find and not args.auto_scale_batch_size:
        return []
    from vibench.training.record import tuned_before
    from vibench.training.tuning import tune

    known = tuned_before(origin.run_dir) if origin.run_dir else []
    if known:
        return known
    from vibench.training.quiet import quiet

    with quiet():
        found = tune(config, folder)
    for one in found:
        say(f"tuned: {one.path} = {one.value}")
    return found


def prepare(config: Config | str | os.PathLike[str], overrides: tuple[str, ...] = ()) -> Config:
    """A config that can be trained: validated, complete, its modules imported, its variables exported."""
    if not isinstance(config, Config):
        config = accepted(load(os.fspath(config), overrides), beside=("untrained-strategy",))  # an error below
    elif overrides:
        raise TypeError("overrides go with a file, not with a config that is loaded already")
    missing = missing_for_training(config) or unsupported(config)
    if missing:
        raise ConfigError(tuple(missing))
    for name in export_variables(config.experiment):
        say(f"note: environment.{name}: the shell has set {name} already, and wins")
    for name in [name for name in os.environ if name.startswith(PREFIX_OF_TRAINER)]:
        del os.environ[name]  # reported while loading; a custom trainer's own `pl.Trainer()` would read it
    _import_lightning()
    if config.experiment.trainer.name == DEFAULT_TRAINER:
        _expect_devices(config)
    importable_here(Path(config.source.name).parent)
    try:
        import_modules(config.experiment.imports)
        if config.experiment.trainer.name != DEFAULT_TRAINER:
            own_args(find_trainer(config.experiment.trainer.name), config)
        check_parts(config)
    except ConfigError as error:
        raise placed(error, config) from error.__cause__
    return config


def _import_lightning() -> None:
    """Import it with the garbage collector off, which would walk the same million objects time and again.

    What lives now (modules, classes) lives as long as the process: later collections leave it out, too.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        import pytorch_lightning  # noqa: F401
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def _expect_devices(config: Config) -> None:
    """Raise ConfigError where this machine lacks what the config asks for."""
    from vibench.training.machine import devices_here, lacking

    found = lacking(config, devices_here())
    if found:
        raise ConfigError(tuple(found))


def dry_run(config: Config | str | os.PathLike[str], overrides: tuple[str, ...] = ()) -> Built:
    """Everything up to a built Trainer, model and data, in a folder that is thrown away; nothing is trained."""
    from tempfile import TemporaryDirectory

    config = prepare(config, overrides)
    from vibench.training.built import describe
    from vibench.training.fit import build

    with TemporaryDirectory() as folder:
        data, task, trainer, _ = build(config, Path(folder), 0)
        return describe(data, task, trainer)


def say(text: str) -> None:
    """A line for the person who watches; the first process of a job speaks for all."""
    if is_first(os.environ):
        print(text, file=sys.stderr, flush=True)
