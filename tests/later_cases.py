"""The corpus of what only a command, a training or the machine shows: `later/CODE.yaml`, and beside it what is said.

A file is asked about by the code that makes the finding, in a folder that holds the files of the corpus and the parts
of the examples, in the state (a port taken, a run at work) that its row in `STATES` makes.
"""

from __future__ import annotations

import shutil
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path

import pytest

from tests.corpus_cases import CORPUS, inside, text_of
from vibench.config.load import Config, load_config
from vibench.diagnostics import ConfigError, Report

LATER = CORPUS / "later"
RIGHT = CORPUS / "right"
PARTS = CORPUS.parent.parent / "examples" / "own_parts.py"
PORT = "29500"  # what the texts have in the place of a port that was free


def later_codes() -> list[str]:
    """The codes that have a file."""
    return sorted(path.stem for path in LATER.glob("*.yaml"))


def said_later(code: str, folder: Path) -> str:
    """What is said of the file of a code, asked in an empty folder."""
    lay_out(folder)
    shutil.copy(LATER / f"{code}.yaml", folder)
    with inside(folder), pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.syspath_prepend(str(folder))
        with STATES.get(code, _as_it_is)(patch) as names:
            said = text_of(ASKED.get(code, _trained)(f"{code}.yaml"))
    for here, name in names.items():
        said = said.replace(here, name)
    return said


def lay_out(folder: Path) -> None:
    """Copy the files that the examples name."""
    shutil.copytree(RIGHT / "files", folder, dirs_exist_ok=True)
    for parts in (LATER / "later_parts.py", PARTS):
        shutil.copy(parts, folder)


# ---- who is asked


def _trained(name: str, **wish: object) -> Report:
    from vibench import train

    with pytest.raises(ConfigError) as caught:
        train(name, **wish)  # type: ignore[arg-type]
    return Report(caught.value.diagnostics)


def _traced(name: str) -> Report:
    from vibench.trainer_factory.effects import effects, without_effect

    config = load_config(name)
    return Report(tuple(without_effect(config, effects(config), ())), config.source)


def _on_a_machine_without_gpus(name: str) -> Report:
    from vibench.training.machine import machine_findings

    config: Config = load_config(name)
    return Report(tuple(machine_findings(config, [], {})), config.source)


ASKED: dict[str, Callable[[str], Report]] = {
    "no-effect": _traced,
    "not-on-this-machine": _on_a_machine_without_gpus,
    "no-checkpoint": partial(_trained, resume=True),
    "changed-since": partial(_trained, resume_from="results/changed-since/run_000"),
    "run-in-use": partial(_trained, resume_from="results/run-in-use/run_000"),
}


# ---- the states: context managers that give the names which a text has in the place of this machine's

State = Callable[[pytest.MonkeyPatch], AbstractContextManager[dict[str, str]]]


def _as_it_is(patch: pytest.MonkeyPatch) -> AbstractContextManager[dict[str, str]]:
    return nullcontext({})


@contextmanager
def _nobody_logged_in(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "NETRC"):
        patch.delenv(name, raising=False)
    patch.setenv("HOME", str(Path.cwd()))
    yield {}


@contextmanager
def _port_taken(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        patch.setenv("MASTER_ADDR", "127.0.0.1")
        patch.setenv("MASTER_PORT", port)
        yield {port: PORT, socket.gethostname(): "node0"}


@contextmanager
def _nobody_listens(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    second = {"WORLD_SIZE": "2", "RANK": "1", "LOCAL_RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    for name, value in second.items():
        patch.setenv(name, value)
    yield {port: PORT}


@contextmanager
def _trained_before(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    from vibench import train

    train("changed-since.yaml", ("task.init_args.lr=0.001",))
    yield {}


@contextmanager
def _at_work(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    from vibench.training.status import running

    folder = Path("results/run-in-use/run_000")
    folder.mkdir(parents=True)
    (folder / "run.yaml").touch()
    with running(folder):
        yield {}


@contextmanager
def _checkpoint_with_code(patch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    import torch

    torch.save({"state_dict": {}, "epoch": 0, "global_step": 0, "where": Path("somewhere")}, "found.ckpt")
    yield {}


STATES: dict[str, State] = {
    "no-login": _nobody_logged_in,
    "port-in-use": _port_taken,
    "unreachable": _nobody_listens,
    "changed-since": _trained_before,
    "run-in-use": _at_work,
    "unsafe-checkpoint": _checkpoint_with_code,
}
