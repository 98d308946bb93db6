"""One renderer of findings for each format."""

from __future__ import annotations

from collections.abc import Callable

from vibench.cli.render import json, text
from vibench.diagnostics import Report

RENDERERS: dict[str, Callable[[list[Report]], str]] = {"text": text.render, "json": json.render}
