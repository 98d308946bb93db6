"""A training that failed, in one paragraph: what happened, and which settings bear on it with their present values."""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from vibench.config.load import Config
from vibench.diagnostics import ConfigError
from vibench.trainer_factory.callbacks.monitor import not_logged

ARGS = "trainer.args"
_UNWRITTEN = "(not written)"


class TrainingFailed(RuntimeError):
    """A training ended by an exception (`__cause__`); `explanation` is a paragraph for the person who reads it."""

    def __init__(self, explanation: str) -> None:
        super().__init__(explanation)
        self.explanation = explanation


class Kind(NamedTuple):
    """A kind of failure: how it is recognised, what it means, and the settings that bear on it."""

    matches: Callable[[BaseException], bool]
    happened: str
    settings: tuple[str, ...]
    advice: str


def explained(error: BaseException, config: Config, run_dir: Path, lost: str = "") -> TrainingFailed:
    """The failure that stands above `error`; `lost` says which other processes are gone."""
    if lost:
        bears = _values(config, (f"{ARGS}.ddp_timeout",))
        advice = f"`--resume` goes on from the last checkpoint. What was written stays in {run_dir}."
        return TrainingFailed(f"Another process of this training was lost. {lost} ({bears[0]}) {advice}")
    kind = next((one for one in KINDS if any(one.matches(inner) for inner in _chain(error))), None)
    if kind is None:
        return TrainingFailed(f"training failed: {type(error).__name__}: {error}. What was written stays in {run_dir}.")
    values = _values(config, kind.settings)
    settings = f" Settings that bear on it: {', '.join(values)}." if values else ""
    return TrainingFailed(f"{kind.happened}{settings} {kind.advice} What was written stays in {run_dir}.")


_LOST = re.compile(
    r"connection (was )?(closed|reset) by|timed out waiting|socket timeout|broken pipe|connectfullmesh|"
    r"nccl.*(timeout|remote process|aborted)|wait timeout",
    re.IGNORECASE | re.S,
)


def lost_another(error: BaseException) -> bool:
    """Whether an exception comes from waiting for another process."""
    return any(isinstance(inner, RuntimeError) and bool(_LOST.search(str(inner))) for inner in _chain(error))


_UNLOGGED = re.compile(
    r"conditioned on metric `?([^`\s]+)`? which is not available.*?(?:following|metrics are): (.*?)(?: Condition|$)",
    re.S,
)


def as_finding(error: BaseException) -> ConfigError | None:
    """The findings behind an exception of training, where it was the config that was wrong."""
    for inner in _chain(error):
        if isinstance(inner, ConfigError):
            return inner
        unlogged = _UNLOGGED.search(str(inner)) if isinstance(inner, RuntimeError | ValueError) else None
        if unlogged:
            names = re.findall(r"[\w/.:-]*\w", unlogged.group(2))
            return not_logged(unlogged.group(1), names, f"{ARGS}.monitor_metric")
    return None


def _chain(error: BaseException | None) -> list[BaseException]:
    """An exception and those it came from."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _values(config: Config, paths: tuple[str, ...]) -> list[str]:
    return [f"{shown} = {value}" for path in paths for shown, value in [_value(config, path)]]


def _value(config: Config, path: str) -> tuple[str, Any]:
    """A setting as it stands."""
    section, _, name = path.rpartition(".")
    experiment = config.experiment
    if section == "data":
        key = "init_args" if "class_path" in (experiment.data or {}) else "args"
        return f"data.{key}.{name}", ((experiment.data or {}).get(key) or {}).get(name, _UNWRITTEN)
    value = getattr(experiment.trainer.args if section == ARGS else experiment.environment, name)
    return path, _UNWRITTEN if value is None else value


def _says(pattern: str, *kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    expression = re.compile(pattern, re.IGNORECASE)
    return lambda error: isinstance(error, kinds or Exception) and bool(expression.search(str(error)))


def _errno(*numbers: int) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, OSError) and error.errno in numbers


def _any(*tests: Callable[[BaseException], bool]) -> Callable[[BaseException], bool]:
    return lambda error: any(test(error) for test in tests)


KINDS = (
    Kind(
        _says(r"has parameters that were not used in producing the loss|finished reduction in the prior", RuntimeError),
        "Some parameters took no part in the loss, and DDP waits for the gradients of all.",
        (f"{ARGS}.strategy", f"{ARGS}.find_unused_parameters"),
        "Write `find_unused_parameters: true`, or freeze them (`requires_grad = False`) before training.",
    ),
    Kind(
        _says(r"is not in the optimizer state", RuntimeError),
        "FSDP cannot save an optimizer that has made no step with some of its parameters: they were frozen before.",
        (f"{ARGS}.strategy",),
        "Train them from the beginning, or write `strategy: ddp`.",
    ),
    Kind(
        _says(r"SyncBatchNorm expected input tensor to be on", ValueError),
        "torch synchronises batch norm on GPUs alone, and this machine trains on its CPU.",
        (f"{ARGS}.sync_batchnorm", f"{ARGS}.accelerator"),
        "Remove `sync_batchnorm`, or write `accelerator: gpu` and train on a machine with GPUs.",
    ),
    Kind(
        _any(
            lambda error: isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError",
            _says(r"out of memory|can't allocate memory|not enough memory|cudnn.*not_supported", RuntimeError),
        ),
        "The memory was not enough for a batch.",
        (
            "data.batch_size",
            f"{ARGS}.accumulate_grad_batches",
            f"{ARGS}.precision",
            f"{ARGS}.mixed_precision",
            f"{ARGS}.gradient_checkpointing",
        ),
        "Halve the batch size and double `accumulate_grad_batches` for the same steps, compute in `bf16-mixed`, or "
        "write `gradient_checkpointing: true`.",
    ),
    Kind(
        _any(_errno(errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _says(r"no space left|file write failed", RuntimeError)),
        "The disk is full.",
        ("environment.output_dir", f"{ARGS}.save_top_k", f"{ARGS}.save_last", f"{ARGS}.save_weights_only"),
        "Make room, or write elsewhere with `environment.output_dir`; then `--resume` goes on.",
    ),
    Kind(
        _errno(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST),
        "A file or folder cannot be written or read.",
        ("environment.output_dir",),
        "Look at its permissions, or write elsewhere with `environment.output_dir`.",
    ),
    Kind(
        lambda error: isinstance(error, RuntimeError) and bool(_LOST.search(str(error))),
        "Another process of this job was lost, or did not answer in time.",
        (f"{ARGS}.ddp_timeout", f"{ARGS}.strategy", f"{ARGS}.devices", f"{ARGS}.num_nodes"),
        "The output of the other ranks says why the first of them ended. Between machines, MASTER_ADDR, MASTER_PORT "
        "and GLOO_SOCKET_IFNAME or NCCL_SOCKET_IFNAME must lead to each other; then `--resume` goes on.",
    ),
    Kind(
        lambda error: type(error).__name__ == "NotFinite",
        "The training loss became NaN or infinite, and training stopped: what follows could not be used.",
        (
            f"{ARGS}.precision",
            f"{ARGS}.mixed_precision",
            f"{ARGS}.gradient_clip_val",
            f"{ARGS}.accumulate_grad_batches",
            f"{ARGS}.detect_anomaly",
        ),
        "Lower the learning rate, write `gradient_clip_val: 1.0`, or compute in `32-true`; `detect_anomaly: true` "
        "finds the operation that brought it.",
    ),
    Kind(
        _says(r"DataLoader worker .*(killed|exited)|bus error.*shared memory|unable to open shared memory"),
        "A process that loads data was killed, most often for want of memory.",
        ("data.num_workers", "data.batch_size"),
        "Lower `num_workers`; `0` loads in the training process and shows the error itself.",
    ),
)
