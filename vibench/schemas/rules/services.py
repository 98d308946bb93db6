"""Rules about what the logging services take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vibench.schemas.experiment import Experiment
from vibench.schemas.rules.registry import Finding, rule

_PROJECTS = {"wandb": r"[^/\\#?%:]{1,128}", "swanlab": r"[0-9a-zA-Z_\-+.]{1,100}"}


@rule("wandb", "swanlab")
def project_names(experiment: Experiment) -> Iterator[Finding]:
    """A project of the name can be made at the service that is told it."""
    environment = experiment.environment
    for service, pattern in _PROJECTS.items():
        settings = getattr(environment, service)
        own = getattr(settings, "project", None)
        if settings and not re.fullmatch(pattern, own or environment.project):
            path = f"environment.{service}.project" if own else "environment.project"
            message = f"`{service}` takes no project called `{own or environment.project}`"
            hint = f"write `{service}: {{project: …}}` with Latin letters, digits, `-` and `_`"
            yield Finding("bad-project-name", path, message, hint, (f"environment.{service}",))
