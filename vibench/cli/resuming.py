"""The options of resuming, which `train` has, and `launch` hands on to it."""

from __future__ import annotations

from typing import Annotated

import typer

Resume = Annotated[bool, typer.Option("--resume", help="Go on with the newest unfinished run.")]
ResumeFrom = Annotated[
    str, typer.Option("--resume-from", metavar="RUN", help="Go on with this run, or start from a checkpoint.")
]
AllowChanges = Annotated[bool, typer.Option("--allow-changes", help="Go on although the config means another result.")]
TrustCheckpoint = Annotated[bool, typer.Option("--trust-checkpoint", help="Load checkpoints that can run code.")]
