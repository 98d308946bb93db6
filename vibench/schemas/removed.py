"""Keys and values that do not exist any more, or never did here: what to write instead, or why there is nothing.

One row a key: of PyTorch Lightning's earlier releases (its changelog and upgrade guide), of LightningCLI, and of
users' files. `TABLES` holds them by the model whose mapping they stood in, `VALUES` by the key whose value they were.
"""

from __future__ import annotations

from collections.abc import Mapping

from vibench.schemas.old import VALUE, Old, Rewrite, dropped, moved

ARGS = "trainer.args."
_CALLBACK = "list it under `trainer.args.callbacks`: "
_TORCH = "the CSV log is written at every logged step"
_OFF = Rewrite({}, (False,))


def _callback(name: str, argument: str, value: str = VALUE) -> dict[str, str]:
    return {f"{ARGS}callbacks+": f"{{name: {name}, args: {{{argument}: {value}}}}}"}


def _on(to: str, until: str = "", *, instead: str = "", safe: bool = True) -> Old:
    """A switch that means the same where it is off: `false` is removed, `true` turns `to` on."""
    write = Rewrite({f"{ARGS}{to}": "true"}, (True,), safe)
    return Old(instead or f"write `{to}`", until, (write, _OFF))


# Settings of the task or the data that users write under `trainer`.
OF_THE_TASK: dict[str, Old] = {
    "learning_rate": moved("task.args.lr"),
    "lr": moved("task.args.lr"),
    "weight_decay": Old("write `task.args.optimizer: {name: AdamW, args: {weight_decay: …}}`"),
    "optimizer": moved("task.args.optimizer"),
    "scheduler": moved("task.args.scheduler"),
    "lr_scheduler": moved("task.args.scheduler"),
    "step_size": Old("write `task.args.scheduler: {name: StepLR, args: {step_size: …}}`"),
    "gamma": Old("write `task.args.scheduler: {name: StepLR, args: {gamma: …}}`"),
    "warmup_epochs": Old("choose a `task.args.scheduler` with a warm-up, such as OneCycleLR"),
    "batch_size": moved("data.args.batch_size"),
    "num_workers": moved("data.args.num_workers"),
}
TRAINER: dict[str, Old] = {
    # had by Lightning up to 1.9
    "num_processes": Old(
        "write `accelerator: cpu` and `devices: N`",
        "1.9",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "cpu"}, (int,)),),
    ),
    "tpu_cores": Old(
        "write `accelerator: tpu` and `devices: N`",
        "1.9",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "tpu"}, (int,)),),
    ),
    "ipus": Old("nothing to write: Lightning has no IPU accelerator any more", "1.9"),
    "auto_select_gpus": dropped("remove it: `devices: auto` (the default) chooses", "1.9"),
    "track_grad_norm": dropped("log it in the task's `on_before_optimizer_step`", "1.9", when=(-1, False)),
    "move_metrics_to_cpu": dropped("set `compute_on_cpu` on the metric", "1.9", when=(False,)),
    "multiple_trainloader_mode": Old("return a `CombinedLoader` from the data module", "1.9"),
    "amp_level": Old(
        "write `precision: 16-mixed`",
        "1.9",
        (Rewrite({f"{ARGS}precision": "16-mixed"}, safe=False),),
    ),
    # had by Lightning 1.x
    "weights_save_path": moved("environment.output_dir", "1.7", when=(str,), safe=False),
    "progress_bar_refresh_rate": Old(
        _CALLBACK + "`TQDMProgressBar` with `refresh_rate`; 0 is `enable_progress_bar: false`",
        "1.6",
        (
            Rewrite({f"{ARGS}enable_progress_bar": "false"}, (0,)),
            Rewrite(_callback("TQDMProgressBar", "refresh_rate"), (int,)),
        ),
    ),
    "process_position": Old(
        _CALLBACK + "`TQDMProgressBar` with `process_position`",
        "1.6",
        (Rewrite(_callback("TQDMProgressBar", "process_position"), (int,)),),
    ),
    "checkpoint_callback": moved(f"{ARGS}enable_checkpointing", "1.6", when=(bool,)),
    "weights_summary": Old(
        "write `enable_model_summary`",
        "1.6",
        (
            Rewrite({f"{ARGS}enable_model_summary": "false"}, (None,)),
            Rewrite({f"{ARGS}enable_model_summary": "true"}, ("top",)),
            Rewrite(_callback("ModelSummary", "max_depth", "-1"), ("full",)),
        ),
    ),
    "terminate_on_nan": _on("detect_anomaly", "1.6", safe=False),
    "flush_logs_every_n_steps": dropped(f"remove it: {_TORCH}", "1.6"),
    "prepare_data_per_node": dropped("set it on the data module", "1.6", when=(True,)),
    "stochastic_weight_avg": dropped(_CALLBACK + "`StochasticWeightAveraging` with `swa_lrs`", "1.6", when=(False,)),
    "reload_dataloaders_every_epoch": Old(
        "write `reload_dataloaders_every_n_epochs: 1`",
        "1.5",
        (Rewrite({f"{ARGS}reload_dataloaders_every_n_epochs": "1"}, (True,)), _OFF),
    ),
    "truncated_bptt_steps": dropped("use manual optimization in the task", "1.4", when=(None,)),
    "distributed_backend": Old(
        "write `strategy`",
        "1.4",
        (
            Rewrite({f"{ARGS}strategy": "ddp"}, ("dp", "ddp2"), safe=False),
            Rewrite({f"{ARGS}strategy": "ddp", f"{ARGS}accelerator": "cpu"}, ("ddp_cpu",)),
            Rewrite({f"{ARGS}strategy": VALUE}, (str,)),
        ),
    ),
    "automatic_optimization": dropped("set it on the task", "1.2", when=(True,)),
    "enable_pl_optimizer": dropped("remove it: there is nothing to choose", "1.2"),
    # had before Lightning 1.0
    "early_stop_callback": _on("early_stopping", "0.10", safe=False),
    "overfit_pct": moved(f"{ARGS}overfit_batches", "0.10", when=(float,)),
    "log_save_interval": dropped(f"remove it: {_TORCH}", "0.10"),
    "row_log_interval": moved(f"{ARGS}log_every_n_steps", "0.10"),
    "cluster_environment": Old("list the class under `trainer.args.plugins`", "0.10"),
    "train_percent_check": moved(f"{ARGS}limit_train_batches", "0.9", when=(float,)),
    "val_percent_check": moved(f"{ARGS}limit_val_batches", "0.9", when=(float,)),
    "test_percent_check": moved(f"{ARGS}limit_test_batches", "0.9", when=(float,)),
    "use_amp": _on("mixed_precision", "0.8", instead="write `mixed_precision: true`"),
    "print_nan_grads": _on("detect_anomaly", "0.8", safe=False),
    "show_progress_bar": moved(f"{ARGS}enable_progress_bar", "0.8", when=(bool,)),
    "num_tpu_cores": Old(
        "write `accelerator: tpu` and `devices: N`",
        "0.8",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "tpu"}, (int,)),),
    ),
    "add_row_log_interval": moved(f"{ARGS}log_every_n_steps", "0.7"),
    "add_log_row_interval": moved(f"{ARGS}log_every_n_steps", "0.7"),
    "max_nb_epochs": moved(f"{ARGS}num_epochs", "0.7"),
    "min_nb_epochs": moved(f"{ARGS}min_epochs", "0.7"),
    "nb_gpu_nodes": moved(f"{ARGS}num_nodes", "0.7"),
    "nb_sanity_val_steps": moved(f"{ARGS}num_sanity_val_steps", "0.7"),
    "gradient_clip": moved(f"{ARGS}gradient_clip_val", "0.7"),
    "default_save_path": moved("environment.output_dir", "0.7", when=(str,)),
    "print_weights_summary": moved(f"{ARGS}enable_model_summary", "0.5", when=(bool,)),
    "experiment": Old("loggers come from `environment`", "0.5"),
    "cluster": dropped("nothing to write: SLURM is found by itself", "0.4"),
    "current_gpu_name": dropped("nothing to write", "0.4"),
    # users' files
    "epochs": moved(f"{ARGS}num_epochs"),
    "use_wandb": moved("environment.wandb"),
    "use_swanlab": moved("environment.swanlab"),
    "use_tensorboard": moved("environment.tensorboard"),
    "save_checkpoints": moved(f"{ARGS}enable_checkpointing", when=(bool,)),
    "save_dir": moved("environment.output_dir", when=(str,)),
    "test_after_training": dropped("remove it: `vibench train` tests after training", when=(True,)),
    "compute_metrics": dropped("remove it: the task says what it measures"),
    "gpu_ids": Old(  # `gpus: 0` is none, and not the first one
        "write `gpus` with a list",
        rewrites=(Rewrite({f"{ARGS}gpus": "[{}]"}, (int,)), Rewrite({f"{ARGS}gpus": VALUE}, (list, str))),
    ),
    **OF_THE_TASK,
}
ENVIRONMENT: dict[str, Old] = {
    "use_wandb": moved("environment.wandb"),
    "use_swanlab": moved("environment.swanlab"),
    "use_tensorboard": moved("environment.tensorboard"),
    "PHMBench": dropped("remove it: it is not all capitals, so it was never exported"),
    "save_dir": moved("environment.output_dir", when=(str,)),
    "wandb_mode": Old("write `wandb: {mode: …}`", rewrites=(Rewrite({"environment.wandb": "{mode: {}}"}, (str,)),)),
    "wandb_project": moved("environment.project"),
    "experiment_name": moved("environment.name", when=(str,)),
}
_RUN = {
    "name": moved("environment.name"),
    "project": moved("environment.project"),
    "seed": moved("environment.seed"),
    "output_dir": moved("environment.output_dir"),
    "notes": moved("environment.notes"),
    "tags": moved("environment.tags"),
}
ROOT: dict[str, Old] = {
    "reproducibility": Old(
        "write `environment.seed` and `trainer.args.deterministic`",
        inside={
            "seed": moved("environment.seed"),
            "deterministic": moved(f"{ARGS}deterministic"),
            "benchmark": moved(f"{ARGS}benchmark"),
        },
    ),
    "output": Old(
        "write `environment.output_dir`",
        inside={"dir": moved("environment.output_dir"), "save_dir": moved("environment.output_dir"), **_RUN},
    ),
    "experiment": Old("write `environment.project` and `environment.name`", inside=_RUN),
    "advanced": Old("write its settings in the section they belong to"),
    # LightningCLI
    "seed_everything": Old(
        "write `environment.seed`",
        rewrites=(Rewrite({"environment.seed": VALUE}, (int,)), Rewrite({}, (True, False), safe=False)),
    ),
    "ckpt_path": Old(
        "write `trainer.args.resume_from_checkpoint`",
        rewrites=(Rewrite({f"{ARGS}resume_from_checkpoint": VALUE}, (str,)), Rewrite({}, (None,))),
    ),
    "optimizer": moved("task.args.optimizer"),
    "lr_scheduler": moved("task.args.scheduler"),
}
EARLY_STOPPING: dict[str, Old] = {
    "enabled": dropped("remove it: `early_stopping: false` turns it off", when=(True,)),
    "enable": dropped("remove it: `early_stopping: false` turns it off", when=(True,)),
    "metric": moved("trainer.args.early_stopping.monitor"),
    "monitor_metric": moved("trainer.args.early_stopping.monitor"),
    "direction": moved("trainer.args.early_stopping.mode"),
    "delta": moved("trainer.args.early_stopping.min_delta"),
}
CHECKPOINT: dict[str, Old] = {
    "metric": moved("trainer.args.checkpoint.monitor"),
    "monitor_metric": moved("trainer.args.checkpoint.monitor"),
    "direction": moved("trainer.args.checkpoint.mode"),
    "period": moved("trainer.args.checkpoint.every_n_epochs", "1.4"),
    "every_n_val_epochs": moved("trainer.args.checkpoint.every_n_epochs", "1.5"),
    "save_best_only": Old("write `save_top_k: 1`", rewrites=(Rewrite({f"{ARGS}checkpoint.save_top_k": "1"}, (True,)),)),
    "dirpath": Old("remove it: checkpoints go below the run's own folder"),
}
MODEL_CHECKPOINT: dict[str, Old] = {
    "period": moved("every_n_epochs", "1.4"),
    "every_n_val_epochs": moved("every_n_epochs", "1.5"),
    "filepath": Old("write `dirpath` and `filename`", "1.1"),
    "prefix": Old("put it into `filename`", "1.2"),
}
RICH_PROGRESS_BAR: dict[str, Old] = {"refresh_rate_per_second": Old("write `refresh_rate`", "1.5")}
BACKBONE_FINETUNING: dict[str, Old] = {"round": moved("rounding", "1.4")}
COMPONENT: dict[str, Old] = {
    "dict_kwargs": Old("LightningCLI's word for what goes through `**kwargs`: write it under `init_args`"),
}
# By the name of the model whose mapping the key stands in.
TABLES: dict[str, dict[str, Old]] = {
    "TrainerArgs": TRAINER,
    "EnvironmentArgs": ENVIRONMENT,
    "Experiment": ROOT,
    "EarlyStoppingSettings": EARLY_STOPPING,
    "CheckpointSettings": CHECKPOINT,
    "ModelCheckpoint": MODEL_CHECKPOINT,
    "RichProgressBar": RICH_PROGRESS_BAR,
    "BackboneFinetuning": BACKBONE_FINETUNING,
    "Component": COMPONENT,
}
# Settings that still take effect, with a warning.
DEPRECATED: dict[str, Old] = {
    "replace_sampler_ddp": moved(f"{ARGS}use_distributed_sampler"),
    "amp_backend": dropped("", when=("native",)),
    "log_gpu_memory": Old("", rewrites=(Rewrite({f"{ARGS}callbacks+": "{name: DeviceStatsMonitor}"}),)),
}
# Arguments of the Trainer that vibench fills itself.
OWNED: dict[str, Old] = {
    "default_root_dir": moved("environment.output_dir", when=(str,)),
    "logger": Old(
        "",
        rewrites=(
            Rewrite({}, (True, "csv")),
            Rewrite({"environment.tensorboard": "true"}, ("tensorboard",)),
            Rewrite({"environment.wandb": "true"}, ("wandb",)),
            Rewrite({"environment.swanlab": "true"}, ("swanlab",)),
            Rewrite({}, (False,), safe=False),
        ),
    ),
}


def _strategy(now: str, instead: str, *, safe: bool = False) -> Old:
    return Old(instead, rewrites=(Rewrite({f"{ARGS}strategy": now}, safe=safe),))


def _precision(now: str, instead: str, *, safe: bool = False) -> Old:
    return Old(instead, rewrites=(Rewrite({f"{ARGS}precision": now}, safe=safe),))


_DDP_CPU = Old(
    "write `strategy: ddp` and `accelerator: cpu`, as since Lightning 1.5",
    rewrites=(Rewrite({f"{ARGS}strategy": "ddp", f"{ARGS}accelerator": "cpu"}),),
)
_DRYRUN = Old("write `{mode: offline}`", rewrites=(Rewrite({"environment.wandb": "{mode: offline}"}),))
# By key of `trainer.args` or `environment`, then by the value that is no more.
VALUES: dict[str, Mapping[object, Old]] = {
    "strategy": {
        "dp": _strategy("ddp", "write `ddp`: Lightning 2.0 dropped `dp`"),
        "ddp2": _strategy("ddp", "write `ddp`: Lightning 1.7 dropped `ddp2`"),
        "ddp_cpu": _DDP_CPU,
        "ddp_sharded": _strategy("fsdp", "write `fsdp`: Lightning 2.0 dropped `ddp_sharded`"),
        "ddp_sharded_spawn": _strategy("fsdp", "write `fsdp`: Lightning 2.0 dropped `ddp_sharded_spawn`"),
        "ddp_fully_sharded": _strategy("fsdp", "write `fsdp`: Lightning 2.0 dropped `ddp_fully_sharded`"),
        "fsdp_native": _strategy("fsdp", "write `fsdp`, its name since Lightning 2.0", safe=True),
        "tpu_spawn": _strategy("xla", "write `xla`, its name since Lightning 2.0", safe=True),
        "tpu_spawn_debug": _strategy("xla_debug", "write `xla_debug`, its name since Lightning 2.0", safe=True),
        "none": _strategy("auto", "write `auto`, as since Lightning 2.0", safe=True),
        "horovod": Old("nothing to write: Lightning 2.0 dropped Horovod"),
        "bagua": Old("nothing to write: Lightning 2.3 dropped Bagua"),
        "colossalai": Old("nothing to write: Lightning 2.0 dropped ColossalAI"),
        "hivemind": Old("nothing to write: Lightning 2.0 dropped Hivemind"),
    },
    "accelerator": {
        **{
            name: Old(
                f"write it as `strategy: {name}`, as since Lightning 1.5",
                rewrites=(Rewrite({f"{ARGS}strategy": VALUE}),),
            )
            for name in ("ddp", "ddp_spawn", "fsdp")
        },
        "dp": _strategy("ddp", "write `strategy: ddp`: Lightning 2.0 dropped `dp`"),
        "ddp_cpu": _DDP_CPU,
        "ipu": Old("nothing to write: Lightning 2.3 dropped IPUs"),
        "hpu": Old("nothing to write: Lightning's own package has no HPUs any more"),
    },
    "precision": {
        "mixed": _precision("16-mixed", "write `16-mixed` or `bf16-mixed`"),
        "fp16": _precision("16-mixed", "write `16-mixed`"),
        "fp32": _precision("32-true", "write `32-true`", safe=True),
    },
    "gpus": {
        "all": Old("write `-1`", rewrites=(Rewrite({f"{ARGS}gpus": "-1"}),)),
        "auto": Old("write `devices: auto`", rewrites=(Rewrite({f"{ARGS}devices": "auto"}),)),
    },
    "amp_backend": {
        "apex": Old(
            "write `mixed_precision: true`: Lightning 2.0 dropped NVIDIA Apex for PyTorch's `native`",
            rewrites=(Rewrite({f"{ARGS}mixed_precision": "true"}, safe=False),),
        ),
    },
    "profiler": {
        True: Old("write `simple`: Lightning 2.0 dropped `true`", rewrites=(Rewrite({f"{ARGS}profiler": "simple"}),)),
        False: dropped("remove it, or write `null`"),
    },
    "wandb": {
        "dryrun": _DRYRUN,
        "offline": _DRYRUN,
        "online": Old("write `true`", rewrites=(Rewrite({"environment.wandb": "true"}),)),
        "disabled": Old("write `false`", rewrites=(Rewrite({"environment.wandb": "false"}),)),
    },
}
# Lightning's callbacks that are no more: the last release that had each, and what it is called now, if anything.
CLASSES: dict[str, tuple[str, str]] = {
    "GPUStatsMonitor": ("1.6", "DeviceStatsMonitor"),
    "XLAStatsMonitor": ("1.6", "DeviceStatsMonitor"),
    "GpuUsageLogger": ("0.10", "DeviceStatsMonitor"),
    "LearningRateLogger": ("0.10", "LearningRateMonitor"),
    "ProgressBarBase": ("1.9", "TQDMProgressBar"),
    "QuantizationAwareTraining": ("1.9", ""),
}


def old_value(path: str, value: object) -> Old | None:
    """The row of a value of `environment` or `trainer.args` that is no more."""
    section, _, key = path.rpartition(".")
    if section not in ("environment", "trainer", "trainer.args") or not isinstance(value, (str, bool)):
        return None
    return VALUES.get(key, {}).get(value)
