"""The commands, one file each. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

import typer

from vibench.cli.plan import plan_command
from vibench.cli.schema import schema_command
from vibench.cli.train import train_command
from vibench.cli.validate import validate_command
from vibench.version import __version__

app = typer.Typer(
    help="One strict YAML file in, a real PyTorch Lightning training out.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("validate")(validate_command)
app.command("train")(train_command)
app.command("plan")(plan_command)
app.command("schema")(schema_command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"vibench {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Show the version."),
) -> None:
    pass
