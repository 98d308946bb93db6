"""The effective batch size: what a step learns from, as far as the settings say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vibench.cli.render.plan import as_json, as_text
from vibench.config.load import Config, load
from vibench.trainer_factory.batch import Batch, batch_of

DATA_ONLY = "{data_parallel_size: 4, tensor_parallel_size: 1}"
PARALLEL = "pytorch_lightning.strategies.ModelParallelStrategy"
OURS = "data: {name: simulated_bearing, args: {batch_size: 32}}\n"
THEIRS = "data: {class_path: my.Data, init_args: {batch_size: 8}}\n"


def config_of(data: str, args: str) -> Config:
    Path("my.py").write_text("def Data(batch_size=1): ...\n")
    Path("c.yaml").write_text(f"{data}trainer: {{args: {{{args}}}}}")
    config = load("c.yaml", [], {}).config
    assert config is not None
    return config


@pytest.mark.parametrize(
    ("data", "args", "size", "accumulated", "processes", "effective"),
    [
        (OURS, "accelerator: cpu", 32, 1, 1, 32),
        ("data: {name: simulated_bearing}\n", "accelerator: cpu", 64, 1, 1, 64),
        (THEIRS, "accelerator: cpu, accumulate_grad_batches: 4", 8, 4, 1, 32),
        (OURS, "gpus: 2, accumulate_grad_batches: 4, num_nodes: 3", 32, 4, 6, 768),
        (OURS, "gpus: [0, 3]", 32, 1, 2, 64),
        (OURS, "gpus: 0", 32, 1, 1, 32),
        (OURS, "accelerator: cpu, accumulate_grad_batches: {2: 4}", 32, {0: 1, 2: 4}, 1, {0: 32, 2: 128}),
        (
            OURS,
            "devices: 1, callbacks: [{name: GradientAccumulationScheduler, args: {scheduling: {0: 2, 3: 4}}}]",
            32,
            {0: 2, 3: 4},
            1,
            {0: 64, 3: 128},
        ),
        (OURS, "gpus: -1", 32, 1, None, None),
        (OURS, "accelerator: auto", 32, 1, None, None),
        ("data: {class_path: my.Data}\n", "devices: 2", None, 1, 2, None),
        ("", "devices: 2", None, 1, 2, None),
        (OURS, f"devices: 4, num_nodes: 2, strategy: {{class_path: {PARALLEL}}}", 32, 1, 2, 64),
        (OURS, f"devices: 4, strategy: {{class_path: {PARALLEL}, init_args: {DATA_ONLY}}}", 32, 1, 4, 128),
    ],
)
def test_a_step(here: Path, data: str, args: str, size, accumulated, processes, effective) -> None:
    config = config_of(data, args)
    assert batch_of(config.experiment) == Batch(size, accumulated, processes, effective)
    shown = json.loads(as_json(config))["batch"]
    assert (shown["size"], shown["processes"]) == (size, processes)
    by_epoch = {str(epoch): items for epoch, items in effective.items()} if isinstance(effective, dict) else effective
    assert shown["effective"] == by_epoch


@pytest.mark.parametrize(
    ("data", "args", "line"),
    [
        (OURS, "gpus: 2, accumulate_grad_batches: 4", "256 = 32 (batch size) × 4 (accumulated) × 2 (processes)"),
        ("", "gpus: -1", "not known = ? (batch size) × 1 (accumulated) × ? (processes)"),
    ],
)
def test_a_plan_shows_it(here: Path, data: str, args: str, line: str) -> None:
    assert f"effective batch size: {line}\n" in as_text(config_of(data, args))
