"""What several settings come to together: devices, direction of a metric, length of the training.

Pure functions of the validated settings, shared by the rules (which report what cannot be) and the plan.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, TypeVar

from vibench.schemas.base import DurationParts
from vibench.schemas.components import BUILTINS, Component
from vibench.schemas.metrics import direction
from vibench.schemas.trainer import ActivationCheckpointSettings, EarlyStoppingSettings, PruningSettings, TrainerArgs

Settings = TypeVar("Settings", EarlyStoppingSettings, PruningSettings)
GPU_KINDS = ("gpu", "cuda", "mps")


def gpu_request(args: TrainerArgs) -> int | list[int] | None:
    """`gpus` as a number or a list of indices."""
    if isinstance(args.gpus, str):
        return [int(index) for index in args.gpus.split(",")]
    return args.gpus


def accelerator(args: TrainerArgs) -> str:
    """Lightning's `accelerator`."""
    named = args.device if args.device and args.accelerator in ("auto", "gpu") else args.accelerator
    if named != "auto" or args.gpus is None:
        return named
    return "cpu" if gpu_request(args) == 0 else "gpu"


def devices(args: TrainerArgs) -> int | list[int] | str:
    """Lightning's `devices`."""
    request = gpu_request(args)
    if request is None or args.devices != "auto":
        return args.devices
    return 1 if request == 0 else request


def precision(args: TrainerArgs) -> str:
    """Lightning's `precision`, by its full name."""
    asked = str(args.precision or ("16-mixed" if args.mixed_precision else "32-true"))
    full = {"16": "16-mixed", "32": "32-true", "64": "64-true", "bf16": "bf16-mixed"}.get(asked, asked)
    return "bf16-mixed" if full == "16-mixed" and accelerator(args) == "cpu" else full


def processes(args: TrainerArgs) -> int:
    """Processes that the settings ask for by number; 1 where the machine decides."""
    wanted = devices(args)
    each = len(wanted) if isinstance(wanted, list) else wanted if isinstance(wanted, int) and wanted > 0 else 1
    return each * args.num_nodes


def parallel_groups(args: TrainerArgs) -> tuple[int | None, int | None]:
    """Processes that share the data, and those that share each layer; None where the machine decides."""
    own = args.strategy.init_args if isinstance(args.strategy, Component) else {}
    data, tensor = (own.get(f"{kind}_parallel_size", "auto") for kind in ("data", "tensor"))
    data = args.num_nodes if data == "auto" else data
    tensor = each_node(args, None) if tensor == "auto" else tensor
    return data if isinstance(data, int) else None, tensor if isinstance(tensor, int) else None


def each_node(args: TrainerArgs, local_size: int | None) -> int | None:
    """Processes on each node: as asked for by number, else as a launcher started; None where neither says it."""
    wanted = devices(args)
    if isinstance(wanted, list):
        return len(wanted)
    return wanted if isinstance(wanted, int) and wanted > 0 else local_size


def epochs(args: TrainerArgs) -> int:
    """Lightning's `max_epochs`: steps or time alone lift the limit of epochs."""
    written = args.model_fields_set
    limited = args.max_steps != -1 or args.max_time is not None
    return -1 if limited and "num_epochs" not in written else args.num_epochs


@cache
def _plain(model: type[Settings]) -> Settings:
    """The settings with nothing written; models are frozen, so one will do."""
    return model()


def early_stopping(args: TrainerArgs) -> EarlyStoppingSettings | None:
    """The settings of early stopping, or None where it is off."""
    if isinstance(args.early_stopping, EarlyStoppingSettings):
        return args.early_stopping
    return _plain(EarlyStoppingSettings) if args.early_stopping else None


def validates(args: TrainerArgs) -> bool:
    """Whether there is any validation; `overfit_batches` and `fast_dev_run` set its size themselves."""
    return bool(args.overfit_batches or args.fast_dev_run or args.limit_val_batches != 0)


def training_batches(args: TrainerArgs) -> int | None:
    """Training batches of an epoch where the settings give their number."""
    limit = args.overfit_batches or args.limit_train_batches
    return limit if isinstance(limit, int) else None


def validations(args: TrainerArgs) -> int | None:
    """Validations that the training comes to at most, where the settings give their number."""
    total, batches = epochs(args), training_batches(args)
    every, interval = args.check_val_every_n_epoch, args.val_check_interval
    if interval is None or (isinstance(interval, float) and interval == 1.0):
        interval = batches = batches or 1
    if total == -1 or batches is None or not isinstance(interval, int | float):
        return None
    step = interval if isinstance(interval, int) else max(int(batches * interval), 1)
    return total * batches // step if every is None else total // every * (batches // step)


def arguments(section: dict[str, Any] | None) -> dict[str, Any]:
    """The arguments of `data`, `model` or `task`, where they are written."""
    given = (section or {}).get("init_args" if "class_path" in (section or {}) else "args")
    return given if isinstance(given, dict) else {}


def logged(task: dict[str, Any] | None) -> tuple[str, ...] | None:
    """The metrics that a built-in task logs; None where the task is another's."""
    if not task:
        return None
    for name, builtin in BUILTINS["task"].items():
        named = task.get("name") == name and task.keys() <= {"name", "args"}
        if named or task.get("class_path") == builtin.target.replace(":", "."):
            return builtin.logs
    return None


def pruning(args: TrainerArgs) -> PruningSettings | None:
    """The settings of pruning, or None where it is off."""
    if isinstance(args.pruning, PruningSettings):
        return args.pruning
    return None if args.pruning is False else _plain(PruningSettings)


def pruning_amount(args: TrainerArgs) -> int | float | list[float]:
    """Final sparsity (or number of weights), or that of each stage; the loader has undone `pruning: 0.3`."""
    if isinstance(args.pruning, bool | PruningSettings):
        return args.pruning_amount
    return args.pruning


def is_structured(args: TrainerArgs) -> bool:
    """Whether whole slices of the weights go."""
    return args.pruning_method.endswith("_structured")


def prunes_globally(args: TrainerArgs, own: PruningSettings) -> bool:
    """Whether weights are compared over all layers."""
    return not is_structured(args) if own.use_global_unstructured is None else own.use_global_unstructured


def pruning_epochs(stages: int, epochs: int | None) -> list[int | None]:
    """Epochs that have passed when each stage begins; None where no epoch follows, or none is known.

    One stage stands at half of the epochs, three at 1/4, 1/2 and 3/4 of them.
    """
    begins = [-(-(stage + 1) * (epochs or 0) // (stages + 1)) for stage in range(stages)]
    return [begin if epochs and begin < epochs else None for begin in begins]


def checkpointed_modules(args: TrainerArgs) -> list[str] | None:
    """Names of the modules that recompute their activations; None: the model's own way, or its repeated blocks."""
    if isinstance(args.gradient_checkpointing, ActivationCheckpointSettings):
        return args.gradient_checkpointing.modules
    return None


Watcher = Literal["checkpoint", "early_stopping"]
Direction = Literal["min", "max"] | None


def watched(args: TrainerArgs, watcher: Watcher) -> tuple[str, Direction]:
    """The metric that checkpoints or early stopping watch, and its direction where that is known."""
    own: Any = args.checkpoint if watcher == "checkpoint" else early_stopping(args)
    return metric((own.monitor, own.mode) if own else (None, None), (args.monitor_metric, args.mode))


def metric(own: tuple[str | None, Direction], general: tuple[str, Direction]) -> tuple[str, Direction]:
    """The metric and direction of one that watches, of what its own settings and the general ones say."""
    monitor, stated = own[0] or general[0], own[1]
    if stated is None and monitor == general[0]:
        stated = general[1]
    return monitor, stated or direction(monitor)


_CLASSES = {
    "DDPStrategy": "ddp",
    "FSDPStrategy": "fsdp",
    "DeepSpeedStrategy": "deepspeed",
    "ModelParallelStrategy": "model_parallel",
    "XLAStrategy": "xla",
    "SingleDeviceXLAStrategy": "single_xla",
}
_KINDS = {"single_device": "single_device", "single_xla": "single_xla", "single_tpu": "single_xla"}
_METHODS = {"ddp_spawn": "spawn", "ddp_fork": "fork", "ddp_notebook": "fork"}


def strategy(args: TrainerArgs) -> str:
    """The kind of the strategy, by its name or Lightning's class: `ddp`, `fsdp`, …; of another class its path."""
    if isinstance(args.strategy, Component):
        path = args.strategy.class_path or ""
        return _CLASSES.get(path.rpartition(".")[2], path)
    return _KINDS.get(args.strategy) or args.strategy.partition("_")[0]


def start_method(args: TrainerArgs) -> str:
    """How DDP starts the other processes; `popen`: each as a command of its own."""
    if isinstance(args.strategy, Component):
        return str(args.strategy.init_args.get("start_method", "popen"))
    return _METHODS.get(args.strategy.partition("_find_unused_parameters_")[0], "popen")


def is_ddp(args: TrainerArgs) -> bool:
    """Whether the strategy is, or will be, DDP."""
    if isinstance(args.strategy, Component):
        return (args.strategy.class_path or "").endswith("DDPStrategy")
    return args.strategy.startswith("ddp") or (args.strategy == "auto" and processes(args) > 1)


def seconds(value: str | DurationParts) -> int:
    """A duration in seconds."""
    if isinstance(value, DurationParts):
        parts = (value.days, value.hours, value.minutes, value.seconds)
    else:
        parts = tuple(int(part) for part in value.split(":"))  # type: ignore[assignment]
    total = 0
    for part, unit in zip(parts, (86400, 3600, 60, 1), strict=True):
        total += part * unit
    return total
