"""Checkpoints on disk: whether they are whole, and how far they had come."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vibench.diagnostics import ConfigError, diagnostic

EXACT = "LastCheckpoint"  # the callback whose state makes resuming exact


class Point(NamedTuple):
    """A checkpoint that a training can go on from.

    `kept`: names of the best checkpoints that it knows of; None where it resumes only as Lightning does.
    """

    path: Path
    epoch: int
    step: int
    kept: frozenset[str] | None


class BrokenCheckpoint(Exception):
    """A file that is no whole checkpoint; its text says why."""


def examine(path: Path, *, trust: bool) -> Point:
    """Read a checkpoint, with `weights_only` unless it is trusted.

    Raises BrokenCheckpoint if it is truncated, corrupt, or has no training state; ConfigError if it holds objects
    whose loading runs code.
    """
    import torch

    _check_whole(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=not trust, mmap=True)
    except pickle.UnpicklingError as error:
        raise _unsafe(path) from error
    except Exception as error:
        raise BrokenCheckpoint(f"{type(error).__name__}: {error}") from error
    if not isinstance(content, dict) or "loops" not in content or "state_dict" not in content:
        raise BrokenCheckpoint("it is no checkpoint of a Lightning training")
    if "optimizer_states" not in content:
        raise BrokenCheckpoint("it holds weights only (`save_weights_only`), and no optimizer to go on with")
    callbacks = content.get("callbacks", {})
    kept = _kept(callbacks) if EXACT in callbacks else None
    return Point(path, content["epoch"], content["global_step"], kept)


def newest_good(folder: Path, *, trust: bool) -> tuple[Point | None, list[str]]:
    """The newest whole checkpoint of a folder, `last.ckpt` first; and what is to be said of those that are broken."""
    said: list[str] = []
    for path in _candidates(folder):
        try:
            return examine(path, trust=trust), said
        except BrokenCheckpoint as error:
            said.append(f"{path} cannot be resumed: {error}")
    return None, said


def forget_later(point: Point) -> list[Path]:
    """Remove checkpoints that were written after the point that training goes back to: they are made again."""
    if point.kept is None:
        return []
    run_dir = point.path.absolute().parents[1]
    others = [path for path in run_dir.rglob("*.ckpt") if path.name not in point.kept and path.name != point.path.name]
    later = [path for path in others if _step_of(path) > point.step]
    for path in later:
        path.unlink()
    return later


def _step_of(path: Path) -> int:
    """The step of a checkpoint of this run; -1 where it is none."""
    try:
        return examine(path, trust=False).step
    except (BrokenCheckpoint, ConfigError):
        return -1


def remove_parts(folder: Path) -> None:
    """Remove what a killed process was writing."""
    for path in folder.rglob(".*.part"):
        path.unlink(missing_ok=True)


def _candidates(folder: Path) -> Iterator[Path]:
    last = folder / "last.ckpt"
    if last.exists():
        yield last
    others = (path for path in folder.glob("*.ckpt") if path != last)
    yield from sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)


def _check_whole(path: Path) -> None:
    if path.is_dir():
        return  # a sharded checkpoint
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        raise BrokenCheckpoint(f"it is truncated or no checkpoint ({error})") from error
    if broken is not None:
        raise BrokenCheckpoint(f"it is corrupt ({broken})")


def _kept(callbacks: dict[str, Any]) -> frozenset[str]:
    paths = (path for state in callbacks.values() if isinstance(state, dict) for path in _paths(state))
    return frozenset(Path(path).name for path in paths if path)


def _paths(state: dict[str, Any]) -> list[str]:
    best = state.get("best_k_models")
    names = ("best_model_path", "last_model_path")
    return [*(best if isinstance(best, dict) else ()), *(state[name] for name in names if state.get(name))]


def _unsafe(path: Path) -> ConfigError:
    from torch.serialization import get_unsafe_globals_in_checkpoint

    names = ", ".join(f"`{name}`" for name in get_unsafe_globals_in_checkpoint(path)[:5])
    message = f"loading {path} would run code of {names or 'its own'}"
    hint = "where you know who wrote it: `vibench train … --trust-checkpoint`"
    return ConfigError((diagnostic("unsafe-checkpoint", "trainer.args.resume_from_checkpoint", message, hint=hint),))
