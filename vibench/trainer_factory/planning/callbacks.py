"""The callbacks of a plan: those that vibench makes, and the user's."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas import resolve
from vibench.schemas.checkpoint_names import default_filename, names_values
from vibench.schemas.experiment import Experiment
from vibench.schemas.trainer import CheckpointArgs, EarlyStoppingSettings, PruningSettings, TrainerArgs
from vibench.trainer_factory.planning.parts import OURS, PL, Named, Part, feeding, part_of, placed, taken


def callbacks_of(experiment: Experiment, path: str, named: Named) -> list[Part]:
    """Those that vibench makes, and the user's; a class that only its descent shows to be of a kind is met in build."""
    args = experiment.trainer.args
    users = users_callbacks(args, named)
    made = [*_checkpoints(args, path), *_early_stopping(args), *_schedules(args), _watch(experiment), *_displays(args)]
    made += [*_pruning(args), *activations(args)]  # after the summary, which shows the network as it was built
    return [part for part in made if not _given(part.yields_to, users)] + users


def _given(kind: str, users: list[Part]) -> bool:
    return bool(kind) and any(part.name.endswith(kind) for part in users)


def _displays(args: TrainerArgs) -> Iterator[Part]:
    """What shows the training, unless the user lists another of its kind."""
    yield Part(f"{OURS}.callbacks.learning_rate.LearningRateMonitor", {}, "LearningRateMonitor")
    if args.log_gpu_memory:
        yield Part(f"{PL}.callbacks.DeviceStatsMonitor", {}, "DeviceStatsMonitor")
    if args.enable_model_summary:  # the rich one, Lightning's choice, fills standard output
        yield Part(f"{PL}.callbacks.ModelSummary", {}, "ModelSummary")
    if args.enable_progress_bar:
        yield Part(f"{OURS}.callbacks.progress.progress_bar", {"kind": args.progress_bar}, "ProgressBar")


def users_callbacks(args: TrainerArgs, named: Named) -> list[Part]:
    parts = [part_of(component, "callbacks", named) for component in args.callbacks]
    return placed(parts, "trainer.args.callbacks")


def _checkpoints(args: TrainerArgs, path: str) -> list[Part]:
    """The best k after validation, and `last.ckpt` between two batches."""
    if not args.enable_checkpointing:
        return []
    folder = f"{path}/checkpoints"
    monitor, mode = resolve.watched(args, "checkpoint")
    arguments = feeding(args, "ModelCheckpoint", CheckpointArgs.model_fields)
    filename = args.filename or default_filename(monitor)
    arguments |= {
        "dirpath": folder,
        "filename": filename,
        "monitor": monitor if args.save_top_k != 0 else None,
        "assumed": monitor in _assumed(args),
        "setting": "trainer.args.checkpoint.monitor" if args.checkpoint.monitor else "trainer.args.monitor_metric",
        "mode": mode or "min",
        "auto_insert_metric_name": names_values(args.filename, args.auto_insert_metric_name),
    }
    if args.save_last == "link":
        return [Part(f"{OURS}.callbacks.monitor.ModelCheckpoint", arguments)]
    intervals = feeding(args, "LastCheckpoint", CheckpointArgs.model_fields, written=True)
    last = {"dirpath": folder, "write": args.save_last, "save_weights_only": args.save_weights_only, **intervals}
    if args.every_n_epochs is not None:
        last["every_n_epochs"] = args.every_n_epochs
    arguments["save_last"] = False
    return [
        Part(f"{OURS}.callbacks.monitor.ModelCheckpoint", arguments),
        Part(f"{OURS}.callbacks.last.LastCheckpoint", last),
    ]


def _assumed(args: TrainerArgs) -> tuple[str, ...]:
    """The default metric, where nobody wrote it and only checkpoints watch it."""
    if "monitor_metric" in args.model_fields_set or args.early_stopping or args.checkpoint.monitor:
        return ()
    return (args.monitor_metric,)


_LOADING = ("num_workers", "persistent_workers", "pin_memory", "prefetch_factor", "batch_size")


def _watch(experiment: Experiment) -> Part:
    """What goes wrong in silence, and the settings that decide how fast data is loaded."""
    data = experiment.data or {}
    key = "init_args" if "class_path" in data else "args"
    written = data.get(key) or {}
    values = [f"data.{key}.{name} = {written[name]}" for name in _LOADING if name in written]
    if "num_workers" not in written:
        values.insert(0, f"data.{key}.num_workers is not written")
    return Part(
        f"{OURS}.callbacks.watch.Watch", {"assumed": _assumed(experiment.trainer.args), "settings": ", ".join(values)}
    )


def _early_stopping(args: TrainerArgs) -> list[Part]:
    own = resolve.early_stopping(args)
    if own is None:
        return []
    monitor, mode = resolve.watched(args, "early_stopping")
    arguments = {
        "monitor": monitor,
        "mode": mode or "min",
        **feeding(args, "EarlyStopping", ("patience", "min_delta")),
        **feeding(own, "EarlyStopping", EarlyStoppingSettings.model_fields),
    }
    return [Part(f"{PL}.callbacks.EarlyStopping", arguments)]


def _schedules(args: TrainerArgs) -> list[Part]:
    if isinstance(args.accumulate_grad_batches, int):
        return []
    scheduling = taken(args, "accumulate_grad_batches")
    return [Part(f"{PL}.callbacks.GradientAccumulationScheduler", {"scheduling": scheduling})]


def _pruning(args: TrainerArgs) -> list[Part]:
    own = resolve.pruning(args)
    if own is None:
        return []
    arguments = {
        **feeding(args, "ModelPruning", ("pruning_method",)),
        "amount": resolve.pruning_amount(args),
        **feeding(own, "ModelPruning", PruningSettings.model_fields),
        "use_global_unstructured": resolve.prunes_globally(args, own),
    }
    return [Part(f"{OURS}.callbacks.pruning.ModelPruning", arguments)]


def activations(args: TrainerArgs) -> list[Part]:
    if args.gradient_checkpointing is False:
        return []
    arguments = {"modules": resolve.checkpointed_modules(args)}
    return [Part(f"{OURS}.callbacks.activation_checkpointing.ActivationCheckpointing", arguments)]
