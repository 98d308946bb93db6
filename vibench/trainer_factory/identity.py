"""Under what name the loggers keep a run, and which of their runs it goes on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from json import loads
from pathlib import Path

from vibench.config.load import Config

RUN_IDS = "tracking.json"


@dataclass(frozen=True)
class Identity:
    """A run as loggers know it.

    `group`: what its iterations have in common; each is a run of its own, since its steps begin anew.
    `ids`: by logger (`wandb`, `swanlab`), the id of the run to go on with. `step`: the step that it goes on from.
    """

    name: str
    group: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    step: int | None = None


def identify(config: Config, path: str, step: int | None = None, display_name: str | None = None) -> Identity:
    """The identity of the run (or iteration) in the folder `path`; ids are those that were written there.

    `step`: where a run that is resumed goes on. `display_name`: what a framework calls the run; it names each
    iteration itself.
    """
    folder = Path(path)
    environment = config.experiment.environment
    repeated = environment.iterations > 1
    run_dir = folder.parent if repeated else folder
    named_by_file = config.source.kind != "python"
    name = config.name if named_by_file else environment.name or run_dir.name or "run"
    if display_name:
        return Identity(display_name, None, run_ids(folder), step)
    if not repeated:
        return Identity(name, None, run_ids(folder), step)
    return Identity(f"{name}-{folder.name}", f"{name}-{run_dir.name}", run_ids(folder), step)


def run_ids(folder: Path) -> dict[str, str]:
    """The ids that the loggers of a run left in its folder; none where it has not begun."""
    written = folder / RUN_IDS
    ids: dict[str, str] = loads(written.read_text(encoding="utf-8")) if written.exists() else {}
    return ids
