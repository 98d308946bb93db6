"""A plan as text, and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from json import dumps
from pathlib import Path
from typing import Any

from vibench.cli.render.before import before_the_fit
from vibench.config.load import Config
from vibench.config.origins import Origin, origins
from vibench.config.process import world_in
from vibench.config.resolved import Resolved, resolved, sections
from vibench.schemas.components import BUILTINS
from vibench.schemas.experiment import DEFAULT_TRAINER
from vibench.trainer_factory.batch import batch_of
from vibench.trainer_factory.identity import identify
from vibench.trainer_factory.plan import Plan, plan
from vibench.trainer_factory.planning.parts import Part
from vibench.trainer_factory.sources import settings_behind


def planned(config: Config) -> Plan:
    """The plan of the run that would come next."""
    parent = Path(config.experiment.environment.output_dir) / config.name
    taken = [int(path.name[4:]) for path in parent.glob("run_*") if path.name[4:].isdigit()]
    path = str(parent / f"run_{max(taken, default=-1) + 1:03d}")
    return plan(config.experiment, path, identify(config, path), config.named, world_in(os.environ))


def as_json(config: Config) -> str:
    """The stable JSON form."""
    made, found = planned(config), sections(config)
    document = {
        "trainer": _plain(made.trainer),
        "callbacks": _plain(made.callbacks),
        "loggers": _plain(made.loggers),
        "tuner": made.tuner,
        "resume": made.resume,
        "run_dir": made.run_dir,
        **{str(kind): _section(found.get(kind)) for kind in BUILTINS},
        "classes": {
            path: {"class": one.path or None, "file": one.file or None, "line": one.line or None}
            for path, one in resolved(config).items()
        },
        "batch": batch_of(config.experiment)._asdict(),
        "provenance": {path: origin.as_json() for path, origin in origins(config).items()},
    }
    return dumps(document, indent=2, ensure_ascii=False)


def _section(found: tuple[str, dict[str, Any]] | None) -> dict[str, Any] | None:
    return None if found is None else {"class_path": found[0], "init_args": _plain(found[1])}


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return {"class_path": value.class_path, "init_args": _plain(value.init_args)}
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, timedelta):
        hours, rest = divmod(value.seconds, 3600)
        return f"{value.days:02d}:{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return value


def as_text(config: Config) -> str:
    """For a person."""
    made, known, classes = planned(config), origins(config), resolved(config)
    lines = [f"run folder: {made.run_dir}", f"effective batch size: {batch_of(config.experiment)}", ""]
    name = config.experiment.trainer.name
    if name != DEFAULT_TRAINER:
        lines += [f"trainer: made by `{name}` from these settings", ""]
    for kind, (class_path, arguments) in sections(config).items():
        lines += [kind, f"  {_class(class_path, classes)}", *_arguments(kind, arguments, known), ""]
    rows = [(key, _short(value), _origin("Trainer", key, known)) for key, value in made.trainer.items()]
    lines += ["trainer", *_aligned(rows)]
    for title, parts in (("callbacks", made.callbacks), ("loggers", made.loggers)):
        lines += ["", title, *(line for part in parts for line in _part(part, known, classes))]
    lines += before_the_fit(config, made, known)
    return "\n".join(lines)


def _class(class_path: str, classes: dict[str, Resolved]) -> str:
    """A class path, the class behind it where that is called otherwise, and where its source is."""
    one = classes.get(class_path, Resolved(class_path))
    other = f" = {one.path}" if one.path and one.path != class_path else ""
    return f"{class_path}{other}  {one}".rstrip()


def _arguments(kind: str, arguments: dict[str, Any], known: dict[str, Origin]) -> list[str]:
    """Arguments of a section, each with the place where it was written."""
    paths = {name: (f"{kind}.init_args.{name}", f"{kind}.args.{name}") for name in arguments}
    rows = [
        (name, _short(value), next((str(known[path]) for path in paths[name] if path in known), ""))
        for name, value in arguments.items()
    ]
    return [f"  {line}" for line in _aligned(rows)]


def _part(part: Part, known: dict[str, Origin], classes: dict[str, Resolved]) -> Iterator[str]:
    yield f"  {_class(part.class_path, classes)}"
    rows = [(key, _short(value), _origin(part.name, key, known)) for key, value in part.init_args.items()]
    yield from (f"  {line}" for line in _aligned(rows))


def _short(value: Any) -> str:
    if isinstance(value, Part):
        return f"{value.name}({', '.join(f'{key}={_short(inner)}' for key, inner in value.init_args.items())})"
    return str(_plain(value)) if isinstance(value, timedelta) else dumps(_plain(value), ensure_ascii=False)


def _origin(target: str, argument: str, known: dict[str, Origin]) -> str:
    """Where the settings behind an argument were written; `default` where none was."""
    places = [str(known[path]) for path in settings_behind(target, argument) if path in known]
    written = [place for place in dict.fromkeys(places) if place != "default"]
    return ", ".join(written) if written else "default" if places else ""


def _aligned(rows: list[tuple[str, str, str]]) -> list[str]:
    first = max((len(row[0]) for row in rows), default=0)
    second = min(max((len(row[1]) for row in rows), default=0), 48)
    return [f"  {key:<{first}}  {value:<{second}}  {origin}".rstrip() for key, value, origin in rows]
