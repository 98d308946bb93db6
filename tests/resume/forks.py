"""Trainings in processes of their own, forked from one that has imported Lightning: a second each, not eight.

Reads jobs as lines of JSON from standard input (words of the command line, environment, folder), answers with a line
each: the exit status, negative for a signal. A child runs the real command.
"""

from __future__ import annotations

import json
import os
import sys

import pytorch_lightning  # noqa: F401


def run(job: dict[str, object]) -> int:
    """One job in a child; its exit status."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    os.chdir(str(job["folder"]))
    os.environ.update(job["environment"])  # type: ignore[arg-type,call-overload]
    log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.argv = ["vibench", "train", *job["words"]]  # type: ignore[misc]
    from vibench.cli.main import main

    main()
    return 0


for line in sys.stdin:
    print(run(json.loads(line)), flush=True)
