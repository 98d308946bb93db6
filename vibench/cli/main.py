"""The `vibench` command: runs it, and decides how the process ends."""

from __future__ import annotations

import gc
import os
import sys

COMPLETING = "_VIBENCH_COMPLETE"  # the line up to the cursor, from the shell
HEAVY = ("train", "launch")  # they load what registers work for the end of the process, or turn into it


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
    from vibench.cli.app import app_for
    from vibench.cli.arguments import UsageError
    from vibench.cli.exits import Exit

    try:
        app_for(sys.argv[1:])(prog_name="vibench")
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
    return Exit.OK
