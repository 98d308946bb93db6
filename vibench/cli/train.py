"""`vibench train`: validate, train, test, write the run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vibench.training.fit import Interrupted


def train_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE] [KEY=VALUE…]", help="The config (./config.yaml) and overrides."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Build the Trainer, model and data, show them, train nothing.")
    ] = False,
) -> None:
    """Train what a config describes, test it, and write the run. A wrong config fails before torch is imported."""
    from vibench.cli.exits import Exit
    from vibench.cli.loading import config_of, failed
    from vibench.diagnostics import ConfigError

    config = config_of(words or [])
    from vibench.training import run

    try:
        if dry_run:
            print("\n".join(run.dry_run(config).lines()))
            return
        result = run.train(config)
    except ConfigError as error:
        raise failed(error) from None
    except KeyboardInterrupt as error:
        print(_how_to_go_on(error), file=sys.stderr)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Exception as error:
        import traceback

        traceback.print_exc()
        print(f"\ntraining failed: {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(Exit.CONFIG) from None
    from vibench.training.results import table

    print(table(result))
    print(f"results: {result.run_dir / 'results.json'}", file=sys.stderr)


def _how_to_go_on(error: KeyboardInterrupt | Interrupted) -> str:
    folder, last = getattr(error, "folder", None), getattr(error, "last", None)
    if folder is None:
        return "interrupted before training began"
    kept = f"interrupted; what was written stays in {folder}"
    if last is None:
        return f"{kept}\nno checkpoint was written yet: start again with the same command"
    return (
        f"{kept}\nlast checkpoint: {last}\n"
        f"to go on from it: trainer.fit(task, datamodule=data, ckpt_path={str(last)!r}) in Python; "
        "the same command starts a new run beside this one"
    )
