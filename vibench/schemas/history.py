"""What other versions of PyTorch Lightning and other libraries knew: arguments, values and classes, and until when.

Read off the signatures at its release tags, and its changelog.
"""

from __future__ import annotations

from typing import Final

_UNTIL: Final = {
    "0.4": "cluster current_gpu_name",
    "0.5": "print_weights_summary experiment",
    "0.7": "add_row_log_interval add_log_row_interval max_nb_epochs min_nb_epochs nb_gpu_nodes nb_sanity_val_steps "
    "gradient_clip default_save_path",
    "0.8": "use_amp print_nan_grads show_progress_bar num_tpu_cores",
    "0.9": "train_percent_check val_percent_check test_percent_check",
    "0.10": "early_stop_callback overfit_pct log_save_interval row_log_interval cluster_environment",
    "1.2": "automatic_optimization enable_pl_optimizer",
    "1.4": "truncated_bptt_steps distributed_backend",
    "1.5": "reload_dataloaders_every_epoch",
    "1.6": "progress_bar_refresh_rate checkpoint_callback weights_summary terminate_on_nan flush_logs_every_n_steps "
    "prepare_data_per_node stochastic_weight_avg process_position",
    "1.7": "weights_save_path",
    "1.9": "num_processes tpu_cores ipus auto_select_gpus track_grad_norm move_metrics_to_cpu "
    "multiple_trainloader_mode amp_level",
}
# Argument of the Trainer -> the last version that had it.
LAST: Final = {name: version for version, names in _UNTIL.items() for name in names.split()}

# Value of a setting that is gone, or another library's -> what to do.
VALUES: Final[dict[str, dict[str, str]]] = {
    "strategy": {
        "dp": "write `ddp`: Lightning 2.0 dropped `dp`",
        "ddp2": "write `ddp`: Lightning 1.7 dropped `ddp2`",
        "ddp_cpu": "write `strategy: ddp` and `accelerator: cpu`, as since Lightning 1.5",
        "ddp_sharded": "write `fsdp`: Lightning 2.0 dropped `ddp_sharded`",
        "ddp_sharded_spawn": "write `fsdp`: Lightning 2.0 dropped `ddp_sharded_spawn`",
        "ddp_fully_sharded": "write `fsdp`: Lightning 2.0 dropped `ddp_fully_sharded`",
        "fsdp_native": "write `fsdp`, its name since Lightning 2.0",
        "tpu_spawn": "write `xla`, its name since Lightning 2.0",
        "tpu_spawn_debug": "write `xla_debug`, its name since Lightning 2.0",
        "horovod": "nothing to write: Lightning 2.0 dropped Horovod",
        "bagua": "nothing to write: Lightning 2.3 dropped Bagua",
        "colossalai": "nothing to write: Lightning 2.0 dropped ColossalAI",
        "hivemind": "nothing to write: Lightning 2.0 dropped Hivemind",
        "none": "write `auto`, as since Lightning 2.0",
    },
    "accelerator": {
        **{name: f"write it as `strategy: {name}`, as since Lightning 1.5" for name in ("ddp", "ddp_spawn", "fsdp")},
        "dp": "write `strategy: ddp`: Lightning 2.0 dropped `dp`",
        "ddp_cpu": "write `strategy: ddp` and `accelerator: cpu`, as since Lightning 1.5",
        "ipu": "nothing to write: Lightning 2.3 dropped IPUs",
        "hpu": "nothing to write: Lightning's own package has no HPUs any more",
    },
    "precision": {"mixed": "write `16-mixed` or `bf16-mixed`", "fp16": "write `16-mixed`"},
    "amp_backend": {"apex": "write `mixed_precision: true`: Lightning 2.0 dropped NVIDIA Apex for PyTorch's `native`"},
    "gpus": {"all": "write `-1`", "auto": "write `devices: auto`"},
    "profiler": {"true": "write `simple`: Lightning 2.0 dropped `true`"},
}

# Callback that is gone -> the last version that had it, and what there is now.
CALLBACKS: Final = {
    "GPUStatsMonitor": ("1.6", "DeviceStatsMonitor"),
    "XLAStatsMonitor": ("1.6", "DeviceStatsMonitor"),
    "GpuUsageLogger": ("0.10", "DeviceStatsMonitor"),
    "LearningRateLogger": ("0.10", "LearningRateMonitor"),
    "ProgressBarBase": ("1.9", "TQDMProgressBar"),
    "QuantizationAwareTraining": ("1.9", ""),
}

# Argument of a callback that is gone -> the last version that had it, and what to write.
CALLBACK_ARGUMENTS: Final = {
    "ModelCheckpoint": {
        "filepath": ("1.1", "`dirpath` and `filename`"),
        "prefix": ("1.2", "`filename`"),
        "period": ("1.4", "`every_n_epochs`"),
        "every_n_val_epochs": ("1.5", "`every_n_epochs`"),
    },
    "RichProgressBar": {"refresh_rate_per_second": ("1.5", "`refresh_rate`")},
    "BackboneFinetuning": {"round": ("1.4", "`rounding`")},
}
