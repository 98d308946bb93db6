"""One renderer of findings for each format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from vibench.diagnostics import Report

RENDERERS = {name: f"vibench.cli.render.{name}" for name in ("text", "json", "github", "sarif")}


def renderer(name: str) -> Callable[[list[Report]], str]:
    """The function that renders findings in a format; of the modules only the one asked for is imported."""
    function: Callable[[list[Report]], str] = import_module(RENDERERS[name]).render
    return function
