"""Rules about settings one by one: old ones, secrets, and what `barebones` forbids."""

from __future__ import annotations

from collections.abc import Iterator

from vibench.schemas.base import setting_of
from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import ARGS, Finding, rule, written
from vibench.schemas.trainer import TrainerArgs

# Old settings, and what to write instead.
_OLD = {
    name: says.deprecated for name in TrainerArgs.model_fields if (says := setting_of(TrainerArgs, name)).deprecated
}


@rule(*_OLD)
def deprecated(experiment: Experiment) -> Iterator[Finding]:
    """Old settings that still take effect."""
    args = experiment.trainer.args
    for name in written(args, _OLD):
        if getattr(args, name) is not False:
            yield Finding("deprecated-key", f"{ARGS}.{name}", f"`{name}` is an old setting", _OLD[name])


_SECRET = ("_KEY", "_TOKEN", "_SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "CREDENTIALS")


@rule()
def secrets(experiment: Experiment) -> Iterator[Finding]:
    """Secrets do not belong in a file."""
    for name in experiment.environment.variables:
        if name.endswith(_SECRET):
            message = f"`{name}` looks like a secret; config files are shared and kept with every run"
            yield Finding("secret-in-file", f"environment.{name}", message, "set it in the shell")


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
    "pruning": (False,),
}


@rule("barebones")
def barebones(experiment: Experiment) -> Iterator[Finding]:
    """`barebones` leaves nothing but the loop."""
    args = experiment.trainer.args
    if not args.barebones:
        return
    also = (f"{ARGS}.barebones",)
    for name in written(args, _FORBIDDEN_BARE):
        if getattr(args, name) not in _FORBIDDEN_BARE[name]:
            message = f"`barebones: true` forbids `{name}`"
            yield Finding("barebones-conflict", f"{ARGS}.{name}", message, "remove one of them", also)
    environment = experiment.environment
    for name in written(environment, ("tensorboard", "wandb", "swanlab", "loggers")):
        if getattr(environment, name):
            message = f"`barebones: true` forbids loggers, and `{name}` is on"
            yield Finding("barebones-conflict", f"environment.{name}", message, "remove one of them", also)
