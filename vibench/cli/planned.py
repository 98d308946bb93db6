"""The work of `vibench plan`. Imports no typer: a line without options goes straight here."""

from __future__ import annotations

from vibench.cli.exits import Exit
from vibench.cli.loading import config_of, loaded_of
from vibench.cli.output import say
from vibench.diagnostics import Report


def show_plan(words: list[str], form: str = "text") -> Exit:
    """Print the plan of a config."""
    from vibench.cli.render import plan as render

    config = config_of(words)
    print(render.as_json(config) if form == "json" else render.as_text(config))
    return Exit.OK


def trace_plan(words: list[str], form: str) -> Exit:
    """Print what each written key feeds; a key that feeds nothing is a finding."""
    from vibench.cli.render import trace as render
    from vibench.trainer_factory.effects import effects, without_effect

    config, report = loaded_of(words)
    found = effects(config)
    print(render.as_json(found) if form == "json" else render.as_text(found))
    idle = without_effect(config, found, report.diagnostics)
    if idle:
        say([Report(tuple(idle), config.source)])
    return Exit.OK
