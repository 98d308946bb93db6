"""The `vibench` command: runs it, and decides how the process ends."""

from __future__ import annotations

import gc
import os
import sys

COMPLETING = "_VIBENCH_COMPLETE"  # the line up to the cursor, from the shell
HEAVY = ("train", "launch")  # they load what registers work for the end of the process, or turn into it
# What does the work of a command when its line has no options: typer would take a tenth of the time.
PLAIN = {"validate": "vibench.cli.checking:check", "plan": "vibench.cli.planned:show_plan"}


def main() -> None:
    """Run the command line; never returns."""
    if COMPLETING in os.environ:
        from vibench.cli.completion import answer

        print(answer(os.environ[COMPLETING]), flush=True)
        os._exit(0)
    local_rank = _take_local_rank()
    light = not set(HEAVY) & set(sys.argv[1:2])
    if light:
        gc.disable()  # a light command lives for a tenth of a second
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every package's metadata
    if "train" in sys.argv[1:2]:
        from vibench.training.requeue import hold

        hold()
    status = _run(local_rank)
    sys.stdout.flush()
    sys.stderr.flush()
    if light:
        os._exit(status)  # tearing the interpreter down would take longer than the rest
    sys.exit(status)


def _take_local_rank() -> str | None:
    """Remove `--local-rank=N` of `torch.distributed.launch` from the command line; its value, if it is there.

    The launcher writes the option before the command; up to torch 1 its name had an underscore.
    """
    found, words = None, iter(sys.argv[1:])
    left = sys.argv[:1]
    for word in words:
        name, equals, value = word.partition("=")
        if name in ("--local-rank", "--local_rank"):
            found = value if equals else next(words, "")
        else:
            left.append(word)
    if found is not None:
        sys.argv[:] = left
    return found


def _run(local_rank: str | None = None) -> int:
    from vibench.cli.arguments import UsageError
    from vibench.cli.exits import Exit

    try:
        if local_rank is not None and not _agrees(local_rank):
            return Exit.CONFIG
        return _command(sys.argv[1:])
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except UsageError as error:
        print(f"vibench: {error}", file=sys.stderr)
        return Exit.USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return Exit.OK
    except Exception:
        from vibench.cli.crash import report

        print(report(), file=sys.stderr)
        return Exit.BUG


def _agrees(local_rank: str) -> bool:
    """Whether the launcher's option and `LOCAL_RANK` say the same; the variable is set where it is missing."""
    from vibench.cli.arguments import UsageError

    if not local_rank.isascii() or not local_rank.isdecimal():
        raise UsageError(f"--local-rank takes an integer ≥ 0, got `{local_rank}`")
    known = os.environ.setdefault("LOCAL_RANK", local_rank)
    if known.strip() == local_rank or not known.strip().isdecimal():  # a malformed variable is reported elsewhere
        return True
    from vibench.cli.output import say
    from vibench.diagnostics import Report, diagnostic

    message = f"`--local-rank={local_rank}` and LOCAL_RANK ({known}) disagree"
    hint = "use only one launcher"
    say([Report((diagnostic("variable-conflict", "env.LOCAL_RANK", message, hint=hint),))])
    return False


def _command(words: list[str]) -> int:
    """Straight to the work where the line has no options, else through typer; the exit status."""
    from importlib import import_module

    if words[:1] and words[0] in PLAIN and not any(word.startswith("-") for word in words):
        module, _, function = PLAIN[words[0]].partition(":")
        return int(getattr(import_module(module), function)(words[1:]))
    from vibench.cli.app import app_for

    app_for(words)(prog_name="vibench")
    return 0
