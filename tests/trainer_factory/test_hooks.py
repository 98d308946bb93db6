"""What vibench's callbacks cost at each step, and what a run imports: nothing that is not used."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl

from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.callbacks.hooks import without_idle_hooks

OF_A_STEP = (
    *("on_train_batch_start", "on_before_zero_grad", "on_before_backward", "on_after_backward"),
    *("on_before_optimizer_step", "on_train_batch_end"),
)


class Counts(pl.Callback):
    """Has one hook of its own, and inherits the others."""

    def __init__(self) -> None:
        self.batches = 0

    def on_train_batch_end(self, *_: Any) -> None:
        self.batches += 1


def idle(callback: pl.Callback) -> set[str]:
    return {name for name in OF_A_STEP if getattr(callback, name) is None}


def test_hooks_that_do_something_stay() -> None:
    callback = without_idle_hooks(Counts())
    assert idle(callback) == {*OF_A_STEP} - {"on_train_batch_end"}
    callback.on_train_batch_end()
    assert isinstance(callback, Counts)
    assert callback.batches == 1


def test_idle_hooks_are_not_called_and_the_users_are_left_alone(tmp_path: Path) -> None:
    """Of the user's callbacks all stay as they are: other code may call them, too."""
    callbacks = [{"class_path": "tests.trainer_factory.test_hooks.Counts"}]
    trainer = trainer_factory({}, {"args": {"callbacks": callbacks}}, None, tmp_path)
    found = {type(one).__name__: idle(one) for one in trainer.callbacks}
    assert found["Counts"] == set()
    assert found["Watch"] == {*OF_A_STEP} - {"on_train_batch_end"}
    assert found["LastCheckpoint"] == {*OF_A_STEP}


FACTORY = """
import json, sys
from vibench.trainer_factory import trainer_factory
trainer = trainer_factory(json.loads(sys.argv[1]), {"args": {"accelerator": "cpu"}}, None, sys.argv[2])
written = [logger.experiment for logger in trainer.loggers]  # what a fit begins with
names = ("tensorboard", "tensorboardX", "wandb", "swanlab", "mlflow")
print(json.dumps([[type(one).__name__ for one in trainer.loggers], [name for name in names if name in sys.modules]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "loggers", "imported"),
    [({}, ["CSVLogger"], []), ({"tensorboard": True}, ["CSVLogger", "TensorBoardLogger"], ["tensorboard"])],
)
def test_only_the_loggers_asked_for_are_imported(
    tmp_path: Path, environment: dict[str, Any], loggers: list[str], imported: list[str]
) -> None:
    command = [sys.executable, "-c", FACTORY, json.dumps(environment), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == [loggers, imported]
