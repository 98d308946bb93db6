"""A run: its folder, its iterations, its results; new, or gone on with."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vibench.config.load import Config, load_config, missing_for_training, place, placed
from vibench.diagnostics import ConfigError, Diagnostic, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.trainer_factory.custom import own_args
from vibench.trainer_factory.factory import export_variables
from vibench.trainer_factory.registry import find_trainer, import_modules, importable_here
from vibench.training.directory import iteration_dir, new_run_dir
from vibench.training.imported import check_parts
from vibench.training.results import IterationResult, RunResult, read_iteration, write_results
from vibench.training.resume import Origin, Wish, find, start_of
from vibench.training.status import running

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
    TrainingFailed with an explanation if training raises; Interrupted on Ctrl-C or SIGTERM.
    """
    config = prepare(config, overrides)
    wish = Wish(resume, os.fspath(resume_from), allow_changes, trust_checkpoint)
    origin = find(config, wish)
    _note_a_new_start(config, origin)
    folder = origin.run_dir or new_run_dir(config.experiment.environment.output_dir, config.name)
    say(f"run folder: {folder}")
    with running(folder):
        from vibench.training.record import write_record

        tuned = _tuned(config, origin, folder)
        write_record(config, folder, tuned)
        results = _iterations(Job(config, folder, origin, wish, tuned))
        result = RunResult(folder, tuple(results))
        write_results(result)
    return result


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
    known = read_iteration(below) if job.origin.run_dir else None
    if known is not None:
        say(f"{below} is finished already")
        return known
    point, said = start_of(job.config, job.origin, below, job.wish)
    for text in said:
        say(f"note: {text}")
    one = run_iteration(job.config, below, iteration, Start(point, bool(job.origin.run_dir), job.wish.trust), job.tuned)
    for note in one.notes:
        say(f"note: {note}")
    return one


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
        config = load_config(os.fspath(config), overrides)
    elif overrides:
        raise TypeError("overrides go with a file, not with a config that is loaded already")
    missing = missing_for_training(config) or _several_processes(config)
    if missing:
        raise ConfigError(tuple(missing))
    for name in export_variables(config.experiment):
        say(f"note: environment.{name}: the shell has set {name} already, and wins")
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


def _several_processes(config: Config) -> list[Diagnostic]:
    """One process is what `train` can start so far; more is refused and not half done."""
    args = config.experiment.trainer.args
    wanted = resolve.processes(args)
    launched = next((name for name in ("WORLD_SIZE", "SLURM_NTASKS") if os.environ.get(name, "1") != "1"), "")
    if wanted == 1 and not launched:
        return []
    key = "trainer.args.num_nodes" if args.num_nodes > 1 else "trainer.args.devices"
    path, span = place(config.tree, key) if not launched else (f"env.{launched}", None)
    message = f"`vibench train` trains in one process so far, {wanted if wanted > 1 else 'several'} are asked for"
    hint = "from Python, trainer_factory builds such a Trainer"
    return [diagnostic("not-yet-supported", path, message, hint=hint, span=span)]


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
    """A line for the person who watches."""
    print(text, file=sys.stderr, flush=True)
