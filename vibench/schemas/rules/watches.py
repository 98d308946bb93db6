"""Who watches a metric: checkpoints and early stopping, those that vibench makes and those of `callbacks`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from typing import Any, Literal, NamedTuple, TypeVar

from vibench.schemas import resolve
from vibench.schemas.resolve import Direction
from vibench.schemas.rules.registry import ARGS
from vibench.schemas.trainer import TrainerArgs

Kind = Literal["checkpoint", "early_stopping"]
T = TypeVar("T")
WATCHERS: dict[str, Kind] = {"ModelCheckpoint": "checkpoint", "EarlyStopping": "early_stopping"}
_OF_VALIDATION = re.compile(r"(val|valid|validation)(?![a-z])", re.IGNORECASE)


class Callback(NamedTuple):
    """One of Lightning's callbacks in the user's list: its class's name, the arguments as written, and where."""

    name: str
    arguments: dict[str, Any]
    number: int
    key: str

    @property
    def path(self) -> str:
        """Where it stands."""
        return f"{ARGS}.callbacks.{self.number}"

    @property
    def arguments_path(self) -> str:
        """Where its arguments stand, or would."""
        return f"{self.path}.{self.key}"


class Watch(NamedTuple):
    """A metric that is watched.

    `mode`: the direction it goes by, None where that is not known; `stated`: whether it is written. `path`: where the
    watching is asked for; `monitor_path`, `mode_path`: where metric and direction are set, or would be.
    """

    kind: Kind
    monitor: str
    mode: str | None
    stated: bool
    path: str
    monitor_path: str
    mode_path: str


def _remembered(function: Callable[[TrainerArgs], Iterator[T]]) -> Callable[[TrainerArgs], tuple[T, ...]]:
    """What a function says of the settings that it was asked about last: a dozen rules ask about one config."""
    last: tuple[TrainerArgs | None, tuple[T, ...]] = (None, ())

    @wraps(function)
    def ask(args: TrainerArgs) -> tuple[T, ...]:
        nonlocal last
        of, answer = last
        if of is not args:
            answer = tuple(function(args))
            last = args, answer
        return answer

    return ask


@_remembered
def lightnings_callbacks(args: TrainerArgs) -> Iterator[Callback]:
    """Those of the user's callbacks that are Lightning's own classes."""
    for index, component in enumerate(args.callbacks):
        class_path = component.class_path
        named = class_path or component.name or ""
        if class_path is None or named.startswith("pytorch_lightning."):
            arguments, key = (component.init_args, "init_args") if class_path else (component.args, "args")
            yield Callback(named.rpartition(".")[2], arguments, index, key)


def has_own_code(args: TrainerArgs) -> bool:
    """Whether a callback of the user's is none of Lightning's classes."""
    return len(lightnings_callbacks(args)) < len(args.callbacks)


@_remembered
def watches(args: TrainerArgs) -> Iterator[Watch]:
    """Everything that watches a metric; nothing does under `barebones`."""
    if args.barebones:
        return
    general, stopping = (args.monitor_metric, args.mode), resolve.early_stopping(args)
    if args.enable_checkpointing and args.save_top_k != 0:
        yield _by_settings("checkpoint", (args.checkpoint.monitor, args.checkpoint.mode), general)
    if stopping is not None:
        yield _by_settings("early_stopping", (stopping.monitor, stopping.mode), general)
    for callback in lightnings_callbacks(args):
        if callback.name in WATCHERS:
            yield from _by_callback(callback)


@lru_cache(256)  # the files of a campaign watch the same metrics
def _by_settings(kind: Kind, own: tuple[str | None, Direction], general: tuple[str, Direction]) -> Watch:
    monitor, mode = resolve.metric(own, general)
    path = f"{ARGS}.save_top_k" if kind == "checkpoint" else f"{ARGS}.early_stopping"
    monitor_path = f"{ARGS}.{kind}.monitor" if own[0] else f"{ARGS}.monitor_metric"
    mode_path = f"{ARGS}.{kind}.mode" if own[1] else f"{ARGS}.mode"
    return Watch(kind, monitor, mode, True, path, monitor_path, mode_path)


def _by_callback(callback: Callback) -> Iterator[Watch]:
    """What Lightning's own class watches: its `mode` is `min` unless written."""
    monitor, mode = callback.arguments.get("monitor"), callback.arguments.get("mode")
    if isinstance(monitor, str) and callback.arguments.get("save_top_k") != 0:
        kind, place = WATCHERS[callback.name], callback.arguments_path
        yield Watch(kind, monitor, mode or "min", bool(mode), callback.path, f"{place}.monitor", f"{place}.mode")


def of_validation(metric: str) -> bool:
    """Whether a metric's name says that the validation logs it."""
    return bool(_OF_VALIDATION.match(metric))
