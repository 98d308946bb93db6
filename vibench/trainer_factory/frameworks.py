"""What a framework writes into `args_trainer` before it calls the factory.

PHM-Vibench sets attributes on the namespace of the `trainer` section: beside `args`, or among the settings where the
section is flat. They are the framework's own: a setting in the file is stronger, and what only the framework needs
(its folder, its display name) is not a setting at all.

Sources: `Pipeline_01_default.py`, `two_stage_orchestrator.py`, `Default_task.py` and `Default_trainer.py` of
PHM-Vibench.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic import BaseModel

from vibench.config.canonical import canonical, remove, same
from vibench.config.load import Loaded, load_tree
from vibench.config.source import Map, Mark, compose
from vibench.diagnostics import Diagnostic, Source
from vibench.schemas.base import StrictModel, default_value
from vibench.schemas.environment import RUN_NAME, EnvironmentArgs
from vibench.schemas.old import VALUE
from vibench.schemas.trainer import TrainerArgs

_KINDS, _COUNTS = ("accelerator", "device"), ("devices", "gpus")
# Settings that a framework may write, and the names under which the file may have said it already. It fills in the
# kind of device without knowing all names of it, so any word of the file about devices is stronger.
_SETTINGS = {
    **dict.fromkeys(_KINDS, (*_KINDS, *_COUNTS)),
    **dict.fromkeys(_COUNTS, _COUNTS),
    "monitor": ("monitor", "monitor_metric"),
    "log_every_n_steps": ("log_every_n_steps",),
    "num_epochs": ("num_epochs", "max_epochs", "max_steps", "max_time"),
    "pruning": ("pruning", "pruning_amount"),
}
_LOGGERS = ("environment.wandb", "environment.swanlab", "environment.tensorboard")
_NOT_SETTINGS = ("logger_name", "save_dir", "trainer_name")


class Framework(NamedTuple):
    """What the framework says of a run beside its settings.

    `display_name`: the run's name at the loggers, any text. `attributes`: everything, for a custom trainer to read.
    """

    display_name: str | None
    attributes: dict[str, Any]


def frameworks_own(environment: Any, trainer: Any, source: Source, model: type[BaseModel] | None) -> Framework:
    """Take what a framework wrote out of the sections, which are changed, and put its settings below the file's.

    `model`: of the arguments of a custom trainer, which may have these names, too.
    """
    if not isinstance(environment, Map) or not isinstance(trainer, Map):
        return Framework(None, {})  # an error, which validation reports
    not_settings = [name for name in _NOT_SETTINGS if model is None or name not in model.model_fields]
    own: dict[str, Any] = {name: trainer[name] for name in (*not_settings, *_SETTINGS) if name in trainer}
    args = trainer.get("args")
    if isinstance(args, Map):
        if "logger_name" in not_settings and "logger_name" in args:
            own["logger_name"] = args["logger_name"]
            remove(args, "logger_name")
        _beside_args(trainer, args, (source, 0, 0, 0, 0))
    else:
        _flat(trainer, (source, 0, 0, 0, 0))
    for name in not_settings:
        remove(trainer, name)
    return Framework(_display_name(environment, own.get("logger_name")), own)


def _display_name(environment: Map, logger_name: Any) -> str | None:
    """The run's name where no setting says it; a name that cannot be a folder is one, too: the folder is passed."""
    written = environment.get("name")
    experiment = environment.get("experiment_name")
    remove(environment, "experiment_name")
    if isinstance(written, str) and written and not re.match(RUN_NAME, written):
        remove(environment, "name")
        return written
    display = logger_name or experiment if written is None else None
    return str(display) if display else None


def _beside_args(trainer: Map, args: Map, mark: Mark) -> None:
    """Settings beside `args` go below it where the file says nothing of the same."""
    written = [name for names in _SETTINGS.values() for name in names if args.get(name) is not None]
    written += ["monitor_metric"] if trainer.get("monitor_metric") is not None else []
    for name in [name for name in _SETTINGS if name in trainer]:
        value = trainer[name]
        remove(trainer, name)
        if not any(other in written for other in _SETTINGS[name]) and not _means_nothing(name, value):
            args.put(name, value, mark, f"trainer.{name}")
    if "gpus" in args and "gpus" not in written:  # of whatever kind of device there is, as PHM-Vibench has it
        _only_a_count(args, mark)


def _flat(trainer: Map, mark: Mark) -> None:
    """In the flat form the writer of a setting is unknown; one that repeats another, or is empty, is removed."""
    any_kind = "auto" in (trainer.get("device"), trainer.get("accelerator"))
    for name in [name for name in _SETTINGS if name in trainer and _means_nothing(name, trainer[name])]:
        remove(trainer, name)
    if trainer.get("device") is not None and trainer["device"] == trainer.get("accelerator"):
        remove(trainer, "device")
    if trainer.get("monitor_metric") is not None:
        remove(trainer, "monitor")  # written since the framework knows no other name of it
    unsaid = all(trainer.get(name) is None for name in _KINDS)
    if "gpus" in trainer and (any_kind or (unsaid and trainer["gpus"] in (1, trainer.get("devices")))):
        _only_a_count(trainer, mark)
    elif trainer.get("gpus") is not None and trainer["gpus"] in (trainer.get("devices"), "auto"):
        remove(trainer, "gpus")


def _only_a_count(settings: Map, mark: Mark) -> None:
    """`gpus` as PHM-Vibench means it: how many devices of the kind that there is; 0 is none here, as there."""
    gpus, path = settings["gpus"], settings.written.get("gpus", "trainer.gpus")
    if gpus == 0:
        return
    remove(settings, "gpus")
    if settings.get("devices") is None and gpus is not None:
        settings.put("devices", gpus, mark, path)


def _means_nothing(name: str, value: Any) -> bool:
    """Values that say what the defaults do: `device` copied from `accelerator: auto`, `pruning` filled with 0.0."""
    return (name == "device" and value == "auto") or (name == "pruning" and value == 0 and not isinstance(value, bool))


def load_beside_others(tree: Map, source: Source) -> Loaded:
    """Validate what a framework passes: keys that are its own, and change nothing here, are ignored with a warning.

    Its namespaces hold the whole sections of its files, also what only its tasks or nothing reads. An error stays what
    may be meant for a setting: a misspelt one, or an old or misplaced one that says other than what holds. Settings
    below `args` were written for vibench, and are held to its rules.
    """
    loaded = load_tree(tree, source)
    others = [found for found in loaded.report.errors if _is_anothers(found, tree)]
    if not others:
        return loaded
    rest = tree.copy()
    for found in others:
        section, _, key = found.path.partition(".")
        rest[section] = rest[section].copy()
        remove(rest[section], key)
    return load_tree(rest, source, [_as_warning(found) for found in others])


def _as_warning(found: Diagnostic) -> Diagnostic:
    return replace(found, severity="warning", message=f"ignored: {found.message}")


def _is_anothers(found: Diagnostic, tree: Map) -> bool:
    """Whether an error is about a key of `environment`, or one flat in `trainer`, with which nothing is lost.

    It has no meaning here, is the task's, says what holds without it, or would turn a logger on.
    """
    section, _, key = found.path.partition(".")
    written = tree.get(section) if section in ("environment", "trainer") else None
    if not isinstance(written, Map) or key not in written:
        return False
    value = written[key]
    if found.code == "unknown-key":
        return not found.suggestion
    if found.code == "misplaced-key":
        return found.suggestion in _LOGGERS or _holds(found.suggestion, tree, value)
    return found.code == "removed-key" and _is_replaced(section, key, value, tree)


def _is_replaced(section: str, key: str, value: Any, tree: Map) -> bool:
    from vibench.schemas.removed import OF_THE_TASK, TABLES

    rewrite = TABLES["EnvironmentArgs" if section == "environment" else "TrainerArgs"][key].rewrite(value)
    if value is None or (section == "trainer" and key in OF_THE_TASK):
        return True
    if rewrite is None or not rewrite.safe:
        return False
    return all(
        to in _LOGGERS or _holds(to, tree, value if text == VALUE else compose(Source("", text))[0])
        for to, text in rewrite.writes.items()
    )


def _holds(path: str, tree: Map, value: Any) -> bool:
    """Whether a setting has this value, written or not."""
    section, _, name = path.rpartition(".")
    models: dict[str, type[StrictModel]] = {"environment": EnvironmentArgs, "trainer.args": TrainerArgs}
    model = models.get(section)
    at: Any = canonical(tree, [])
    for step in path.split("."):
        at = at.get(step) if isinstance(at, Map) else None
    if at is None and model is not None and name in model.model_fields:
        at = default_value(model.model_fields[name])
    return same(at, value)
