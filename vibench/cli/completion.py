"""What a shell offers at TAB: commands, options and their values, keys of overrides and their values.

The shell hands over the line up to the cursor in `_VIBENCH_COMPLETE` and takes one candidate a line. Nothing of this
is imported by an ordinary start.
"""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, get_args, get_type_hints

from typer.models import OptionInfo

from vibench.cli.app import COMMANDS
from vibench.cli.catalog import Key, keys, names
from vibench.cli.list import KINDS
from vibench.cli.templates import NAMES
from vibench.config.canonical import names_of
from vibench.config.parts import inner_models
from vibench.schemas.components import BUILTINS
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.schemas.sample import accepts, choices
from vibench.schemas.trainer import TrainerArgs

ROOT_OPTIONS = ("--help", "--version", "--show-completion", "--install-completion")
OVERRIDES = ("validate", "train", "plan", "doctor")  # commands that take KEY=VALUE


def answer(line: str) -> str:
    """The candidates for the last word of a line, one a line."""
    words = _words(line)[1:]
    return "\n".join(candidates(words[:-1], words[-1]) if words else ())


def _words(line: str) -> list[str]:
    """The words of a line; the last one is the one that is being written, and may be empty or have an open quote."""
    for text in (line, f"{line}'", f'{line}"'):
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        return words if words and not line[-1:].isspace() else [*words, ""]
    return []


def candidates(before: list[str], current: str) -> list[str]:
    """What the word `current` may become after the words `before`; nothing where a file name is due."""
    if not before:
        found: Iterable[str] = (*COMMANDS, *ROOT_OPTIONS)
    elif before[0] not in COMMANDS:
        found = ()
    else:
        found = _of_command(before[0], before[1:], current)
    return [word for word in dict.fromkeys(found) if word.startswith(current)]


def _of_command(command: str, before: list[str], current: str) -> Iterable[str]:
    options = _options(command)
    if before and options.get(before[-1]):
        return options[before[-1]]
    if current.startswith("-"):
        return (*options, "--help")
    if command == "explain":
        return names()
    if command == "list":
        return KINDS
    takes_file = current == "" and not any("=" not in word and not word.startswith("-") for word in before)
    return () if command not in OVERRIDES or takes_file else _overrides(current)


def _options(command: str) -> dict[str, tuple[str, ...]]:
    """The options of a command, each with the values it is limited to."""
    module, _, function = COMMANDS[command].partition(":")
    hints = get_type_hints(getattr(import_module(module), function), include_extras=True)
    found: dict[str, tuple[str, ...]] = {}
    for name, hint in hints.items():
        for info in getattr(hint, "__metadata__", ()):
            if isinstance(info, OptionInfo):
                values = tuple(value for value in get_args(hint.__origin__) if isinstance(value, str))
                first = (info.default,) if isinstance(info.default, str) else ()
                declared = (*first, *(info.param_decls or ())) or (f"--{name}", f"--no-{name}")
                found |= dict.fromkeys(declared, NAMES if name == "template" else values)
    return found


def _overrides(current: str) -> Iterator[str]:
    """Keys one level further (`trainer.args.` has more below it, `…num_epochs=` takes a value), or values."""
    name, equals, _ = current.partition("=")
    if equals:
        yield from (f"{name}={value}" for key in _spelled() if key[0] == name for value in _values(key[1]))
        return
    deleting = "~" if current.startswith("~") else ""
    level = current.removeprefix("~").count(".")
    for path, key in _spelled():
        steps = path.split(".")
        here = deleting + ".".join(steps[: level + 1])
        if not here.startswith(current):
            continue
        if len(steps) > level + 1:
            yield f"{here}."
        elif deleting or not inner_models(key.model).get(key.name) or any(_values(key)):
            yield f"{here}{'' if deleting else '='}"


def _spelled() -> Iterator[tuple[str, Key]]:
    """Every key of the file, and those that have another name under that name too."""
    known = names_of(TrainerArgs)
    others = {name: key for name, key in known.aliases.items() if name not in known.deprecated}
    for parent, inner in known.nested.items():
        others |= {f"{parent}.{name}": key for name, key in inner.items()}
    for key in keys():
        if key.owner == "" or key.path.partition(".")[0] in BUILTINS:
            yield key.path, key
            if key.model is TrainerArgs:
                yield from ((f"trainer.args.{name}", key) for name, meant in others.items() if meant == key.name)
    for kind in BUILTINS:
        yield f"{kind}.name", next(key for key in keys() if key.path == kind)


def _values(key: Key) -> Iterator[str]:
    """Values that a setting is limited to, or its default."""
    field = key.model.model_fields[key.name]
    if key.path in BUILTINS:
        yield from BUILTINS[key.path]
        return
    if key.path == "trainer.name":
        yield DEFAULT_TRAINER
    given = field.default if isinstance(field.default, str | int | float) else None
    for value in (*((True, False) if _has_bool(field.annotation) else ()), *choices(field), given):
        if value is not None and accepts(key.model, key.name, value):
            yield str(value).lower() if isinstance(value, bool) else str(value)


def _has_bool(annotation: Any) -> bool:
    return annotation is bool or any(_has_bool(part) for part in get_args(annotation) if inspect.isclass(part))
