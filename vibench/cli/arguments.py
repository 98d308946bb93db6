"""Which arguments of a command are files and which are overrides."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

DEFAULT_FILE = "config.yaml"
SUFFIXES = (".yaml", ".yml")


class UsageError(Exception):
    """The command was called in a way that cannot be meant."""


class Arguments(NamedTuple):
    """Files as they were named, and overrides in their order."""

    files: list[str]
    overrides: list[str]


def split(words: list[str]) -> Arguments:
    """An argument that names something on disk is a file, even with `=`; else `KEY=VALUE` and `~KEY` override."""
    files: list[str] = []
    overrides: list[str] = []
    for word in words:
        override = not Path(word).exists() and ("=" in word or word.startswith("~"))
        (overrides if override else files).append(word)
    if not files and Path(DEFAULT_FILE).exists():
        files.append(DEFAULT_FILE)
    if not files:
        raise UsageError(f"name a config file (there is no ./{DEFAULT_FILE} here)")
    return Arguments(files, overrides)


def one(words: list[str]) -> Arguments:
    """As `split`, with exactly one file."""
    arguments = split(words)
    if len(arguments.files) > 1:
        raise UsageError(f"one config file is expected, got {', '.join(arguments.files)}")
    if Path(arguments.files[0]).is_dir():
        raise UsageError(f"{arguments.files[0]} is a folder, a config file is expected")
    return arguments


def walk(names: list[str]) -> list[str]:
    """Files, with folders replaced by the YAML files below them in the order of their paths; each file once."""
    found: list[str] = []
    for name in names:
        if not Path(name).is_dir():
            found.append(name)
            continue
        below = sorted(str(path) for path in Path(name).rglob("*") if _is_config(path, Path(name)))
        if not below:
            raise UsageError(f"no YAML file (*.yaml, *.yml) below {name}")
        found += below
    return list(dict.fromkeys(found))


def _is_config(path: Path, folder: Path) -> bool:
    """A YAML file that does not lie in a hidden folder (`.git`, `.venv`, `.github`)."""
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix in SUFFIXES and not hidden and path.is_file()
