"""Scripts that make a shell ask vibench what may come at TAB; one for each shell, as it is in the package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from vibench.cli.arguments import UsageError


class Shell(NamedTuple):
    """Where a shell finds its completions below the home folder; `reads`: the file that has to name the script."""

    place: str
    reads: str = ""


SHELLS = {
    "bash": Shell(".bash_completions/vibench.bash", ".bashrc"),
    "zsh": Shell(".zsh_completions/vibench.zsh", ".zshrc"),
    "fish": Shell(".config/fish/completions/vibench.fish"),
}


def shell_here() -> str:
    """The user's shell.

    Raises UsageError for one that has no script.
    """
    name = Path(os.environ.get("SHELL", "bash")).name
    if name not in SHELLS:
        raise UsageError(f"there is no completion for `{name}`; SHELL=bash (or zsh, fish) names another shell")
    return name


def script(shell: str = "") -> str:
    """The script of a shell."""
    return Path(__file__).with_name(f"vibench.{shell or shell_here()}").read_text(encoding="utf-8")


def install() -> Path:
    """Write the script where the user's shell finds it; a second time changes nothing."""
    from vibench.files import write_text

    name = shell_here()
    place = Path.home() / SHELLS[name].place
    write_text(place, script(name))
    if SHELLS[name].reads:
        _name_in(Path.home() / SHELLS[name].reads, f". {place}")
    return place


def _name_in(file: Path, line: str) -> None:
    """Add a line to a file that does not have it."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if line not in text.splitlines():
        lead = "" if not text or text.endswith("\n") else "\n"
        with file.open("a", encoding="utf-8") as end:
            end.write(f"{lead}{line}\n")
