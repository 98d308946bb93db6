"""File names of checkpoints: Lightning's templates, and what is legal on every file system."""

from __future__ import annotations

import re
from string import Formatter


def default_filename(monitor: str) -> str:
    """`epoch{epoch:02d}-val_loss{val_loss:.4f}`, with nothing in it that a file system would refuse."""
    readable = re.sub(r"[^\w.-]+", "_", monitor)
    if not re.fullmatch(r"[\w/. -]+", monitor):
        return "epoch{epoch:02d}-step{step}"
    return f"epoch{{epoch:02d}}-{readable}{{{monitor}:.4f}}"


def names_values(template: str | None, asked: bool | None) -> bool:
    """Whether Lightning is to write `name=` before each value (`auto_insert_metric_name`), where it is not asked for.

    Not where the template names its values itself, nor where a name would make a folder.
    """
    if asked is not None or template is None:
        return bool(asked)
    fields = [(text, name) for text, name, _, _ in Formatter().parse(template) if name]
    return not any(text.endswith((name, f"{name}=")) or "/" in name for text, name in fields)


def template_problem(template: str) -> str:
    """What is wrong with a template, or nothing."""
    try:
        fields = list(Formatter().parse(template))
    except ValueError as error:
        return str(error)
    for text, name, spec, _ in fields:
        illegal = sorted(set(text) & set('<>:"|?*\\'))
        if illegal:
            return f"`{illegal[0]}` is not legal in file names everywhere"
        if name is not None and not re.match(r"^[\w/. -]+$", name):
            return "each pair of braces must hold the name of a metric, `epoch` or `step`"
        try:
            format(1 if spec and spec[-1] in "dbxXoc" else 1.0, spec or "")
        except ValueError:
            return f"`{spec}` is no number format"
    return ""
