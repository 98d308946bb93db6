"""`vibench plan`: what would be built, and where each value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from vibench.config.load import Config
    from vibench.diagnostics import Diagnostic


def plan_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="FILE [KEY=VALUE…]", help="The config and overrides.")
    ] = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the plan.")] = "text",  # noqa: A002
    trace: Annotated[bool, typer.Option("--trace", help="For each written key, the arguments it feeds.")] = False,
) -> None:
    """Show the Trainer's arguments, callbacks and loggers of a config, with the origin of each value."""
    from vibench.cli.loading import loaded_of
    from vibench.cli.render import plan as render

    config, report = loaded_of(words or [])
    if trace:
        _trace(config, report.diagnostics, format)
    else:
        print(render.as_json(config) if format == "json" else render.as_text(config))


def _trace(config: Config, known: tuple[Diagnostic, ...], form: str) -> None:
    """What each key feeds; a key that feeds nothing is a finding."""
    from vibench.cli.output import say
    from vibench.cli.render import trace as render
    from vibench.diagnostics import Report
    from vibench.trainer_factory.effects import effects, without_effect

    found = effects(config)
    print(render.as_json(found) if form == "json" else render.as_text(found))
    idle = without_effect(config, found, known)
    if idle:
        say([Report(tuple(idle), config.source)])
