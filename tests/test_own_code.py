"""The example of docs/own-code.md, as it stands there."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from vibench.config.load import load, load_config
from vibench.schemas.components import REGISTERED
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import plan
from vibench.training.parts import build_parts
from vibench.training.run import prepare

PAGE = (Path(__file__).parent.parent / "docs/own-code.md").read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_the_example_is_checked_and_built(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for language in ("yaml", "python"):
        (text,) = re.findall(rf"```{language}\n(# (\S+)\n.*?)```", PAGE, re.DOTALL)
        (here / text[1]).write_text(text[0])
    assert load("config.yaml", [], {}).report.diagnostics == ()
    monkeypatch.setattr(sys, "path", list(sys.path))
    config = prepare(load_config("config.yaml"))
    data, task = build_parts(config)
    assert data.batch_size == 16  # type: ignore[attr-defined]
    assert isinstance(task.optimizer, partial)
    assert isinstance(task.model.layers[1], torch.nn.LeakyReLU)  # type: ignore[union-attr,index]
    assert made(plan(config.experiment, "run", named=config.named).callbacks[-1], "here").said == "done"
    del REGISTERED["callbacks"]["say"]
    del sys.modules["my_parts"]
