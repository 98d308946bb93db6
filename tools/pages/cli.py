"""`docs/reference/cli.md`: every command, made from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from typer.main import get_command

from tools.pages import HEAD
from vibench.cli.app import app_for

INTRODUCTION = """# Commands

Exit status: 0 fine, 1 errors in the config or its environment, 2 wrong usage, 3 a bug of vibench's, 130 interrupted.
What is asked for goes to standard output, everything said to a person to standard error.
"""


def cli_page() -> str:
    """The page."""
    commands: dict[str, Any] = get_command(app_for([])).commands  # type: ignore[attr-defined]
    lines = [HEAD, INTRODUCTION]
    for name, command in commands.items():
        lines += [f"## vibench {name}", "", cleandoc(command.help or ""), ""]
        lines += [*_parameters(command.params), ""]
    return "\n".join(lines)


def _parameters(parameters: list[Any]) -> Iterator[str]:
    for one in parameters:
        argument = one.param_type_name == "argument"
        shown = (one.metavar or one.name.upper()) if argument else ", ".join(one.opts)
        yield f"- `{shown}`: {one.help or ''}"
