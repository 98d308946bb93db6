"""`vibench launch`: start the processes that a config asks for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vibench.cli.resuming import AllowChanges, Resume, ResumeFrom, TrustCheckpoint

if TYPE_CHECKING:
    from vibench.config.load import Config
    from vibench.training.launch.script import Request
    from vibench.training.launch.ways import Meeting, Start


def launch_command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE] [KEY=VALUE…]", help="The config (./config.yaml) and overrides."),
    ] = None,
    show: Annotated[bool, typer.Option("--print", help="Show the command or script, run nothing.")] = False,
    max_restarts: Annotated[
        int, typer.Option("--max-restarts", min=0, help="How often torchrun starts failed processes again.")
    ] = 0,
    rdzv_endpoint: Annotated[
        str, typer.Option("--rdzv-endpoint", metavar="HOST:PORT", help="Where several nodes meet: at the first one.")
    ] = "",
    rdzv_id: Annotated[
        str, typer.Option("--rdzv-id", metavar="ID", help="Name of the job for all nodes (the experiment's).")
    ] = "",
    slurm: Annotated[bool, typer.Option("--slurm", help="Submit a job to SLURM, and follow it.")] = False,
    partition: Annotated[str, typer.Option("--partition", help="SLURM: where to run.")] = "",
    time: Annotated[str, typer.Option("--time", help="SLURM: limit, as [D-]HH:MM:SS.")] = "",
    account: Annotated[str, typer.Option("--account", help="SLURM: who pays.")] = "",
    gres: Annotated[str, typer.Option("--gres", help="SLURM: devices of each node (those of the config).")] = "",
    cpus_per_task: Annotated[int, typer.Option("--cpus-per-task", min=0, help="SLURM: cores of each process.")] = 0,
    output: Annotated[
        str, typer.Option("--output", metavar="FILE", help="SLURM: what the job says (beside the runs).")
    ] = "",
    signal_before: Annotated[
        int, typer.Option("--signal-before", min=0, help="SLURM: seconds before its end to stop and queue again.")
    ] = 90,
    sbatch: Annotated[
        list[str] | None, typer.Option("--sbatch", metavar="OPTION", help="SLURM: any other option of sbatch.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", help="SLURM: submit, do not follow.")] = False,
    resume: Resume = False,
    resume_from: ResumeFrom = "",
    allow_changes: AllowChanges = False,
    trust_checkpoint: TrustCheckpoint = False,
) -> None:
    """Start a training's processes: one, torchrun's, those of several nodes, or a job of SLURM."""
    from vibench.cli.arguments import UsageError, one
    from vibench.cli.loading import config_of
    from vibench.training.launch.script import Request
    from vibench.training.launch.ways import Meeting

    request = Request(partition, time, account, gres, cpus_per_task, output, signal_before, tuple(sbatch or ()))
    if not slurm and (detach or request != Request()):
        raise UsageError("options of SLURM go with `--slurm`")
    if slurm and (max_restarts or rdzv_endpoint or rdzv_id):
        raise UsageError("SLURM starts the processes itself: options of torchrun do not go with `--slurm`")
    config = config_of(words or [], frozenset({"no-login", "missing-package"}))
    arguments = one(words or [])
    flags = {"--resume": resume, "--allow-changes": allow_changes, "--trust-checkpoint": trust_checkpoint}
    handed = [arguments.files[0], *arguments.overrides, *(flag for flag, given in flags.items() if given)]
    handed += ["--resume-from", resume_from] if resume_from else []
    if slurm:
        _to_slurm(config, handed, request, show=show, detach=detach)
    else:
        _here(config, handed, Meeting(max_restarts, rdzv_endpoint, rdzv_id or config.name), show=show)


def _here(config: Config, words: list[str], meeting: Meeting, *, show: bool) -> None:
    from vibench.cli.exits import Exit
    from vibench.training.launch.ways import start_here

    start = start_here(config, words, meeting, _processes(config))
    if show or not start.here:
        print(start)
        if not start.here:
            _say_how(config)
        if not show:
            raise typer.Exit(Exit.USAGE)
        return
    _become(start)


def _become(start: Start) -> None:
    """Turn this process into the command: signals, output and status are its own."""
    sys.stdout.flush()
    os.environ.update(start.variables)
    try:
        os.execvp(start.command[0], start.command)
    except OSError as error:
        print(f"vibench: {start.command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        raise typer.Exit(1) from None


def _say_how(config: Config) -> None:
    nodes = config.experiment.trainer.args.num_nodes
    print(
        f"{nodes} nodes: run this line on each of them, FIRST_NODE replaced by the name or address of the first;\n"
        "or `vibench launch` with `--rdzv-endpoint FIRST_NODE:29400` on each, or with `--slurm` once",
        file=sys.stderr,
    )


def _processes(config: Config) -> int:
    """Processes on this node; raises UsageError in a process that is one of several already."""
    from vibench.cli.arguments import UsageError
    from vibench.config.process import world_here
    from vibench.schemas import resolve
    from vibench.schemas.world import ALONE
    from vibench.training.launch.ways import in_allocation, started_by
    from vibench.training.team import processes_here

    if in_allocation(os.environ):
        gpus = os.environ.get("SLURM_GPUS_ON_NODE", "")
        return resolve.each_node(config.experiment.trainer.args, int(gpus) if gpus.isdigit() else None) or 1
    world = world_here()
    launcher = started_by(world)
    if launcher:
        message = (
            f"this is one of {world.size} processes that {launcher} has started: each of them runs `vibench train`"
        )
        raise UsageError(message)
    return processes_here(config, ALONE)


def _to_slurm(config: Config, words: list[str], request: Request, *, show: bool, detach: bool) -> None:
    from vibench.cli.arguments import UsageError
    from vibench.training.launch.job import Job, SlurmError, submit
    from vibench.training.launch.script import output_of, script_of

    try:
        script = script_of(config, words, request)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if show:
        print(script, end="")
        return
    output = request.output or output_of(config)
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    try:
        number = submit(script)
        print(f"job {number}, what it says: {output.replace('%j', number)}", file=sys.stderr)
        status = 0 if detach else Job(number, Path(output.replace("%j", number))).follow()
    except SlurmError as error:
        print(f"vibench: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    raise typer.Exit(status)
