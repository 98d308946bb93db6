"""A text that is migrated, and its plan before and after."""

from __future__ import annotations

from collections import Counter

from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.config.migration.migrate import Migration, migrate, safe_only
from vibench.diagnostics import Source
from vibench.trainer_factory.plan import plan


def anything(offer: object) -> bool:
    return True


def rewritten(text: str, accept=safe_only, *, below_args: bool = False) -> Migration:
    return migrate(Source("c.yaml", text), accept, below_args=below_args)


def planned(text: str):
    """The plan of a text, if it has one; callbacks in no order, since a rewriting may list them elsewhere."""
    config = check(compose_source(Source("c.yaml", text))).config
    if config is None:
        return None
    made = plan(config.experiment, "run")
    parts = Counter(f"{part.class_path}{part.init_args}" for part in (*made.callbacks, *made.loggers))
    return made.trainer, parts, config.experiment.environment
