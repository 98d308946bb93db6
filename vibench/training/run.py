"""A run: its folder, its iterations, its results."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vibench.config.load import Config, load_config, missing_for_training, place, placed
from vibench.diagnostics import ConfigError, Diagnostic, diagnostic
from vibench.schemas import resolve
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.trainer_factory.custom import own_args
from vibench.trainer_factory.factory import export_variables
from vibench.trainer_factory.registry import find_trainer, import_modules, importable_here
from vibench.training.directory import iteration_dir, new_run_dir
from vibench.training.imported import check_parts
from vibench.training.results import RunResult, write_results

if TYPE_CHECKING:
    from vibench.training.built import Built


def train(config: Config | str | os.PathLike[str], overrides: tuple[str, ...] = ()) -> RunResult:
    """Train, test and write the run that a config describes; repeated for `environment.iterations`.

    Raises ConfigError if the config is wrong, before anything heavy is imported; Interrupted on Ctrl-C.
    """
    config = prepare(config, overrides)
    environment = config.experiment.environment
    folder = new_run_dir(environment.output_dir, config.name)
    say(f"run folder: {folder}")
    from vibench.training.record import write_record

    write_record(config, folder)
    from vibench.training.fit import run_iteration

    results = []
    for iteration in range(environment.iterations):
        if environment.iterations > 1:
            say(f"iteration {iteration + 1} of {environment.iterations}, seed {environment.seed + iteration}")
        below = iteration_dir(folder, iteration, environment.iterations)
        one = run_iteration(config, below, iteration)
        for note in one.notes:
            say(f"note: {note}")
        results.append(one)
    result = RunResult(folder, tuple(results))
    write_results(result)
    return result


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
