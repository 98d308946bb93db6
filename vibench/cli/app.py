"""The commands, one file each. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

from importlib import import_module

import typer

from vibench.version import __version__

# The commands in the order of the help, and where each one's function is.
COMMANDS = {
    "validate": "vibench.cli.validate:validate_command",
    "train": "vibench.cli.train:train_command",
    "plan": "vibench.cli.plan:plan_command",
    "list": "vibench.cli.list:list_command",
    "schema": "vibench.cli.schema:schema_command",
}


def app_for(words: list[str]) -> typer.Typer:
    """The command line; of the commands only the one that is asked for, since typer takes time over each."""
    app = typer.Typer(
        help="One strict YAML file in, a real PyTorch Lightning training out.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    asked = [word for word in words[:1] if word in COMMANDS]
    for name in asked or COMMANDS:
        module, _, function = COMMANDS[name].partition(":")
        app.command(name)(getattr(import_module(module), function))
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"vibench {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Show the version."),
) -> None:
    pass
