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


def _on(to: str, gone: str = "", *, instead: str = "", safe: bool = True) -> Old:
    """A switch that means the same where it is off: `false` is removed, `true` turns `to` on."""
    write = Rewrite({f"{ARGS}{to}": "true"}, (True,), safe)
    return Old(instead or f"write `{to}`", gone, (write, _OFF))


TRAINER: dict[str, Old] = {
    # removed in Lightning 2.0
    "num_processes": Old(
        "write `accelerator: cpu` and `devices: N`",
        "Lightning 2.0",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "cpu"}, (int,)),),
    ),
    "tpu_cores": Old(
        "write `accelerator: tpu` and `devices: N`",
        "Lightning 2.0",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "tpu"}, (int,)),),
    ),
    "ipus": Old("nothing to write: Lightning has no IPU accelerator any more", "Lightning 2.0"),
    "auto_select_gpus": dropped("remove it: `devices: auto` (the default) chooses", "Lightning 2.0"),
    "track_grad_norm": dropped("log it in the task's `on_before_optimizer_step`", "Lightning 2.0", when=(-1, False)),
    "move_metrics_to_cpu": dropped("set `compute_on_cpu` on the metric", "Lightning 2.0", when=(False,)),
    "multiple_trainloader_mode": Old("return a `CombinedLoader` from the data module", "Lightning 2.0"),
    "amp_level": Old(
        "write `precision: 16-mixed`",
        "Lightning 2.0",
        (Rewrite({f"{ARGS}precision": "16-mixed"}, safe=False),),
    ),
    # removed in Lightning 1.x
    "weights_save_path": moved("environment.output_dir", "Lightning 1.8", when=(str,), safe=False),
    "progress_bar_refresh_rate": Old(
        _CALLBACK + "`TQDMProgressBar` with `refresh_rate`; 0 is `enable_progress_bar: false`",
        "Lightning 1.7",
        (
            Rewrite({f"{ARGS}enable_progress_bar": "false"}, (0,)),
            Rewrite(_callback("TQDMProgressBar", "refresh_rate"), (int,)),
        ),
    ),
    "process_position": Old(
        _CALLBACK + "`TQDMProgressBar` with `process_position`",
        "Lightning 1.7",
        (Rewrite(_callback("TQDMProgressBar", "process_position"), (int,)),),
    ),
    "checkpoint_callback": moved(f"{ARGS}enable_checkpointing", "Lightning 1.7", when=(bool,)),
    "weights_summary": Old(
        "write `enable_model_summary`",
        "Lightning 1.7",
        (
            Rewrite({f"{ARGS}enable_model_summary": "false"}, (None,)),
            Rewrite({f"{ARGS}enable_model_summary": "true"}, ("top",)),
            Rewrite(_callback("ModelSummary", "max_depth", "-1"), ("full",)),
        ),
    ),
    "terminate_on_nan": _on("detect_anomaly", "Lightning 1.7", safe=False),
    "flush_logs_every_n_steps": dropped(f"remove it: {_TORCH}", "Lightning 1.7"),
    "prepare_data_per_node": dropped("set it on the data module", "Lightning 1.7", when=(True,)),
    "stochastic_weight_avg": dropped(
        _CALLBACK + "`StochasticWeightAveraging` with `swa_lrs`", "Lightning 1.7", when=(False,)
    ),
    "reload_dataloaders_every_epoch": Old(
        "write `reload_dataloaders_every_n_epochs: 1`",
        "Lightning 1.6",
        (Rewrite({f"{ARGS}reload_dataloaders_every_n_epochs": "1"}, (True,)), _OFF),
    ),
    "truncated_bptt_steps": dropped("use manual optimization in the task", "Lightning 1.5", when=(None,)),
    "distributed_backend": Old(
        "write `strategy`",
        "Lightning 1.5",
        (
            Rewrite({f"{ARGS}strategy": "ddp"}, ("dp", "ddp2"), safe=False),
            Rewrite({f"{ARGS}strategy": "ddp", f"{ARGS}accelerator": "cpu"}, ("ddp_cpu",)),
            Rewrite({f"{ARGS}strategy": VALUE}, (str,)),
        ),
    ),
    "automatic_optimization": dropped("set it on the task", "Lightning 1.3", when=(True,)),
    "enable_pl_optimizer": dropped("remove it: there is nothing to choose", "Lightning 1.3"),
    # removed before Lightning 1.0
    "early_stop_callback": _on("early_stopping", "Lightning 1.0", safe=False),
    "overfit_pct": moved(f"{ARGS}overfit_batches", "Lightning 1.0", when=(float,)),
    "log_save_interval": dropped(f"remove it: {_TORCH}", "Lightning 1.0"),
    "row_log_interval": moved(f"{ARGS}log_every_n_steps", "Lightning 1.0"),
    "cluster_environment": Old("list the class under `trainer.args.plugins`", "Lightning 1.0"),
    "train_percent_check": moved(f"{ARGS}limit_train_batches", "Lightning 0.10", when=(float,)),
    "val_percent_check": moved(f"{ARGS}limit_val_batches", "Lightning 0.10", when=(float,)),
    "test_percent_check": moved(f"{ARGS}limit_test_batches", "Lightning 0.10", when=(float,)),
    "use_amp": _on("mixed_precision", "Lightning 0.9", instead="write `mixed_precision: true`"),
    "print_nan_grads": _on("detect_anomaly", "Lightning 0.9", safe=False),
    "show_progress_bar": moved(f"{ARGS}enable_progress_bar", "Lightning 0.9", when=(bool,)),
    "num_tpu_cores": Old(
        "write `accelerator: tpu` and `devices: N`",
        "Lightning 0.9",
        (Rewrite({f"{ARGS}devices": VALUE, f"{ARGS}accelerator": "tpu"}, (int,)),),
    ),
    "add_row_log_interval": moved(f"{ARGS}log_every_n_steps", "Lightning 0.8"),
    "add_log_row_interval": moved(f"{ARGS}log_every_n_steps", "Lightning 0.8"),
    "max_nb_epochs": moved(f"{ARGS}num_epochs", "Lightning 0.8"),
    "min_nb_epochs": moved(f"{ARGS}min_epochs", "Lightning 0.8"),
    "nb_gpu_nodes": moved(f"{ARGS}num_nodes", "Lightning 0.8"),
    "nb_sanity_val_steps": moved(f"{ARGS}num_sanity_val_steps", "Lightning 0.8"),
    "gradient_clip": moved(f"{ARGS}gradient_clip_val", "Lightning 0.8"),
    "default_save_path": moved("environment.output_dir", "Lightning 0.8", when=(str,)),
    "print_weights_summary": moved(f"{ARGS}enable_model_summary", "Lightning 0.6", when=(bool,)),
    "experiment": Old("loggers come from `environment`", "Lightning 0.6"),
    "cluster": dropped("nothing to write: SLURM is found by itself", "Lightning 0.5"),
    "current_gpu_name": dropped("nothing to write", "Lightning 0.5"),
    # users' files
    "epochs": moved(f"{ARGS}num_epochs"),
    "use_wandb": moved("environment.wandb"),
    "use_swanlab": moved("environment.swanlab"),
    "use_tensorboard": moved("environment.tensorboard"),
    "save_checkpoints": moved(f"{ARGS}enable_checkpointing", when=(bool,)),
    "save_dir": moved("environment.output_dir", when=(str,)),
    "test_after_training": dropped("remove it: `vibench train` tests after training", when=(True,)),
    "compute_metrics": dropped("remove it: the task says what it measures"),
    "gpu_ids": moved(f"{ARGS}gpus"),
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
ENVIRONMENT: dict[str, Old] = {
    "use_wandb": moved("environment.wandb"),
    "use_swanlab": moved("environment.swanlab"),
    "use_tensorboard": moved("environment.tensorboard"),
    "PHMBench": dropped("remove it: it is not all capitals, so it was never exported"),
    "save_dir": moved("environment.output_dir", when=(str,)),
    "wandb_mode": Old("write `wandb: {mode: …}`", rewrites=(Rewrite({"environment.wandb": "{mode: {}}"}, (str,)),)),
    "wandb_project": moved("environment.project"),
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
        "write `environment.seed`", rewrites=(Rewrite({"environment.seed": VALUE}, (int,)), Rewrite({}, (True, None)))
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
    "period": moved("trainer.args.checkpoint.every_n_epochs", "Lightning 1.5"),
    "every_n_val_epochs": moved("trainer.args.checkpoint.every_n_epochs", "Lightning 1.6"),
    "save_best_only": Old("write `save_top_k: 1`", rewrites=(Rewrite({f"{ARGS}checkpoint.save_top_k": "1"}, (True,)),)),
    "dirpath": Old("remove it: checkpoints go below the run's own folder"),
}
MODEL_CHECKPOINT: dict[str, Old] = {
    "period": moved("every_n_epochs", "Lightning 1.5"),
    "every_n_val_epochs": moved("every_n_epochs", "Lightning 1.6"),
    "filepath": Old("write `dirpath` and `filename`", "Lightning 1.2"),
    "prefix": Old("put it into `filename`", "Lightning 1.3"),
}
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


def _strategy(now: str, gone: str, *, safe: bool = False) -> Old:
    return Old(f"write `{now}`", gone, (Rewrite({f"{ARGS}strategy": now}, safe=safe),))


_DDP_CPU = Rewrite({f"{ARGS}strategy": "ddp", f"{ARGS}accelerator": "cpu"})
_LAUNCHED = Old("write it as `strategy`", "Lightning 1.7", (Rewrite({f"{ARGS}strategy": VALUE}),))
_DRYRUN = Old("write `{mode: offline}`", rewrites=(Rewrite({"environment.wandb": "{mode: offline}"}),))
# By key of `trainer.args` or `environment`, then by the value that is no more.
VALUES: dict[str, Mapping[object, Old]] = {
    "strategy": {
        "dp": _strategy("ddp", "Lightning 2.0"),
        "ddp2": _strategy("ddp", "Lightning 1.7"),
        "ddp_cpu": Old("write `strategy: ddp` and `accelerator: cpu`", "Lightning 1.7", (_DDP_CPU,)),
        "ddp_sharded": _strategy("fsdp", "Lightning 2.0"),
        "ddp_sharded_spawn": _strategy("fsdp", "Lightning 2.0"),
        "ddp_fully_sharded": _strategy("fsdp", "Lightning 2.0"),
        "fsdp_native": _strategy("fsdp", "Lightning 2.0", safe=True),
        "tpu_spawn": _strategy("xla", "Lightning 2.0", safe=True),
        "tpu_spawn_debug": _strategy("xla_debug", "Lightning 2.0", safe=True),
        "horovod": Old("use `ddp`, or a strategy class of your own", "Lightning 2.0"),
        "bagua": Old("use `ddp`, or a strategy class of your own", "Lightning 2.3"),
        "colossalai": Old("use `fsdp`, or a strategy class of your own", "Lightning 2.0"),
        "hivemind": Old("use `ddp`, or a strategy class of your own", "Lightning 2.0"),
    },
    "accelerator": {
        **dict.fromkeys(("ddp", "ddp_spawn"), _LAUNCHED),
        "dp": Old("write `strategy: ddp`", "Lightning 1.7", (Rewrite({f"{ARGS}strategy": "ddp"}, safe=False),)),
        "ddp_cpu": Old("write `strategy: ddp` and `accelerator: cpu`", "Lightning 1.7", (_DDP_CPU,)),
        "hpu": Old("Lightning has no HPU accelerator any more", "Lightning 2.5"),
        "ipu": Old("Lightning has no IPU accelerator any more", "Lightning 2.0"),
    },
    "precision": {
        "mixed": Old("write `16-mixed`", rewrites=(Rewrite({f"{ARGS}precision": "16-mixed"}, safe=False),)),
        "fp16": Old("write `16-mixed`", rewrites=(Rewrite({f"{ARGS}precision": "16-mixed"}, safe=False),)),
        "fp32": Old("write `32-true`", rewrites=(Rewrite({f"{ARGS}precision": "32-true"}),)),
    },
    "profiler": {
        True: Old("write `simple`", "Lightning 1.5", (Rewrite({f"{ARGS}profiler": "simple"}),)),
        False: dropped("remove it, or write `null`", "Lightning 1.5"),
    },
    "wandb": {
        "dryrun": _DRYRUN,
        "offline": _DRYRUN,
        "online": Old("write `true`", rewrites=(Rewrite({"environment.wandb": "true"}),)),
        "disabled": Old("write `false`", rewrites=(Rewrite({"environment.wandb": "false"}),)),
    },
}
# Lightning's callbacks that were renamed: the class and the release without it.
CLASSES: dict[str, tuple[str, str]] = {
    "GPUStatsMonitor": ("DeviceStatsMonitor", "Lightning 1.7"),
    "XLAStatsMonitor": ("DeviceStatsMonitor", "Lightning 1.7"),
    "GpuUsageLogger": ("DeviceStatsMonitor", "Lightning 1.0"),
    "LearningRateLogger": ("LearningRateMonitor", "Lightning 1.0"),
}


def old_value(path: str, value: object) -> Old | None:
    """The row of a value of `environment` or `trainer.args` that is no more."""
    section, _, key = path.rpartition(".")
    if section not in ("environment", "trainer", "trainer.args") or not isinstance(value, (str, bool)):
        return None
    return VALUES.get(key, {}).get(value)
