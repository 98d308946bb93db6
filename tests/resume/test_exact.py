"""A run that was killed and resumed ends as one that was never stopped: weights, logs, results, bit for bit.

An epoch has 8 steps; validation 4 batches, after 2 of the sanity check.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from resuming import Runs, assert_same, outcome

pytestmark = pytest.mark.slow
SIGKILLED = -9
INTERRUPTED = 130

# The ways to train that a kill is tried in: overrides of the config.
WAYS: dict[str, tuple[str, ...]] = {
    "epochs": (),
    "steps": ("trainer.args.every_n_train_steps=3",),
    "halves": ("trainer.args.val_check_interval=4", "trainer.args.every_n_train_steps=3"),
    "accumulated": ("trainer.args.accumulate_grad_batches=2", "trainer.args.every_n_train_steps=1"),
    "by steps": ("trainer.args.max_steps=27", "trainer.args.every_n_train_steps=5", "task.init_args.schedule=cycle"),
    "workers": ("data.init_args.workers=2", "trainer.args.every_n_train_steps=3"),
    "generator": ("data.init_args.own_generator=true", "trainer.args.every_n_train_steps=3"),
    "finetuned": (
        "trainer.args.callbacks=[{name: BackboneFinetuning, args: {unfreeze_backbone_at_epoch: 1}}]",
        "trainer.args.every_n_train_steps=3",
    ),
    "pruned": ("trainer.args.pruning=[0.2, 0.4, 0.6]", "trainer.args.every_n_train_steps=3"),
    "stopping": ("trainer.args.early_stopping={patience: 1}", "trainer.args.every_n_train_steps=3"),
}

# way, where the process kills itself, by which signal
FEW = [
    ("epochs", "step:13", "SIGKILL"),
    ("epochs", "write:3", "SIGKILL"),
    ("steps", "step:21", "SIGKILL"),
    ("steps", "step:14", "SIGTERM"),
    ("stopping", "test:2", "SIGKILL"),
]
MANY = [
    ("epochs", "step:1", "SIGKILL"),
    ("epochs", "validation:1", "SIGKILL"),
    ("epochs", "validation:9", "SIGKILL"),
    ("epochs", "epoch_end:1", "SIGKILL"),
    ("epochs", "epoch_end:3", "SIGKILL"),
    ("epochs", "save:2", "SIGKILL"),
    ("epochs", "save:4", "SIGKILL"),
    ("epochs", "write:1", "SIGKILL"),
    ("epochs", "write:6", "SIGKILL"),
    ("epochs", "train_end:1", "SIGKILL"),
    ("epochs", "step:25", "SIGTERM"),
    ("epochs", "validation:12", "SIGTERM"),
    ("epochs", "step:11", "SIGINT"),
    ("steps", "write:2", "SIGKILL"),
    ("steps", "save:5", "SIGKILL"),
    ("steps", "epoch_end:2", "SIGKILL"),
    ("halves", "step:7", "SIGKILL"),
    ("halves", "step:23", "SIGKILL"),
    ("halves", "validation:13", "SIGTERM"),
    ("accumulated", "step:10", "SIGKILL"),
    ("accumulated", "step:19", "SIGTERM"),
    ("by steps", "step:17", "SIGKILL"),
    ("by steps", "step:9", "SIGTERM"),
    ("workers", "step:15", "SIGKILL"),
    ("workers", "step:20", "SIGTERM"),
    ("generator", "step:15", "SIGKILL"),
    ("generator", "step:28", "SIGKILL"),
    ("stopping", "step:12", "SIGKILL"),
    ("finetuned", "step:5", "SIGKILL"),
    ("finetuned", "step:21", "SIGKILL"),
    ("pruned", "step:12", "SIGKILL"),
    ("pruned", "step:21", "SIGKILL"),
    ("pruned", "epoch_end:3", "SIGKILL"),
    ("pruned", "test:1", "SIGKILL"),
]


@pytest.fixture(scope="session")
def whole(runs: Runs) -> Any:
    """The outcome of a way to train that nothing stopped, each trained once."""
    known: dict[str, dict[str, Any]] = {}

    def of(way: str) -> dict[str, Any]:
        if way not in known:
            name = f"whole {way}"
            assert runs.train(name, *WAYS[way]) == 0, runs.said(name)
            known[way] = outcome(runs.run(name))
        return known[way]

    return of


def check(runs: Runs, whole: Any, way: str, kill: str, signal: str) -> None:
    name = f"{way} {kill} {signal}".replace(":", "-")
    ended = runs.train(name, *WAYS[way], KILL=kill, SIGNAL=signal)
    assert ended == (SIGKILLED if signal == "SIGKILL" else INTERRUPTED), runs.said(name)
    assert not (runs.run(name) / "results.json").exists()
    assert runs.train(name, *WAYS[way], "--resume") == 0, runs.said(name)
    assert_same(whole(way), outcome(runs.run(name)))
    assert not list(Path(runs.root / name).rglob("*.part"))
    assert not runs.run(name, 1).exists()


@pytest.mark.parametrize(("way", "kill", "signal"), FEW)
def test_killed_and_resumed(runs: Runs, whole: Any, way: str, kill: str, signal: str) -> None:
    check(runs, whole, way, kill, signal)


@pytest.mark.long
@pytest.mark.parametrize(("way", "kill", "signal"), MANY)
def test_killed_anywhere_and_resumed(runs: Runs, whole: Any, way: str, kill: str, signal: str) -> None:
    check(runs, whole, way, kill, signal)


def test_more_epochs_later_are_as_good_as_more_at_once(runs: Runs, whole: Any) -> None:
    assert runs.train("longer", "trainer.args.num_epochs=2") == 0, runs.said("longer")
    assert runs.train("longer", "--resume-from", "results/run/run_000") == 0, runs.said("longer")
    wanted, found = whole("epochs"), outcome(runs.run("longer", 1))
    for what in ("weights", "optimizer", "schedule", "steps"):
        assert_same(wanted[what], found[what], what)
    second = [row for row in wanted["rows"] if int(row["step"]) >= 16]
    assert_same(second, found["rows"])


@pytest.mark.long
def test_killed_again_and_again(runs: Runs, whole: Any) -> None:
    words = (*WAYS["steps"],)
    assert runs.train("again", *words, KILL="step:5") == SIGKILLED
    for kill in ("step:6", "write:1", "step:9", "epoch_end:1"):
        assert runs.train("again", *words, "--resume", KILL=kill) == SIGKILLED, runs.said("again")
    assert runs.train("again", *words, "--resume") == 0, runs.said("again")
    assert_same(whole("steps"), outcome(runs.run("again")))
