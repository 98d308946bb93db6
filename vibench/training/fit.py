"""One iteration of an experiment: seed, build, fit, test, keep the weights."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytorch_lightning as pl
from pytorch_lightning.utilities.model_helpers import is_overridden

from vibench.config.load import Config, placed
from vibench.trainer_factory.callbacks.last import Leave
from vibench.trainer_factory.divided import is_divided, trust
from vibench.trainer_factory.factory import make_trainer
from vibench.training.checkpoints import Point
from vibench.training.failure import as_finding, explained, lost_another
from vibench.training.figures import draw
from vibench.training.nothing_trained import check_trained
from vibench.training.parts import build_parts
from vibench.training.quiet import quiet
from vibench.training.ranks import for_test, join
from vibench.training.results import IterationResult, write_iteration
from vibench.training.run import say
from vibench.training.stopping import deaf, in_main_thread, stopping
from vibench.training.team import Dismissed, Stopped, Team
from vibench.training.tracking import tracked
from vibench.training.tuning import Tuned, apply
from vibench.training.weights import Weights, export_weights, weights_in


class Interrupted(Stopped):
    """Training was stopped by a signal; `last` is the checkpoint that it can go on from."""

    def __init__(self, folder: Path, last: Path | None, by: str) -> None:
        super().__init__(by)
        self.folder = folder
        self.last = last


class Start(NamedTuple):
    """What a fit begins with: a checkpoint or none, whether the folder's own logs go on, and how it is loaded."""

    point: Point | None = None
    in_place: bool = False
    trust: bool = False


NEW = Start()


def build(
    config: Config, folder: Path, iteration: int, start: Start = NEW, tuned: Sequence[Tuned] = ()
) -> tuple[Any, Any, pl.Trainer, int]:
    """Seed everything, then the data, the task and the Trainer of an iteration, and its seed."""
    seed = (config.experiment.environment.seed + iteration) % 2**32
    pl.seed_everything(seed, workers=True, verbose=False)
    data, task = build_parts(config)
    apply(tuned, data, task)
    step = start.point.step if start.point else 0
    trainer = make_trainer(config, config.experiment.data, str(folder), step if start.in_place else None)
    return data, task, trainer, seed


def run_iteration(
    config: Config,
    folder: Path,
    iteration: int,
    start: Start = NEW,
    tuned: Sequence[Tuned] = (),
    team: Team | None = None,
) -> IterationResult:
    """Train and test once, with the other processes of a team; everything is written below `folder`.

    Raises Interrupted when the user stops it, ConfigError where the config turns out to be wrong (a metric that
    nobody logs), TrainingFailed with an explanation for every other exception; what was written stays.
    """
    team = team or Team()
    with quiet():
        try:
            return _iteration(config, folder, iteration, start, tuned, team)
        except Dismissed:
            raise
        except Exception as error:
            if team.size > 1 and in_main_thread():
                signal.signal(signal.SIGTERM, signal.SIG_IGN)  # launchers end the others when one ends: it is under way
            finding = as_finding(error)
            if finding is not None:
                raise placed(finding, config) from error
            lost = team.missed() if team.size > 1 and lost_another(error) else ""
            raise explained(error, config, folder, lost) from error


def _iteration(
    config: Config, folder: Path, iteration: int, start: Start, tuned: Sequence[Tuned], team: Team
) -> IterationResult:
    data, task, trainer, seed = build(config, folder, iteration, start, tuned)
    join(trainer, team, seed)
    facts = {"folder": str(folder), "seed": seed, "tuned": {one.path: one.value for one in tuned}}
    with tracked(trainer, config, folder, facts):
        seconds = _fit(trainer, task, data, folder, start)
        began_at = start.point.step if start.point else 0
        note = check_trained(trainer, config.experiment.trainer.args, began_at=began_at)
        fitted = IterationResult(
            iteration=iteration,
            seed=seed,
            epochs=trainer.current_epoch,
            steps=trainer.global_step,
            fit_seconds=seconds,
            notes=(note,) if note else (),
        )
        test = partial(_tested, trainer, task, data, folder, start)
        together = test(team.agree(lambda: best_checkpoint(trainer))) if is_divided(trainer) else None
        with deaf(when=not team.first):
            return team.agree(
                lambda: _kept(together or test(best_checkpoint(trainer)), trainer, task, data, folder, fitted)
            )


class Tested(NamedTuple):
    """What a test found, and of which weights; `weights` are None where the task itself holds them."""

    checkpoint: str | None
    weights: Weights | None
    metrics: dict[str, float]
    notes: tuple[str, ...]


def _tested(trainer: pl.Trainer, task: Any, data: Any, folder: Path, start: Start, checkpoint: str | None) -> Tested:
    """Test the best checkpoint, or the current weights: in one process, or in all where each has a share of them."""
    trusted = start.point is None or start.trust  # this process wrote it itself
    weights = None
    if checkpoint is not None and trainer.is_global_zero:
        weights = weights_in(checkpoint, trust=trusted)
    elif checkpoint is None and is_divided(trainer):
        weights = trainer.strategy.lightning_module_state_dict()
    if weights is not None and not is_divided(trainer):
        task.load_state_dict(weights)
        weights = None
    notes = () if checkpoint else ("no best checkpoint was kept: the current weights are tested and saved",)
    reason = _no_test(task, data)
    metrics = {} if reason else _test(trainer, task, data, folder, checkpoint, trusted=trusted)
    return Tested(checkpoint, weights, metrics, (*notes, reason) if reason else notes)


def _kept(
    tested: Tested, trainer: pl.Trainer, task: Any, data: Any, folder: Path, fitted: IterationResult
) -> IterationResult:
    """Keep the weights and draw."""
    export_weights(task, folder / "model.safetensors", tested.weights)
    draw(folder, _metrics_csv(trainer), task, data)
    checkpoint = _relative(tested.checkpoint, folder)
    notes = (*fitted.notes, *tested.notes)
    one = replace(fitted, metrics=tested.metrics, checkpoint=checkpoint, notes=notes)
    for note in notes:
        say(f"note: {note}")
    write_iteration(folder, one)  # before the loggers close: a server that is gone can hold them up
    return one


def _fit(trainer: pl.Trainer, task: Any, data: Any, folder: Path, start: Start) -> float:
    """Fit, and the seconds that it took."""
    started, point = time.monotonic(), start.point
    if start.in_place and (point is None or point.kept is None):
        for logger in trainer.loggers:  # no exact state says where they were
            if hasattr(logger, "load_resume_step"):
                logger.load_resume_step(point.step if point else 0)
    trust(trainer, start.trust)
    with _interruptible(trainer, folder), stopping(trainer):
        trainer.fit(
            task,
            datamodule=data,
            ckpt_path=str(point.path) if point else None,
            weights_only=False if start.trust else None,
        )
    return round(time.monotonic() - started, 3)


def best_checkpoint(trainer: pl.Trainer) -> str | None:
    """The best checkpoint of the fit, if one was written."""
    callback = trainer.checkpoint_callback
    path = getattr(callback, "best_model_path", "") if callback else ""
    return path if path and Path(path).exists() else None


def _test(
    trainer: pl.Trainer, task: Any, data: Any, folder: Path, checkpoint: str | None, *, trusted: bool
) -> dict[str, float]:
    """The metrics of a test; a divided model loads its checkpoint by its strategy, another has done so."""
    tester = for_test(trainer, task)
    path = checkpoint if is_divided(trainer) else None
    trust(tester, trusted)
    with _interruptible(trainer, folder), stopping(tester):
        found = tester.test(task, datamodule=data, verbose=False, ckpt_path=path)
    return {name: float(value) for one in found for name, value in one.items()}


def _no_test(task: Any, data: Any) -> str:
    if not is_overridden("test_step", task, pl.LightningModule):
        return "nothing was tested: the task has no `test_step`"
    if not is_overridden("test_dataloader", data, pl.LightningDataModule):
        return "nothing was tested: the data module has no `test_dataloader`"
    return ""


def _metrics_csv(trainer: pl.Trainer) -> Path:
    for logger in trainer.loggers:
        if isinstance(logger, pl.loggers.CSVLogger):
            return Path(logger.log_dir) / "metrics.csv"
    return Path("metrics.csv.absent")


def _relative(path: str | None, folder: Path) -> str | None:
    """A checkpoint below the folder; another path as it is (of a run that started from another's)."""
    if path is None:
        return None
    below = Path(path).resolve()
    return str(below.relative_to(folder.resolve())) if below.is_relative_to(folder.resolve()) else path


@contextmanager
def _interruptible(trainer: pl.Trainer, folder: Path) -> Iterator[None]:
    """Ctrl-C: Lightning shuts down, then exits the process with 1; here it becomes `Interrupted`."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except Leave as leave:
        raise _interrupted(folder, str(leave)) from None
    except SystemExit:
        if not trainer.interrupted:
            raise
        raise _interrupted(folder) from None
    finally:
        if in_main_thread():
            signal.signal(signal.SIGINT, before)


def _interrupted(folder: Path, by: str = "") -> Interrupted:
    last = folder / "checkpoints" / "last.ckpt"
    return Interrupted(folder, last if last.exists() else None, by)
