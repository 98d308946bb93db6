"""Rules between settings: one short function each, with its own code.

A rule sees the validated experiment and yields what is wrong by path; the loader finds the places. Nothing here
looks at the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vibench.schemas import resolve
from vibench.schemas.base import StrictModel, setting_of
from vibench.schemas.checkpoint_names import template_problem
from vibench.schemas.components import Component
from vibench.schemas.experiment import Experiment
from vibench.schemas.metrics import direction, respelt
from vibench.schemas.trainer import CheckpointArgs, TrainerArgs

ARGS = "trainer.args"
_SECRET = r"(_KEY|_TOKEN|_SECRET|PASSWORD|PASSWD|CREDENTIALS?)$"


class Finding(NamedTuple):
    """What a rule found: the paths are canonical, the first one is blamed, `also` are the others."""

    code: str
    path: str
    message: str
    hint: str = ""
    also: tuple[str, ...] = ()


Rule = Callable[[Experiment], Iterator[Finding]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Add a function to the rules."""
    RULES.append(function)
    return function


def broken(experiment: Experiment) -> Iterator[Finding]:
    """Everything the rules find."""
    for function in RULES:
        yield from function(experiment)


def _written(model: StrictModel, names: Any) -> list[str]:
    return [name for name in names if name in model.model_fields_set]


@rule
def not_yet_supported(experiment: Experiment) -> Iterator[Finding]:
    """A setting whose effect is not built yet is refused, never ignored."""
    for prefix, model in (("environment", experiment.environment), (ARGS, experiment.trainer.args)):
        for name in _written(model, type(model).model_fields):
            value = getattr(model, name)
            if setting_of(type(model), name).pending and value is not False:
                message = f"`{name}` has no effect in this version of vibench yet"
                yield Finding("not-yet-supported", f"{prefix}.{name}", message, "remove it, or set it to false")


@rule
def deprecated(experiment: Experiment) -> Iterator[Finding]:
    """Old settings that still take effect."""
    args = experiment.trainer.args
    for name in _written(args, TrainerArgs.model_fields):
        says = setting_of(TrainerArgs, name)
        if says.deprecated and getattr(args, name) is not False:
            yield Finding("deprecated-key", f"{ARGS}.{name}", f"`{name}` is an old setting", says.deprecated)


@rule
def endless_training(experiment: Experiment) -> Iterator[Finding]:
    """Something must end the training."""
    args = experiment.trainer.args
    if resolve.epochs(args) == -1 and args.max_steps == -1 and args.max_time is None and not args.fast_dev_run:
        message = "training would never end: epochs, steps and time are all without a limit"
        also = (f"{ARGS}.max_steps", f"{ARGS}.max_time")
        yield Finding("endless-training", f"{ARGS}.num_epochs", message, "limit one of them", also)


@rule
def minimum_above_maximum(experiment: Experiment) -> Iterator[Finding]:
    """`min_epochs` ≤ `num_epochs`, `min_steps` ≤ `max_steps`."""
    args = experiment.trainer.args
    pairs = (("min_epochs", "num_epochs", resolve.epochs(args)), ("min_steps", "max_steps", args.max_steps))
    for low, high, most in pairs:
        least = getattr(args, low)
        if least is not None and most != -1 and least > most:
            message = f"`{low}` ({least}) is above `{high}` ({most})"
            yield Finding("min-above-max", f"{ARGS}.{low}", message, also=(f"{ARGS}.{high}",))


@rule
def gpus_and_devices(experiment: Experiment) -> Iterator[Finding]:
    """`gpus` and `devices` are one setting."""
    args = experiment.trainer.args
    request = resolve.gpu_request(args)
    if request is not None and args.devices not in ("auto", request):
        message = f"`gpus` ({args.gpus}) and `devices` ({args.devices}) disagree"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, "keep one of them", (f"{ARGS}.devices",))


@rule
def device_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """`device` and `accelerator` are one setting; `gpu` stands for any kind of GPU."""
    args = experiment.trainer.args
    if args.device is None or args.accelerator in ("auto", args.device):
        return
    if not (args.accelerator == "gpu" and args.device in resolve.GPU_KINDS):
        message = f"`device` ({args.device}) and `accelerator` ({args.accelerator}) disagree"
        yield Finding("device-conflict", f"{ARGS}.device", message, "keep one of them", (f"{ARGS}.accelerator",))


@rule
def gpus_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """GPUs are asked for on an accelerator that has none, or none on one that is a GPU."""
    args = experiment.trainer.args
    request = resolve.gpu_request(args)
    key = "device" if args.device else "accelerator"
    named = args.device or args.accelerator
    if request is None or named == "auto":
        return
    also = (f"{ARGS}.{key}",)
    if named == "cpu" and isinstance(request, int) and request >= 1:
        message = f"`{key}: cpu` makes `gpus: {request}` a number of CPU processes"
        yield Finding("gpus-on-cpu", f"{ARGS}.gpus", message, f"write `devices: {request}`", also)
    elif (named == "cpu" and request != 0) or named == "tpu":
        message = f"`gpus: {args.gpus}` asks for GPUs, and `{key}: {named}` has none"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, f"remove `gpus`, or `{key}`", also)
    elif named in resolve.GPU_KINDS and request == 0:
        message = f"`gpus: 0` asks for the CPU, and `{key}` for {named}"
        yield Finding("device-conflict", f"{ARGS}.gpus", message, "keep one of them", also)


@rule
def possible_devices(experiment: Experiment) -> Iterator[Finding]:
    """Lightning takes at least one device, and on a CPU only a number of processes."""
    args = experiment.trainer.args
    if args.devices == 0:
        yield Finding("device-conflict", f"{ARGS}.devices", "`devices: 0` leaves nothing to train on", "write 1")
    elif (
        resolve.accelerator(args) == "cpu"
        and args.gpus is None
        and (isinstance(args.devices, list) or args.devices == -1)
    ):
        message = f"a CPU takes a number of processes as `devices`, got {args.devices}"
        yield Finding("device-conflict", f"{ARGS}.devices", message, "write how many processes to start")


@rule
def strategy_and_accelerator(experiment: Experiment) -> Iterator[Finding]:
    """FSDP and DeepSpeed need CUDA; MPS trains in one process."""
    args = experiment.trainer.args
    if not isinstance(args.strategy, str):
        return
    kind = resolve.accelerator(args)
    sharded = args.strategy.startswith(("fsdp", "deepspeed"))
    if (kind in ("cpu", "mps", "tpu") and sharded) or (kind == "mps" and args.strategy.startswith("ddp")):
        message = f"`strategy: {args.strategy}` does not run on `{kind}`"
        yield Finding("strategy-device", f"{ARGS}.strategy", message, also=(f"{ARGS}.accelerator",))


@rule
def ddp_settings(experiment: Experiment) -> Iterator[Finding]:
    """`find_unused_parameters` and `ddp_timeout` are arguments of DDP."""
    args = experiment.trainer.args
    for name in ("find_unused_parameters", "ddp_timeout"):
        if getattr(args, name) is not None and not resolve.is_ddp(args):
            message = f"`{name}` is a setting of DDP, and the strategy is not DDP"
            yield Finding("needs-ddp", f"{ARGS}.{name}", message, "write `strategy: ddp`", (f"{ARGS}.strategy",))
        elif getattr(args, name) is not None and isinstance(args.strategy, Component):
            message = f"`{name}` goes into the `init_args` of the strategy's class"
            yield Finding("needs-ddp", f"{ARGS}.{name}", message, also=(f"{ARGS}.strategy",))
    stated = str(args.strategy).endswith(("_true", "_false")) and str(args.strategy).rpartition("_")[2] == "true"
    named = str(args.strategy).endswith(("_true", "_false"))
    if named and args.find_unused_parameters not in (None, stated):
        message = f"`find_unused_parameters` and `strategy: {args.strategy}` disagree"
        yield Finding("conflict", f"{ARGS}.find_unused_parameters", message, also=(f"{ARGS}.strategy",))


@rule
def mixed_precision(experiment: Experiment) -> Iterator[Finding]:
    """`mixed_precision: true` is 16-mixed or bf16-mixed."""
    args = experiment.trainer.args
    if args.mixed_precision and args.precision not in (None, 16, "16", "bf16", "16-mixed", "bf16-mixed"):
        message = f"`mixed_precision: true` and `precision: {args.precision}` disagree"
        also = (f"{ARGS}.precision",)
        yield Finding("precision-conflict", f"{ARGS}.mixed_precision", message, "keep one of them", also)


@rule
def half_precision_on_cpu(experiment: Experiment) -> Iterator[Finding]:
    """A CPU has no 16-mixed."""
    args = experiment.trainer.args
    if resolve.accelerator(args) == "cpu" and args.precision in (16, "16", "16-mixed"):
        message = f"a CPU computes `precision: {args.precision}` as bf16-mixed"
        yield Finding("half-on-cpu", f"{ARGS}.precision", message, "write `bf16-mixed`")


def _watchers(args: TrainerArgs) -> Iterator[tuple[resolve.Watcher, str, str]]:
    """Who watches a metric: the watcher, the path of the monitor and of the mode it goes by."""
    for watcher, active in (
        ("checkpoint", args.enable_checkpointing and args.save_top_k != 0),
        ("early_stopping", resolve.early_stopping(args) is not None),
    ):
        own: Any = args.checkpoint if watcher == "checkpoint" else resolve.early_stopping(args)
        if active and not args.barebones:
            monitor = f"{ARGS}.{watcher}.monitor" if own.monitor else f"{ARGS}.monitor_metric"
            mode = f"{ARGS}.{watcher}.mode" if own.mode else f"{ARGS}.mode"
            yield watcher, monitor, mode  # type: ignore[misc]


@rule
def metric_direction(experiment: Experiment) -> Iterator[Finding]:
    """The direction of a watched metric is known, and a stated one is the usual one."""
    args = experiment.trainer.args
    seen = set()
    for watcher, monitor_path, mode_path in _watchers(args):
        monitor, mode = resolve.watched(args, watcher)
        if (monitor, mode) in seen:
            continue
        seen.add((monitor, mode))
        usual = direction(monitor)
        if mode is None:
            message = f"whether `{monitor}` is to rise or to fall cannot be read off its name"
            right = respelt(monitor)
            hint = f"did you mean `{right}`? Else write" if right else "write"
            hint += " `mode: min` or `mode: max`"
            yield Finding("unknown-direction", monitor_path, message, hint, (mode_path,))
        elif usual and mode != usual:
            message = f"`mode: {mode}` would keep the worst `{monitor}`, which is better the {_better(usual)} it is"
            hint = f"write `mode: {usual}`"
            yield Finding("monitor-direction", mode_path, message, hint, (monitor_path,))


def _better(mode: str) -> str:
    return "lower" if mode == "min" else "higher"


@rule
def validation_metric_without_validation(experiment: Experiment) -> Iterator[Finding]:
    """Early stopping on a validation metric needs validation."""
    args = experiment.trainer.args
    if resolve.early_stopping(args) is None or args.limit_val_batches != 0:
        return
    monitor, _ = resolve.watched(args, "early_stopping")
    if monitor.startswith("val"):
        message = f"early stopping watches `{monitor}`, and `limit_val_batches: 0` turns validation off"
        yield Finding("early-stopping-never", f"{ARGS}.early_stopping", message, also=(f"{ARGS}.limit_val_batches",))


@rule
def early_stopping_off(experiment: Experiment) -> Iterator[Finding]:
    """Settings of early stopping that nothing reads."""
    args = experiment.trainer.args
    if args.early_stopping is False:
        for name in _written(args, ("patience", "min_delta")):
            message = f"nothing reads `{name}`: early stopping is off"
            hint = "write `early_stopping: true`"
            yield Finding("early-stopping-off", f"{ARGS}.{name}", message, hint, (f"{ARGS}.early_stopping",))


@rule
def checkpointing_off(experiment: Experiment) -> Iterator[Finding]:
    """Settings of checkpoints that nothing reads."""
    args = experiment.trainer.args
    if not args.enable_checkpointing:
        for name in _written(args, (*CheckpointArgs.model_fields, "checkpoint")):
            message = f"nothing reads `{name}`: checkpointing is off"
            yield Finding("checkpointing-off", f"{ARGS}.{name}", message, also=(f"{ARGS}.enable_checkpointing",))


@rule
def checkpoint_triggers(experiment: Experiment) -> Iterator[Finding]:
    """`last.ckpt` is written by steps or by time."""
    args = experiment.trainer.args
    if args.every_n_train_steps is not None and args.train_time_interval is not None:
        message = "`every_n_train_steps` and `train_time_interval` cannot both be set"
        also = (f"{ARGS}.every_n_train_steps",)
        yield Finding("checkpoint-triggers", f"{ARGS}.train_time_interval", message, "keep one of them", also)


@rule
def filename_template(experiment: Experiment) -> Iterator[Finding]:
    """The file names can be filled in and are legal on every file system."""
    args = experiment.trainer.args
    if args.filename is None:
        return
    problem = template_problem(args.filename)
    if problem:
        hint = "for example `epoch{epoch:02d}-{val_loss:.3f}`"
        yield Finding("bad-filename", f"{ARGS}.filename", f"`{args.filename}`: {problem}", hint)


@rule
def validation_interval(experiment: Experiment) -> Iterator[Finding]:
    """Without epochs to count, validation goes by batches or time."""
    args = experiment.trainer.args
    if args.check_val_every_n_epoch is None and (
        args.val_check_interval is None or isinstance(args.val_check_interval, float)
    ):
        message = "`check_val_every_n_epoch: null` needs `val_check_interval` as a number of batches or a time"
        hint = "write `val_check_interval: 500`, for example"
        path = f"{ARGS}.val_check_interval" if args.val_check_interval else f"{ARGS}.check_val_every_n_epoch"
        yield Finding("val-interval", path, message, hint, (f"{ARGS}.check_val_every_n_epoch",))


@rule
def clip_algorithm_alone(experiment: Experiment) -> Iterator[Finding]:
    """The way to clip needs a limit to clip at."""
    args = experiment.trainer.args
    if args.gradient_clip_algorithm and args.gradient_clip_val is None:
        message = "nothing is clipped: `gradient_clip_val` is not written"
        also = (f"{ARGS}.gradient_clip_val",)
        yield Finding("clip-algorithm-alone", f"{ARGS}.gradient_clip_algorithm", message, also=also)


@rule
def one_batch(experiment: Experiment) -> Iterator[Finding]:
    """`limit_train_batches: 1` is one batch."""
    args = experiment.trainer.args
    for name in ("limit_train_batches", "limit_val_batches", "limit_test_batches", "limit_predict_batches"):
        value = getattr(args, name)
        if value == 1 and isinstance(value, int):
            message = f"`{name}: 1` is one batch, not all of them"
            yield Finding("one-batch", f"{ARGS}.{name}", message, "write 1.0 for all of them")


# What `barebones` forbids, and the values that mean "off".
_FORBIDDEN_BARE = {
    "enable_checkpointing": (False,),
    "enable_progress_bar": (False,),
    "enable_model_summary": (False,),
    "log_every_n_steps": (0,),
    "num_sanity_val_steps": (0,),
    "fast_dev_run": (False, 0),
    "detect_anomaly": (False,),
    "profiler": (None,),
    "early_stopping": (False,),
    "log_gpu_memory": (False,),
}


@rule
def barebones(experiment: Experiment) -> Iterator[Finding]:
    """`barebones` leaves nothing but the loop."""
    args = experiment.trainer.args
    if not args.barebones:
        return
    also = (f"{ARGS}.barebones",)
    for name in _written(args, _FORBIDDEN_BARE):
        if getattr(args, name) not in _FORBIDDEN_BARE[name]:
            message = f"`barebones: true` forbids `{name}`"
            yield Finding("barebones-conflict", f"{ARGS}.{name}", message, "remove one of them", also)
    environment = experiment.environment
    for name in _written(environment, ("tensorboard", "wandb", "swanlab", "loggers")):
        if getattr(environment, name):
            message = f"`barebones: true` forbids loggers, and `{name}` is on"
            yield Finding("barebones-conflict", f"environment.{name}", message, "remove one of them", also)


@rule
def secrets(experiment: Experiment) -> Iterator[Finding]:
    """Secrets do not belong in a file."""
    for name in experiment.environment.variables:
        if re.search(_SECRET, name):
            message = f"`{name}` looks like a secret; config files are shared and kept with every run"
            yield Finding("secret-in-file", f"environment.{name}", message, "set it in the shell")


@rule
def callback_clashes(experiment: Experiment) -> Iterator[Finding]:
    """One progress bar; no checkpoint callback where checkpointing is off."""
    args = experiment.trainer.args
    bars = 0
    for index, component in enumerate(args.callbacks):
        name = (component.class_path or component.name or "").rpartition(".")[2]
        path = f"{ARGS}.callbacks.{index}"
        bars += name.endswith("ProgressBar")
        if name.endswith("ProgressBar") and bars > 1:
            yield Finding("duplicate-callback", path, "two progress bars cannot be shown at once")
        if name == "ModelCheckpoint" and not args.enable_checkpointing:
            message = "`enable_checkpointing: false` forbids a `ModelCheckpoint`"
            yield Finding("duplicate-callback", path, message, also=(f"{ARGS}.enable_checkpointing",))
        if name == "GradientAccumulationScheduler" and args.accumulate_grad_batches != 1:
            message = "`accumulate_grad_batches` and a `GradientAccumulationScheduler` cannot both be set"
            yield Finding("duplicate-callback", path, message, also=(f"{ARGS}.accumulate_grad_batches",))
