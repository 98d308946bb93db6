"""Lightning's own callbacks as models: the arguments of each class that a config file can write.

Each model carries its class's name, and its settings the names and defaults of `__init__`; a test holds both
against the installed classes. Ranges are what Lightning enforces, or fails on later.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from vibench.schemas.base import (
    Duration,
    Expects,
    Fraction,
    Int,
    IntFromMinusOne,
    NaturalFloat,
    NaturalInt,
    NonEmpty,
    PositiveFloat,
    PositiveInt,
    StrictModel,
    UnitInterval,
    setting,
)
from vibench.schemas.choices import (
    Annealing,
    BatchSizeSearch,
    Growth,
    Link,
    Mode,
    ParameterName,
    PruningMethod,
    Verbosity,
    When,
)
from vibench.schemas.trainer import FactorByEpoch

Share = Annotated[float, Field(ge=0, lt=1)]
Device = Annotated[NonEmpty | NaturalInt, Field(examples=["cuda:0"]), Expects("a torch device, like `cpu` or `cuda:0`")]
EpochOrShare = Annotated[
    PositiveInt | UnitInterval, Expects("an epoch (integer ≥ 1) or a share of the training (number from 0.0 to 1.0)")
]


def _in_a_folder(value: str) -> str:
    if value.endswith(".json") and "/" not in value:
        raise ValueError("Lightning makes the folder of the file, and fails where none is written")
    return value


ListedIn = Annotated[
    NonEmpty,
    AfterValidator(_in_a_folder),
    Field(json_schema_extra={"not": {"type": "string", "pattern": r"^[^/]*\.json$"}}),
    Expects("a folder, or a file in one (`./jumps.json`)"),
]
Rates = Annotated[
    PositiveFloat | Annotated[list[PositiveFloat], Field(min_length=1)],
    Expects("a number > 0, or a list of them, one for each parameter group"),
]


class BackboneFinetuning(StrictModel):
    """Train the head first and the `backbone` of the model from an epoch on."""

    unfreeze_backbone_at_epoch: NaturalInt = setting(10, "Epoch from which the backbone is trained.")
    backbone_initial_ratio_lr: PositiveFloat = setting(0.1, "First learning rate of the backbone, as a share.")
    backbone_initial_lr: PositiveFloat | None = setting(None, "First learning rate of the backbone.")
    should_align: bool = setting(True, "Let the backbone's learning rate meet the head's and stay there.")
    initial_denom_lr: PositiveFloat = setting(10.0, "What the learning rate is divided by when unfreezing.")
    train_bn: bool = setting(True, "Train batch norm layers also while the backbone is frozen.")
    verbose: bool = setting(False, "Print the learning rates.")
    rounding: NaturalInt = setting(12, "Digits that learning rates are printed with.")


class BatchSizeFinder(StrictModel):
    """Find the largest batch size that fits before training."""

    mode: BatchSizeSearch = setting("power", "Double, or narrow down by halves.")
    steps_per_trial: PositiveInt = setting(3, "Steps run with each size.")
    init_val: PositiveInt = setting(2, "First size tried.")
    max_trials: PositiveInt = setting(25, "Sizes tried at most.")
    batch_arg_name: NonEmpty = setting("batch_size", "Attribute of the model or data that holds the size.")
    margin: Share = setting(0.05, "Share taken off the found size to be safe (`binsearch`).")
    max_val: PositiveInt = setting(8192, "Largest size tried.")


class DeviceStatsMonitor(StrictModel):
    """Log what the devices report: memory, utilisation."""

    cpu_stats: bool | None = setting(None, "Log the CPU too; where it is not written, only if it is what trains.")


class EarlyStopping(StrictModel):
    """Stop when a metric no longer improves."""

    monitor: NonEmpty = setting(..., "Metric to watch.", example="val_loss")
    min_delta: NaturalFloat = setting(0.0, "Smallest change that counts as improvement.")
    patience: NaturalInt = setting(3, "Checks without improvement before training stops.")
    verbose: bool = setting(False, "Say when the metric improved.")
    mode: Mode = setting("min", "Whether the metric is to fall or to rise.")
    strict: bool = setting(True, "Fail when the metric was not logged.")
    check_finite: bool = setting(True, "Stop when the metric is NaN or infinite.")
    stopping_threshold: float | None = setting(None, "Stop at once when the metric is better than this.")
    divergence_threshold: float | None = setting(None, "Stop at once when the metric is worse than this.")
    check_on_train_epoch_end: bool | None = setting(None, "Check after the training epoch, not the validation.")
    log_rank_zero_only: bool = setting(False, "Print messages of rank 0 only.")


class EMAWeightAveraging(StrictModel):
    """Keep an exponential moving average of the weights, and validate and save that."""

    device: Device | None = setting(None, "Where the average is kept; with the model where it is not written.")
    use_buffers: bool = setting(True, "Average buffers too, like batch norm statistics.")
    decay: UnitInterval = setting(0.999, "Share of the old average in the new one.")
    update_every_n_steps: PositiveInt = setting(1, "Steps between updates.")
    update_starting_at_step: NaturalInt | None = setting(None, "Step of the first update.")
    update_starting_at_epoch: NaturalInt | None = setting(None, "Epoch of the first update.")


class GradientAccumulationScheduler(StrictModel):
    """Change the number of batches per step from given epochs on."""

    scheduling: FactorByEpoch = setting(
        ..., "Factors by the epoch that they hold from.", becomes="epochs", example={"4": 2}
    )


class LearningRateFinder(StrictModel):
    """Find a learning rate before training by a range test (Smith 2017)."""

    min_lr: PositiveFloat = setting(1e-8, "Lowest learning rate tried.")
    max_lr: PositiveFloat = setting(1.0, "Highest learning rate tried.")
    num_training_steps: PositiveInt = setting(100, "Training steps of the test.")
    mode: Growth = setting("exponential", "How the rate grows.")
    early_stop_threshold: PositiveFloat | None = setting(
        4.0, "Stop when the loss is this many times the best one; null: never.", keeps_null=True
    )
    update_attr: bool = setting(True, "Write the found rate to the model.")
    attr_name: str = setting("", "Attribute of the model that holds the rate; `lr` or `learning_rate` by default.")


class LearningRateMonitor(StrictModel):
    """Log the learning rate of every optimizer."""

    logging_interval: When | None = setting(None, "When to log; as the scheduler steps by default.")
    log_momentum: bool = setting(False, "Log momentum too.")
    log_weight_decay: bool = setting(False, "Log weight decay too.")


class ModelCheckpoint(StrictModel):
    """Save checkpoints, the best by a metric, or at intervals."""

    dirpath: NonEmpty | None = setting(None, "Folder of the checkpoints.")
    filename: NonEmpty | None = setting(None, "Template of the file names.")
    monitor: NonEmpty | None = setting(
        None, "Metric that ranks checkpoints; the newest is kept without one.", example="val_loss"
    )
    verbose: bool = setting(False, "Say when a checkpoint was saved.")
    save_last: bool | Link | None = setting(None, "Keep `last.ckpt`, or a link to the newest.")
    save_top_k: IntFromMinusOne = setting(1, "Best checkpoints to keep; -1 keeps all, 0 none.")
    save_on_exception: bool = setting(False, "Save a checkpoint when training raises.")
    save_weights_only: bool = setting(False, "Save the weights without optimizer and loop states.")
    mode: Mode = setting("min", "Whether the metric is to fall or to rise.")
    auto_insert_metric_name: bool = setting(True, "Write `name=` before each value in file names.")
    every_n_train_steps: NaturalInt | None = setting(None, "Optimizer steps between checkpoints.")
    train_time_interval: Duration | None = setting(None, "Time between checkpoints.", becomes="timedelta")
    every_n_epochs: NaturalInt | None = setting(None, "Epochs between checkpoints.")
    save_on_train_epoch_end: bool | None = setting(None, "Save after the training epoch, not the validation.")
    enable_version_counter: bool = setting(True, "Add `-v1` to a name that is taken, in place of overwriting it.")

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        triggers = ("every_n_train_steps", "every_n_epochs", "train_time_interval")
        written = [name for name in triggers if getattr(self, name)]
        if len(written) > 1:
            raise ValueError(f"`{written[0]}` and `{written[1]}` exclude each other")
        return self

    @model_validator(mode="after")
    def _ranked(self) -> Self:
        if self.monitor is None and self.save_top_k > 1:
            raise ValueError(f"`save_top_k: {self.save_top_k}` needs a `monitor` to rank by")
        return self


class ModelPruning(StrictModel):
    """Set weights to zero while training (torch.nn.utils.prune)."""

    pruning_fn: PruningMethod = setting(..., "Which weights go.")
    parameter_names: list[ParameterName] | None = setting(None, "Parameters of each layer to prune.")
    use_global_unstructured: bool = setting(True, "Compare weights over all layers and not within each.")
    amount: Fraction | PositiveInt = setting(0.5, "Share, or number, of weights that go at each pruning.")
    apply_pruning: bool = setting(True, "Prune at all.")
    make_pruning_permanent: bool = setting(True, "Remove the masks from the saved weights.")
    use_lottery_ticket_hypothesis: bool = setting(True, "Rewind surviving weights to their first values.")
    resample_parameters: bool = setting(False, "Start surviving weights anew.")
    pruning_dim: Int | None = setting(None, "Dimension that structured methods prune along.")
    pruning_norm: Int | None = setting(None, "Order of the norm of `ln_structured`.")
    verbose: Verbosity = setting(0, "Print the sparsity: 1 overall, 2 of each layer.")
    prune_on_train_epoch_end: bool = setting(True, "Prune after the training epoch, not the validation.")

    @model_validator(mode="after")
    def _structured(self) -> Self:
        if not self.pruning_fn.endswith("_structured"):
            return self
        if self.use_global_unstructured:
            raise ValueError(f"`{self.pruning_fn}` needs `use_global_unstructured: false`")
        if self.pruning_dim is None:
            raise ValueError(f"`{self.pruning_fn}` needs `pruning_dim`")
        if self.pruning_fn == "ln_structured" and self.pruning_norm is None:
            raise ValueError("`ln_structured` needs `pruning_norm`")
        return self


class ModelSummary(StrictModel):
    """Print the layers before training."""

    max_depth: IntFromMinusOne = setting(1, "Levels of nested layers shown; -1 for all, 0 for none.")


class OnExceptionCheckpoint(StrictModel):
    """Save a checkpoint when training raises."""

    dirpath: NonEmpty = setting(..., "Folder of the checkpoint.")
    filename: NonEmpty = setting("on_exception", "Name of the file, without `.ckpt`.")


class RichModelSummary(ModelSummary):
    """Print the layers before training, as a table of rich."""


class RichProgressBarTheme(StrictModel):
    """Styles of the rich progress bar, in rich's words (`bold red`, `#6206E0`)."""

    description: str = setting("", "Of the description.")
    progress_bar: str = setting("#6206E0", "Of the bar.")
    progress_bar_finished: str = setting("#6206E0", "Of the full bar.")
    progress_bar_pulse: str = setting("#6206E0", "Of a bar without an end.")
    batch_progress: str = setting("", "Of the count of batches.")
    time: str = setting("dim", "Of the times.")
    processing_speed: str = setting("dim underline", "Of the speed.")
    metrics: str = setting("italic", "Of the metrics.")
    metrics_text_delimiter: str = setting(" ", "Text between metrics.")
    metrics_format: NonEmpty = setting(".3f", "Number format of the metrics.")


class RichProgressBar(StrictModel):
    """Show progress with rich."""

    refresh_rate: NaturalInt = setting(100, "Batches between updates; 0 shows none.")
    leave: bool = setting(False, "Leave the finished bar of each epoch.")
    theme: RichProgressBarTheme = setting(
        RichProgressBarTheme.model_construct(),
        "Styles of the bar.",
        becomes="pytorch_lightning.callbacks.progress.rich_progress.RichProgressBarTheme",
    )


class SpikeDetection(StrictModel):
    """Find batches with a sudden jump of the loss, and list them in a file to be skipped."""

    mode: Mode = setting("min", "Whether the loss is to fall or to rise.")
    window: PositiveInt = setting(10, "Batches that the running mean is taken over.")
    warmup: NaturalInt = setting(1, "Batches before the first check.")
    atol: NaturalFloat | None = setting(None, "Difference to the mean that counts as a jump.")
    rtol: NaturalFloat | None = setting(2.0, "Difference, as a multiple of the mean, that counts.", keeps_null=True)
    exclude_batches_path: ListedIn | None = setting(None, "File that lists the batches, or its folder.")
    finite_only: bool = setting(True, "Count NaN and infinity as a jump.")


class StochasticWeightAveraging(StrictModel):
    """Average the weights over the last epochs (Izmailov et al. 2018)."""

    swa_lrs: Rates = setting(..., "Learning rate of the averaging, for all parameter groups or for each.")
    swa_epoch_start: EpochOrShare = setting(0.8, "Epoch, or share of the training, that averaging starts at.")
    annealing_epochs: NaturalInt = setting(10, "Epochs over which the rate changes to `swa_lrs`.")
    annealing_strategy: Annealing = setting("cos", "How the rate changes.")
    device: Device | None = setting("cpu", "Where the average is kept; null: with the model.", keeps_null=True)


class Timer(StrictModel):
    """Stop after a time, and tell how long training, validation and test took."""

    duration: Duration | None = setting(None, "Time to stop after.")
    interval: When = setting("step", "When the clock is looked at.")
    verbose: bool = setting(True, "Say why training stopped.")


class TQDMProgressBar(StrictModel):
    """Show progress with tqdm."""

    refresh_rate: NaturalInt = setting(1, "Batches between updates; 0 shows none.")
    process_position: NaturalInt = setting(0, "Lines to leave free above the bar.")
    leave: bool = setting(False, "Leave the finished bar of each epoch.")


class WeightAveraging(StrictModel):
    """Keep the mean of the weights over all steps, and validate and save that."""

    device: Device | None = setting(None, "Where the average is kept; with the model where it is not written.")
    use_buffers: bool = setting(True, "Average buffers too, like batch norm statistics.")


CALLBACKS: dict[str, type[StrictModel]] = {
    model.__name__: model
    for model in (
        BackboneFinetuning,
        BatchSizeFinder,
        DeviceStatsMonitor,
        EarlyStopping,
        EMAWeightAveraging,
        GradientAccumulationScheduler,
        LearningRateFinder,
        LearningRateMonitor,
        ModelCheckpoint,
        ModelPruning,
        ModelSummary,
        OnExceptionCheckpoint,
        RichModelSummary,
        RichProgressBar,
        SpikeDetection,
        StochasticWeightAveraging,
        Timer,
        TQDMProgressBar,
        WeightAveraging,
    )
}

_ABSTRACT = "is a base for callbacks of one's own: name your subclass of it"
# Lightning's callbacks that a file cannot configure, and why.
UNUSABLE: dict[str, str] = {
    "BaseFinetuning": f"`BaseFinetuning` {_ABSTRACT}",
    "BasePredictionWriter": f"`BasePredictionWriter` {_ABSTRACT}",
    "Callback": f"`Callback` {_ABSTRACT}",
    "Checkpoint": f"`Checkpoint` {_ABSTRACT}",
    "ProgressBar": f"`ProgressBar` {_ABSTRACT}",
    "LambdaCallback": "`LambdaCallback` takes functions: write a callback class and name it here",
    "ThroughputMonitor": "`ThroughputMonitor` needs a function `batch_size_fn`: subclass it and name the subclass here",
}

_FUNCTION = "a function: subclass the callback to give it"
# Arguments of the classes above that a file cannot write, and why.
NOT_IN_YAML: dict[str, dict[str, str]] = {
    "BackboneFinetuning": {"lambda_func": _FUNCTION},
    "EMAWeightAveraging": {"kwargs": "arguments of torch's `AveragedModel`, which are functions"},
    "ModelPruning": {"parameters_to_prune": "module objects: `parameter_names` chooses by name"},
    "ModelSummary": {"summarize_kwargs": "nothing reads them"},
    "RichModelSummary": {"summarize_kwargs": "styles of rich's table: subclass the callback to give them"},
    "RichProgressBar": {"console_kwargs": "arguments of rich's `Console`, which are objects"},
    "StochasticWeightAveraging": {"avg_fn": _FUNCTION},
    "WeightAveraging": {"kwargs": "arguments of torch's `AveragedModel`, which are functions"},
}
