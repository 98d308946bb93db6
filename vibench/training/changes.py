"""What a config changes about a run that it is to go on with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from vibench.config.load import Config, place
from vibench.config.origins import origins
from vibench.diagnostics import Diagnostic, diagnostic
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.environment import EnvironmentArgs
from vibench.schemas.trainer import TrainerArgs

TUNED = "tuned"
_SECRET = re.compile(r"(^|[_-])(key|token|password|passwd|secret|credential)s?$", re.IGNORECASE)
_MODELS: dict[tuple[str, ...], type[StrictModel]] = {
    ("environment",): EnvironmentArgs,
    ("trainer", "args"): TrainerArgs,
}


def changes(config: Config, run_dir: Path) -> list[Diagnostic]:
    """The settings that mean another result than those the run was started with; none where it left no record."""
    before = recorded(run_dir)
    if not before:
        return []
    now = {path: origin.value for path, origin in origins(config).items()}
    return list(_differences(config, run_dir, before, now))


def recorded(run_dir: Path) -> dict[str, Any]:
    """The rows of the newest `run.yaml`: a run that was gone on with has one for each time."""
    path = newest_record(run_dir)
    rows: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path else {}
    return rows


def newest_record(run_dir: Path) -> Path | None:
    """`run.yaml`, or `run_1.yaml`, … of the newest time that the run was gone on with."""
    found = [run_dir / "run.yaml", *(run_dir / f"run_{count}.yaml" for count in range(1, times_resumed(run_dir) + 1))]
    return found[-1] if found[-1].exists() else None


def times_resumed(run_dir: Path) -> int:
    """How often a run was gone on with so far."""
    count = 0
    while (run_dir / f"run_{count + 1}.yaml").exists():
        count += 1
    return count


def _differences(config: Config, run_dir: Path, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Diagnostic]:
    for path in sorted(before.keys() | now.keys()):
        row = before.get(path, {})
        if not matters(path) or row.get("from") == TUNED or row.get("value") == now.get(path):
            continue
        if is_secret(path.rpartition(".")[2], now.get(path)):
            continue  # no record has it
        was, value = (repr(v) if v is not None else "not written" for v in (row.get("value"), now.get(path)))
        message = f"`{path}` was {was} in {run_dir.name}, and is {value} now: the result would mean something else"
        hint = "`--allow-changes` goes on all the same; without resuming, a new run begins"
        yield diagnostic("changed-since", path, message, hint=hint, span=place(config.tree, path)[1])


def is_secret(name: str, value: Any) -> bool:
    """Whether texts stand under a name that secrets have; such values are kept nowhere. `max_tokens: 512` is none."""
    texts = isinstance(value, str) or (isinstance(value, list) and any(isinstance(one, str) for one in value))
    return texts and bool(_SECRET.search(name))


def matters(path: str) -> bool:
    """Whether a setting decides what the result of a run means: data, model, task, and what is marked so."""
    steps = path.split(".")
    if steps[0] in ("data", "model", "task") or path == "trainer.name":
        return True
    for prefix, model in _MODELS.items():
        if tuple(steps[: len(prefix)]) == prefix and len(steps) > len(prefix):
            name = steps[len(prefix)]
            return setting_of(model, name).changes_result if name in model.model_fields else model is TrainerArgs
    return False
