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
    light = not set(HEAVY) & set(sys.argv[1:2])
    if light:
        gc.disable()  # a light command lives for a tenth of a second
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them reads every package's metadata
    if "train" in sys.argv[1:2]:
        from vibench.training.requeue import hold

        hold()
    status = _run()
    sys.stdout.flush()
    sys.stderr.flush()
    if light:
        os._exit(status)  # tearing the interpreter down would take longer than the rest
    sys.exit(status)


def _run() -> int:
    from vibench.cli.arguments import UsageError
    from vibench.cli.exits import Exit

    try:
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


def _command(words: list[str]) -> int:
    """Straight to the work where the line has no options, else through typer; the exit status."""
    from importlib import import_module

    if words[:1] and words[0] in PLAIN and not any(word.startswith("-") for word in words):
        module, _, function = PLAIN[words[0]].partition(":")
        return int(getattr(import_module(module), function)(words[1:]))
    from vibench.cli.app import app_for

    app_for(words)(prog_name="vibench")
    return 0
