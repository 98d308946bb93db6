"""`vibench train`: validate, train, test, write the run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibench.cli.resuming import AllowChanges, Resume, ResumeFrom, TrustCheckpoint

if TYPE_CHECKING:
    from vibench.config.load import Config
    from vibench.training.fit import Interrupted


LATER = frozenset({"no-login", "missing-package", "untrained-strategy"})  # warnings of `validate`, errors here


def train_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE] [KEY=VALUE…]", help="The config (./config.yaml) and overrides."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build the Trainer, model and data, show them, train nothing.")
    ] = False,
    resume: Resume = False,
    resume_from: ResumeFrom = "",
    allow_changes: AllowChanges = False,
    trust_checkpoint: TrustCheckpoint = False,
) -> None:
    """Train what a config describes, test it, and write the run. A wrong config fails before torch is imported."""
    from vibench.cli.exits import Exit
    from vibench.cli.loading import config_of, failed, let_the_first_speak, say_for_all
    from vibench.diagnostics import ConfigError
    from vibench.schemas.world import is_first

    config = config_of(words or [], LATER)
    from vibench.training import run
    from vibench.training.team import Dismissed

    try:
        if dry_run:
            print("\n".join(run.dry_run(config).lines()))
            return
        result = run.train(
            config,
            resume=resume,
            resume_from=resume_from,
            allow_changes=allow_changes,
            trust_checkpoint=trust_checkpoint,
        )
    except ConfigError as error:
        raise failed(error, config.source) from None
    except KeyboardInterrupt as error:
        said = _how_to_go_on(error)
        say_for_all(lambda: print(said, file=sys.stderr), last=True)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Dismissed:
        let_the_first_speak()
        raise typer.Exit(Exit.CONFIG) from None
    except Exception as error:
        raise _failed(error, config) from None
    if is_first(os.environ):
        from vibench.training.results import table

        print(table(result))
        print(f"results: {result.run_dir / 'results.json'}", file=sys.stderr)


def _failed(error: Exception, config: Config) -> typer.Exit:
    """What happened in a paragraph, with the exception itself below it."""
    import traceback

    from vibench.cli.exits import Exit
    from vibench.schemas.world import is_first
    from vibench.training.failure import TrainingFailed, explained

    folder = Path(config.experiment.environment.output_dir)
    failure = error if isinstance(error, TrainingFailed) else explained(error, config, folder)
    rank = next((os.environ[name] for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK") if name in os.environ), "0")
    who = "" if is_first(os.environ) else f"rank {rank}: "
    print(f"{who}{failure}\n", file=sys.stderr)
    traceback.print_exception(error.__cause__ or error, file=sys.stderr)
    return typer.Exit(Exit.CONFIG)


def _how_to_go_on(error: KeyboardInterrupt | Interrupted) -> str:
    folder, last = getattr(error, "folder", None), getattr(error, "last", None)
    if folder is None:
        return "interrupted before training began"
    kept = f"interrupted; what was written stays in {folder}"
    if last is None:
        return f"{kept}\nno checkpoint was written yet: `--resume` begins this run anew, in its own folder"
    return f"{kept}\nlast checkpoint: {last}\nto go on from it: the same command with `--resume`"
