"""What comes before the fit, as lines of the plan: the tuner, and what is gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from json import dumps

from vibench.config.load import Config
from vibench.config.origins import Origin
from vibench.trainer_factory.plan import Plan

ARGS = "trainer.args"
_KEYS = {"batch_size": "auto_scale_batch_size", "lr_find": "auto_lr_find"}


def before_the_fit(config: Config, made: Plan, known: dict[str, Origin]) -> Iterator[str]:
    """Lines of `plan`; none where nothing is tuned or resumed."""
    if made.tuner:
        yield from ("", "tuner, before the fit")
        for method, arguments in made.tuner.items():
            yield f"  {method} {dumps(arguments)}  {_origin(_KEYS[method], known)}".rstrip()
    if made.resume:
        key = "resume_from_checkpoint" if "checkpoint" in made.resume else "auto_resume"
        yield from ("", "goes on from", f"  {_place(config, made.resume)}  {_origin(key, known)}".rstrip())


def _place(config: Config, resume: dict[str, object]) -> str:
    if "checkpoint" in resume:
        return f"{resume['checkpoint']}, in a new run"
    from vibench.training.resume import newest_unfinished  # what it imports takes as long as the rest of a plan

    run = newest_unfinished(config)
    return f"{run}, in its own folder" if run else "nothing: no run of this name is unfinished"


def _origin(key: str, known: dict[str, Origin]) -> str:
    """Where the setting, or one inside it, was written."""
    path = f"{ARGS}.{key}"
    return next((str(origin) for name, origin in known.items() if f"{name}.".startswith(f"{path}.")), "")
