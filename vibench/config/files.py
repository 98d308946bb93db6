"""Files that a config names and that must be there; a config that is checked on another machine silences this."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vibench.config.source import Map
from vibench.config.suggest import similar
from vibench.config.translate import value_span
from vibench.diagnostics import Diagnostic, diagnostic

_SPECIAL = ("last", "best", "hpc")  # words of Lightning's `ckpt_path`


def missing_files(args: Map) -> Iterator[Diagnostic]:
    """`trainer.args.resume_from_checkpoint`, relative to the working directory, must exist."""
    name = args.get("resume_from_checkpoint")
    if not isinstance(name, str) or "://" in name or not name or Path(name).exists():
        return
    beside = [path.name for path in Path(name).parent.iterdir()] if Path(name).parent.is_dir() else []
    match = similar(Path(name).name, beside)
    suggestion = str(Path(name).parent / match) if match else ""
    hint = f"did you mean `{suggestion}`?" if match else "paths are relative to the working directory"
    if name in _SPECIAL:
        hint = "name the file, or write `auto_resume: true` to go on from the newest unfinished run"
    message = f"there is no checkpoint at `{name}`"
    span, path = value_span(args, "resume_from_checkpoint"), "trainer.args.resume_from_checkpoint"
    yield diagnostic("missing-checkpoint", path, message, hint=hint, suggestion=suggestion, span=span)
