"""THE table of Trainer settings: every key of `trainer.args`, declared once.

`feeds` names the argument a setting becomes. What needs more than a copy (devices, precision, strategy, the
direction of a metric) has no `feeds` and a function in `trainer_factory/planning/trainer.py`. Defaults are Lightning's
own but for those that a test lists with their reason.
"""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from vibench.schemas.base import (
    BatchLimit,
    CheckInterval,
    Duration,
    Expects,
    Fraction,
    Int,
    IntFromMinusOne,
    Limit,
    NaturalFloat,
    NaturalInt,
    NonEmpty,
    PositiveFloat,
    PositiveInt,
    StrictModel,
    Whole,
    setting,
)
from vibench.schemas.choices import (
    AnyAccelerator,
    Auto,
    BatchSizeSearch,
    ClipAlgorithm,
    Device,
    GpuMemory,
    Growth,
    Link,
    Mode,
    Native,
    ParameterName,
    Precision,
    ProfilerName,
    ProgressBar,
    PruningMethod,
    PruningSchedule,
    StrategyName,
    Warn,
)
from vibench.schemas.components import Component


def _distinct(value: list[int]) -> list[int]:
    if len(set(value)) != len(value):
        raise ValueError("an index stands twice")
    return value


Indices = Annotated[
    list[NaturalInt],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_distinct),
    Expects("a list of distinct device indices"),
]
IndexText = Annotated[
    str,
    StringConstraints(pattern=r"^\d+(\s*,\s*\d+)*$"),
    Expects('device indices as text, like "0,1"'),
]
EpochText = Annotated[str, StringConstraints(pattern=r"^(0|[1-9]\d*)$"), Expects("an epoch (integer ≥ 0)")]
FactorByEpoch = Annotated[
    dict[EpochText, PositiveInt], Field(min_length=1), Expects("a mapping of epochs (from 0) to factors ≥ 1")
]
ParameterNames = Annotated[
    list[ParameterName],
    Field(min_length=1),
    Expects("a list of `weight`, `bias` or both"),
]
Stages = Annotated[list[Fraction], Field(min_length=3, max_length=3), Expects("a list of three fractions")]
TrialSteps = Annotated[int, Field(ge=13), Whole]  # Lightning's suggestion leaves out 11 and needs a slope


class CheckpointSettings(StrictModel):
    """What `checkpoint:` may hold beside the settings that also stand flat in `trainer.args`."""

    monitor: NonEmpty | None = setting(
        None, "Metric that checkpoints are ranked by, where it is not `monitor_metric`.", example="val_loss"
    )
    mode: Mode | None = setting(None, "Whether that metric is to fall (`min`) or to rise (`max`).")


class EarlyStoppingSettings(StrictModel):
    """What `early_stopping:` may hold beside `patience` and `min_delta`."""

    monitor: NonEmpty | None = setting(None, "Metric to watch, where it is not `monitor_metric`.", example="val_loss")
    mode: Mode | None = setting(None, "Whether that metric is to fall (`min`) or to rise (`max`).")
    stopping_threshold: float | None = setting(
        None, "Stop at once when the metric is better than this.", feeds="EarlyStopping.stopping_threshold"
    )
    divergence_threshold: float | None = setting(
        None, "Stop at once when the metric is worse than this.", feeds="EarlyStopping.divergence_threshold"
    )
    check_finite: bool = setting(True, "Stop when the metric is NaN or infinite.", feeds="EarlyStopping.check_finite")
    strict: bool = setting(True, "Fail when the metric was not logged.", feeds="EarlyStopping.strict")
    verbose: bool = setting(False, "Say when the metric improved.", feeds="EarlyStopping.verbose")
    check_on_train_epoch_end: bool | None = setting(
        None,
        "Check at the end of the training epoch and not of the validation.",
        feeds="EarlyStopping.check_on_train_epoch_end",
    )
    log_rank_zero_only: bool = setting(
        False, "Print messages of rank 0 only.", feeds="EarlyStopping.log_rank_zero_only"
    )


class PruningSettings(StrictModel):
    """What `pruning:` may hold beside the amount and the method."""

    parameter_names: ParameterNames | None = setting(
        None,
        "Parameters of each layer to prune; weights where it is not written.",
        feeds="ModelPruning.parameter_names",
    )
    use_global_unstructured: bool | None = setting(
        None,
        "Compare weights over all layers and not within each; where it is not written, true but for structured "
        "methods.",
    )
    make_pruning_permanent: bool = setting(
        True,
        "Remove the masks from the module after training; files never hold them.",
        feeds="ModelPruning.make_pruning_permanent",
    )
    use_lottery_ticket_hypothesis: bool = setting(
        True,
        "Rewind surviving weights to their first values.",
        feeds="ModelPruning.use_lottery_ticket_hypothesis",
    )
    resample_parameters: bool = setting(
        False,
        "Draw surviving weights anew where they would be rewound.",
        feeds="ModelPruning.resample_parameters",
    )
    schedule: PruningSchedule = setting(
        "once",
        "Prune once, at half of the epochs, or that share of the rest after every epoch.",
        feeds="ModelPruning.schedule",
    )
    dim: Int | None = setting(
        None, "Dimension that structured methods prune along; 0: outputs.", feeds="ModelPruning.pruning_dim"
    )
    norm: Int | None = setting(None, "Order of the norm of `ln_structured`.", feeds="ModelPruning.pruning_norm")


class LearningRateFinderSettings(StrictModel):
    """Arguments of the learning-rate range test (Lightning's `Tuner.lr_find`)."""

    min_lr: PositiveFloat = setting(1e-8, "Lowest learning rate tried.")
    max_lr: PositiveFloat = setting(1.0, "Highest learning rate tried.")
    num_training: TrialSteps = setting(100, "Training steps of the test, ≥ 13: the first ten do not count.")
    mode: Growth = setting("exponential", "How the rate grows.")
    early_stop_threshold: PositiveFloat | None = setting(
        4.0, "Stop when the loss is this many times the best one; null: never.", keeps_null=True
    )


class ActivationCheckpointSettings(StrictModel):
    """Which modules recompute their activations in the backward pass."""

    modules: Annotated[list[NonEmpty], Field(min_length=1)] = setting(
        ..., "Class names, or names of modules; `*` stands for anything.", example=["features.*"]
    )


class CheckpointArgs(StrictModel):
    """Arguments of `ModelCheckpoint` that stand flat in `trainer.args` or under `checkpoint:`."""

    save_top_k: IntFromMinusOne = setting(
        3,
        "Best checkpoints to keep; -1 keeps all, 0 none.",
        feeds="ModelCheckpoint.save_top_k",
        nested="checkpoint",
    )
    save_last: bool | Link = setting(
        True,
        "Keep `last.ckpt` (or a link to the newest).",
        feeds="ModelCheckpoint.save_last",
        nested="checkpoint",
    )
    filename: NonEmpty | None = setting(
        None,
        "Template of the file names, with `{epoch}`, `{step}` and metrics in braces; made from the monitor where "
        "it is not written.",
        nested="checkpoint",
        example="epoch{epoch:02d}-{val_loss:.3f}",
    )
    every_n_epochs: NaturalInt | None = setting(
        None, "Epochs between checkpoints.", feeds="ModelCheckpoint.every_n_epochs", nested="checkpoint"
    )
    every_n_train_steps: NaturalInt | None = setting(
        None,
        "Optimizer steps between writes of `last.ckpt`.",
        feeds="LastCheckpoint.every_n_train_steps",
        nested="checkpoint",
    )
    train_time_interval: Duration | None = setting(
        None,
        "Time between writes of `last.ckpt`.",
        feeds="LastCheckpoint.train_time_interval",
        nested="checkpoint",
        becomes="timedelta",
    )
    save_weights_only: bool = setting(
        False,
        "Save the weights without optimizer and loop states; such a file cannot be resumed.",
        feeds="ModelCheckpoint.save_weights_only",
        nested="checkpoint",
    )
    auto_insert_metric_name: bool | None = setting(
        None,
        "Write `name=` before each value in file names; true for your own `filename`.",
        nested="checkpoint",
    )
    save_on_train_epoch_end: bool | None = setting(
        None,
        "Save at the end of the training epoch and not of the validation.",
        feeds="ModelCheckpoint.save_on_train_epoch_end",
        nested="checkpoint",
    )
    save_on_exception: bool = setting(
        False,
        "Save a checkpoint when training raises.",
        feeds="ModelCheckpoint.save_on_exception",
        nested="checkpoint",
    )
    enable_version_counter: bool = setting(
        True,
        "Add `-v1`, `-v2` to a name that is taken, in place of overwriting it.",
        feeds="ModelCheckpoint.enable_version_counter",
        nested="checkpoint",
    )


class TrainerArgs(CheckpointArgs):
    """Everything `trainer.args` may hold."""

    # duration
    num_epochs: Annotated[Limit, Expects("a number of epochs (integer ≥ 1, or -1 for no limit)")] = setting(
        100,
        "Passes over the training data; -1 for no limit, which is the default when `max_steps` or `max_time` is "
        "written.",
        feeds="Trainer.max_epochs",
        aliases=("max_epochs",),
    )
    max_steps: Annotated[Limit, Expects("a number of steps (integer ≥ 1, or -1 for no limit)")] = setting(
        -1, "Optimizer steps to stop after; -1 for no limit.", feeds="Trainer.max_steps"
    )
    min_epochs: NaturalInt | None = setting(None, "Epochs to train for at the least.", feeds="Trainer.min_epochs")
    min_steps: NaturalInt | None = setting(
        None, "Optimizer steps to train for at the least.", feeds="Trainer.min_steps"
    )
    max_time: Duration | None = setting(None, "Time to stop after.", feeds="Trainer.max_time", example="00:12:00:00")
    # devices
    gpus: IntFromMinusOne | Indices | IndexText | None = setting(
        None,
        "GPUs to train on: how many, or which ones; -1 for all, 0 for the CPU.",
    )
    devices: IntFromMinusOne | Indices | Auto = setting(
        "auto", "Devices of the accelerator: how many, which ones, or `auto`."
    )
    accelerator: AnyAccelerator = setting("auto", "Kind of device to train on.")
    device: Device | None = setting(None, "Another name of `accelerator`.")
    strategy: StrategyName | Component = setting(
        "auto", "How training is spread over devices: a name of Lightning's registry, or a class."
    )
    num_nodes: PositiveInt = setting(1, "Machines that train together.", feeds="Trainer.num_nodes")
    sync_batchnorm: bool = setting(False, "Compute batch norm statistics over all processes; on GPUs alone.")
    find_unused_parameters: bool | None = setting(None, "Let DDP cope with parameters that take no part in the loss.")
    ddp_timeout: PositiveFloat | None = setting(None, "Seconds after which a lost process is an error and not a hang.")
    use_distributed_sampler: bool = setting(
        True,
        "Give each process its own part of the data.",
        feeds="Trainer.use_distributed_sampler",
        aliases=("replace_sampler_ddp",),
        deprecated_aliases=("replace_sampler_ddp",),
    )
    # precision
    mixed_precision: bool = setting(
        False, "Compute in 16 bits where it is safe: 16-mixed on CUDA, bf16-mixed on a CPU.", changes_result=True
    )
    precision: Precision | None = setting(
        None, "Number format to compute in: 16 is 16-mixed, 32 (the default) is 32-true.", changes_result=True
    )
    amp_backend: Native | None = setting(
        None,
        "Nothing to choose any more.",
        deprecated="remove it: PyTorch's native mixed precision is the only one",
    )
    # optimization
    gradient_clip_val: NaturalFloat | None = setting(
        None, "Limit of the gradients, by norm or value.", feeds="Trainer.gradient_clip_val", changes_result=True
    )
    gradient_clip_algorithm: ClipAlgorithm | None = setting(
        None, "What `gradient_clip_val` limits: the norm (the default) or each value.",
        feeds="Trainer.gradient_clip_algorithm", changes_result=True,
    )  # fmt: skip
    accumulate_grad_batches: PositiveInt | FactorByEpoch = setting(
        1,
        "Batches whose gradients are added up before each step; a mapping sets it from given epochs on.",
        becomes="epochs",
        changes_result=True,
    )
    # validation and amounts of data
    check_val_every_n_epoch: PositiveInt | None = setting(
        1,
        "Epochs between validations; null: only `val_check_interval` counts, across epochs.",
        feeds="Trainer.check_val_every_n_epoch",
        keeps_null=True,
    )
    val_check_interval: CheckInterval | Duration | None = setting(
        None,
        "When to validate within an epoch: a number of batches, a share of the epoch, or a length of time.",
        feeds="Trainer.val_check_interval",
    )
    num_sanity_val_steps: IntFromMinusOne = setting(
        2, "Validation batches run before training starts; -1 for all.", feeds="Trainer.num_sanity_val_steps"
    )
    limit_train_batches: BatchLimit | None = setting(
        None,
        "Training batches per epoch: a number, or a share of them.",
        feeds="Trainer.limit_train_batches",
        changes_result=True,
    )
    limit_val_batches: BatchLimit | None = setting(
        None, "Validation batches: a number, or a share of them.", feeds="Trainer.limit_val_batches"
    )
    limit_test_batches: BatchLimit | None = setting(
        None, "Test batches: a number, or a share of them.", feeds="Trainer.limit_test_batches"
    )
    limit_predict_batches: BatchLimit | None = setting(
        None, "Prediction batches: a number, or a share of them.", feeds="Trainer.limit_predict_batches"
    )
    overfit_batches: BatchLimit = setting(
        0.0, "Train and validate on these few batches only.", feeds="Trainer.overfit_batches", changes_result=True
    )
    reload_dataloaders_every_n_epochs: NaturalInt = setting(
        0,
        "Epochs between rebuilds of the data loaders; 0 never.",
        feeds="Trainer.reload_dataloaders_every_n_epochs",
    )
    # logging and display
    log_every_n_steps: NaturalInt = setting(
        50, "Training steps between rows of the logs; 0 logs none.", feeds="Trainer.log_every_n_steps"
    )
    enable_progress_bar: bool = setting(True, "Show progress.")
    progress_bar: ProgressBar = setting(
        "auto", "Kind of progress bar; `auto` is rich on a terminal and plain elsewhere."
    )
    enable_model_summary: bool = setting(
        True, "Print the layers before training.", feeds="Trainer.enable_model_summary"
    )
    enable_autolog_hparams: bool = setting(
        True, "Send hyper-parameters to the loggers.", feeds="Trainer.enable_autolog_hparams"
    )
    model_registry: NonEmpty | None = setting(
        None, "Name of the model in Lightning's model hub.", feeds="Trainer.model_registry"
    )
    profiler: ProfilerName | Component | None = setting(
        None, "Measure where time goes; the report is written below the run.", keeps_null=True
    )
    log_gpu_memory: bool | GpuMemory = setting(
        False, "Log what the devices report (`DeviceStatsMonitor`).",
        deprecated="list `DeviceStatsMonitor` under `callbacks`",
    )  # fmt: skip
    # debugging and reproducibility
    fast_dev_run: bool | NaturalInt = setting(
        False, "Run one batch (or this many) of everything, to try the code.", feeds="Trainer.fast_dev_run"
    )
    detect_anomaly: bool = setting(
        False,
        "Find the operation behind a NaN gradient; several times slower.",
        feeds="Trainer.detect_anomaly",
    )
    deterministic: bool | Warn | None = setting(
        None, "Allow deterministic algorithms only (or warn of others).", feeds="Trainer.deterministic"
    )
    benchmark: bool | None = setting(None, "Let cuDNN look for its fastest algorithms.", feeds="Trainer.benchmark")
    inference_mode: bool = setting(
        True, "Evaluate under `torch.inference_mode`, else `torch.no_grad`.", feeds="Trainer.inference_mode"
    )
    barebones: bool = setting(
        False,
        "Nothing but the loop: no logs, no checkpoints, no progress, to measure overhead.",
        feeds="Trainer.barebones",
    )
    plugins: list[Component] = setting(
        [], "Lightning plugins, as classes.", example=[{"class_path": "my_package.MyPlugin"}]
    )
    # checkpoints
    enable_checkpointing: bool = setting(True, "Keep checkpoints at all.")
    checkpoint: CheckpointSettings = setting(
        CheckpointSettings(),
        "Settings of the checkpoints in one mapping; each may also stand flat.",
        expands=("save_top_k", "save_last"),
    )
    monitor_metric: NonEmpty = setting(
        "val_loss", "Metric that checkpoints and early stopping watch.", aliases=("monitor",)
    )
    mode: Mode | None = setting(
        None,
        "Whether that metric is to fall (`min`) or to rise (`max`); read off its name where it is known.",
    )
    # early stopping
    early_stopping: bool | EarlyStoppingSettings = setting(
        False, "Stop when the watched metric no longer improves.", expands=("monitor", "patience")
    )
    patience: PositiveInt = setting(
        10,
        "Checks without improvement before training stops.",
        feeds="EarlyStopping.patience",
        nested="early_stopping",
    )
    min_delta: NaturalFloat = setting(
        0.0,
        "Smallest change that counts as improvement.",
        feeds="EarlyStopping.min_delta",
        nested="early_stopping",
    )
    # pruning
    pruning: bool | Fraction | PositiveInt | Stages | PruningSettings = setting(
        False,
        "Set weights to zero while training: true, an amount as in `pruning_amount`, or a mapping.",
        short_for="pruning_amount",
        expands=("amount", "method"),
        changes_result=True,
    )
    pruning_amount: Fraction | PositiveInt | Stages = setting(
        0.2,
        "Final share (or number) of weights that are zero; three shares: at 1/4, 1/2 and 3/4 of the epochs. Numbers "
        "count over all layers where pruning is global, else in each; structured methods count slices along `dim`.",
        nested="pruning.amount",
        changes_result=True,
    )
    pruning_method: PruningMethod = setting(
        "l1_unstructured",
        "Which weights go.",
        feeds="ModelPruning.pruning_fn",
        nested="pruning.method",
        changes_result=True,
    )
    # memory and tuning
    gradient_checkpointing: bool | ActivationCheckpointSettings = setting(
        False,
        "Recompute activations in the backward pass to save memory: as the model itself does it, or in its repeated "
        "blocks, or in the modules that are named.",
    )
    auto_scale_batch_size: bool | BatchSizeSearch = setting(
        False, "Find the largest batch size that fits before training; true is `power`, which doubles."
    )
    auto_lr_find: bool | LearningRateFinderSettings = setting(
        False, "Find a learning rate before training by a range test (Smith 2017).", expands=("min_lr", "max_lr")
    )
    # resume
    resume_from_checkpoint: NonEmpty | None = setting(
        None, "Checkpoint to go on from, in a new run.", example="results/quickstart/run_000/checkpoints/last.ckpt"
    )
    auto_resume: bool = setting(
        False, "Go on from the last checkpoint of the newest unfinished run; where there is none, start anew."
    )
    # the user's own
    callbacks: list[Component] = setting(
        [],
        "Callbacks beside those that vibench makes, in this order.",
        changes_result=True,
        expands=("class_path",),
        example=[{"class_path": "pytorch_lightning.callbacks.LearningRateMonitor"}],
    )


# Arguments of `pl.Trainer` that no setting is named after, and where their content comes from.
OWNED: dict[str, str] = {
    "logger": "loggers come from `environment` (`csv`, `tensorboard`, `wandb`, `swanlab`, `loggers`)",
    "default_root_dir": "write `environment.output_dir`",
    "callbacks": "made from `checkpoint`, `early_stopping`, …, and from your own list `trainer.args.callbacks`",
}
