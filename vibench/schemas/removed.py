"""Keys that do not exist any more, or never did here: what to write instead, or why there is nothing.

One row a key: of PyTorch Lightning 1.x (its changelog and upgrade guide) and of users' files. `{}` in a
replacement stands for nothing: the replacement is a sentence. Settings that moved to another section name it.
"""

from __future__ import annotations

_CALLBACK = "list it under `trainer.args.callbacks`: "

TRAINER: dict[str, str] = {
    # Lightning 1.x
    "num_processes": "write `accelerator: cpu` and `devices: N`",
    "tpu_cores": "write `accelerator: tpu` and `devices: N`",
    "num_tpu_cores": "write `accelerator: tpu` and `devices: N`",
    "ipus": "nothing to write: Lightning has no IPU accelerator any more",
    "auto_select_gpus": "remove it: `devices: auto` (the default) chooses",
    "progress_bar_refresh_rate": _CALLBACK + "`TQDMProgressBar` with `refresh_rate`; 0 is `enable_progress_bar: false`",
    "process_position": _CALLBACK + "`TQDMProgressBar` with `process_position`",
    "checkpoint_callback": "write `enable_checkpointing`",
    "weights_summary": "write `enable_model_summary`",
    "terminate_on_nan": "write `detect_anomaly`",
    "track_grad_norm": "log it in the task's `on_before_optimizer_step`",
    "flush_logs_every_n_steps": "remove it: the CSV log is written at every logged step",
    "prepare_data_per_node": "set it on the data module",
    "stochastic_weight_avg": _CALLBACK + "`StochasticWeightAveraging` with `swa_lrs`",
    "truncated_bptt_steps": "nothing to write: use manual optimization in the task",
    "move_metrics_to_cpu": "set `compute_on_cpu` on the metric",
    "multiple_trainloader_mode": "return a `CombinedLoader` from the data module",
    "reload_dataloaders_every_epoch": "write `reload_dataloaders_every_n_epochs: 1`",
    "weights_save_path": "write `environment.output_dir`",
    "distributed_backend": "write `strategy`",
    "amp_level": "write `precision: 16-mixed`",
    "automatic_optimization": "set it on the task",
    "enable_pl_optimizer": "remove it: there is nothing to choose",
    "early_stop_callback": "write `early_stopping`",
    "overfit_pct": "write `overfit_batches`",
    "log_save_interval": "remove it: the CSV log is written at every logged step",
    "row_log_interval": "write `log_every_n_steps`",
    "add_row_log_interval": "write `log_every_n_steps`",
    "add_log_row_interval": "write `log_every_n_steps`",
    "train_percent_check": "write `limit_train_batches`",
    "val_percent_check": "write `limit_val_batches`",
    "test_percent_check": "write `limit_test_batches`",
    "max_nb_epochs": "write `num_epochs`",
    "min_nb_epochs": "write `min_epochs`",
    "nb_gpu_nodes": "write `num_nodes`",
    "nb_sanity_val_steps": "write `num_sanity_val_steps`",
    "gradient_clip": "write `gradient_clip_val`",
    "use_amp": "write `mixed_precision: true`",
    "print_nan_grads": "write `detect_anomaly`",
    "show_progress_bar": "write `enable_progress_bar`",
    "default_save_path": "write `environment.output_dir`",
    "cluster_environment": "list the class under `trainer.args.plugins`",
    "print_weights_summary": "write `enable_model_summary`",
    "experiment": "loggers come from `environment`",
    "cluster": "nothing to write: SLURM is found by itself",
    "current_gpu_name": "nothing to write",
    # users' files
    "epochs": "write `num_epochs`",
    "use_wandb": "write `environment.wandb`",
    "use_swanlab": "write `environment.swanlab`",
    "save_checkpoints": "write `enable_checkpointing`",
    "save_dir": "write `environment.output_dir`",
    "test_after_training": "remove it: `vibench train` tests after training",
    "compute_metrics": "remove it: the task says what it measures",
    "gpu_ids": "write `gpus`",
    "learning_rate": "write `task.args.lr`",
    "lr": "write `task.args.lr`",
    "weight_decay": "write `task.args.optimizer: {name: AdamW, args: {weight_decay: …}}`",
    "optimizer": "write `task.args.optimizer`",
    "scheduler": "write `task.args.scheduler`",
    "lr_scheduler": "write `task.args.scheduler`",
    "step_size": "write `task.args.scheduler: {name: StepLR, args: {step_size: …}}`",
    "gamma": "write `task.args.scheduler: {name: StepLR, args: {gamma: …}}`",
    "warmup_epochs": "choose a `task.args.scheduler` with a warm-up, such as OneCycleLR",
    "batch_size": "write `data.args.batch_size`",
    "num_workers": "write `data.args.num_workers`",
}
ENVIRONMENT: dict[str, str] = {
    "use_wandb": "write `wandb`",
    "use_swanlab": "write `swanlab`",
    "PHMBench": "remove it: it is not all capitals, so it was never exported",
    "save_dir": "write `output_dir`",
    "wandb_mode": "write `wandb: {mode: …}`",
    "wandb_project": "write `project`",
}
COMPONENT: dict[str, str] = {
    "dict_kwargs": "LightningCLI's word for what goes through `**kwargs`: write it under `init_args`",
}
ROOT: dict[str, str] = {
    "reproducibility": "write `environment.seed` and `trainer.args.deterministic`",
    "output": "write `environment.output_dir`",
    "experiment": "write `environment.project` and `environment.name`",
    "advanced": "write its settings in the section they belong to",
}
