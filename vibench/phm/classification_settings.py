"""What the classification task may be told, its optimizer and schedule included. No torch here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from vibench.phm.optim_settings import Optimizer, Scheduler
from vibench.phm.settings import PlainClassificationArgs
from vibench.schemas.base import setting


class ClassificationArgs(PlainClassificationArgs):
    """Classification with cross-entropy: what is learned, how fast, and what is measured."""

    optimizer: Annotated[Optimizer, Field(validate_default=True)] = setting(
        "Adam", "The optimizer: torch's name of it, or that and its arguments as {name, args}."
    )
    scheduler: Scheduler | None = setting(
        None, "The learning rate's schedule: torch's name of it, or {name, args}; unset: constant."
    )
