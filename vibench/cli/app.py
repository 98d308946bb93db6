"""The commands, one file each. Nothing heavy is imported until a command needs it."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from vibench.version import __version__

# The commands in the order of the help, and where each one's function is.
COMMANDS = {
    "validate": "vibench.cli.validate:validate_command",
    "train": "vibench.cli.train:train_command",
    "launch": "vibench.cli.launch:launch_command",
    "plan": "vibench.cli.plan:plan_command",
    "list": "vibench.cli.list:list_command",
    "schema": "vibench.cli.schema:schema_command",
    "explain": "vibench.cli.explain:explain_command",
    "init": "vibench.cli.init:init_command",
    "migrate": "vibench.cli.migrate:migrate_command",
    "doctor": "vibench.cli.doctor:doctor_command",
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


def _show_completion(wanted: bool) -> None:
    if wanted:
        from vibench.cli.shells import script

        print(script(), end="")
        raise typer.Exit


def _install_completion(wanted: bool) -> None:
    if wanted:
        from vibench.cli.shells import install

        print(f"wrote {install()}; it works in the next shell", file=sys.stderr)
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_version, help="Show the version."),
    show_completion: bool = typer.Option(
        False, "--show-completion", is_eager=True, callback=_show_completion, help="Show the completion of this shell."
    ),
    install_completion: bool = typer.Option(
        False, "--install-completion", is_eager=True, callback=_install_completion, help="Install it for this shell."
    ),
) -> None:
    pass
