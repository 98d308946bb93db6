"""What a real editor's server makes of the schema. `npm install yaml-language-server@1.25.0` brings it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from server import ROOT, Server, command

from vibench import json_schema
from vibench.editor.schema import text
from vibench.schemas.choices import STRATEGIES
from vibench.schemas.trainer import TrainerArgs

ARGV = command()
pytestmark = [
    pytest.mark.editor,
    pytest.mark.skipif(not ARGV, reason="needs node and `npm install yaml-language-server@1.25.0`"),
]
LINE = "# yaml-language-server: $schema=./schema.json\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("editor")
    (folder / "schema.json").write_text(text(json_schema()), encoding="utf-8")
    with Server(ARGV or [], folder) as running:
        yield running


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda path: path.name)
def test_examples_have_no_diagnostics(server: Server, path: Path) -> None:
    first, _, rest = path.read_text(encoding="utf-8").partition("\n")
    assert "$schema=" in first
    assert server.diagnostics(path.name, LINE + rest) == []


def test_it_is_the_schema_that_speaks(server: Server) -> None:
    assert server.diagnostics("quick-typo.yaml", LINE + "trainr: {}") == [(1, 0, "Property trainr is not allowed.")]


def test_completion_offers_all_settings_and_no_old_one(server: Server) -> None:
    server.diagnostics("keys.yaml", LINE + "trainer:\n  args:\n    \n")
    offered = server.completion("keys.yaml", 3, 4)
    deprecated = {"amp_backend", "log_gpu_memory"}
    assert set(offered) >= set(TrainerArgs.model_fields) - deprecated
    assert not deprecated & set(offered)
    assert not {"replace_sampler_ddp", "epochs", "logger", "max_epochs", "monitor"} & set(offered)
    expanded = ["early_stopping:", "monitor:", "${1:val_loss}", "patience:", "${2:10}"]
    assert offered["early_stopping: …"].split() == expanded
    assert offered["callbacks: …"].split()[:3] == ["callbacks:", "-", "class_path:"]
    assert offered["gpus"] == "gpus: "


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("precision", {"16-mixed", "bf16-mixed", "32-true", "16"}),
        ("strategy", set(STRATEGIES)),
        ("mode", {"min", "max"}),
        ("accelerator", {"auto", "cpu", "gpu", "cuda", "mps", "tpu"}),
    ],
)
def test_completion_of_values(server: Server, key: str, wanted: set[str]) -> None:
    server.diagnostics(f"{key}.yaml", f"{LINE}trainer:\n  args:\n    {key}: \n")
    assert set(server.completion(f"{key}.yaml", 3, 6 + len(key))) >= wanted


def test_hover_shows_what_a_setting_takes(server: Server) -> None:
    document = f"{LINE}trainer:\n  args:\n    precision: 16-mixed\n    patience: 3\n"
    server.diagnostics("hover.yaml", document)
    shown = server.hover("hover.yaml", 3, 6)
    assert str(TrainerArgs.model_fields["precision"].description) in shown
    assert "Takes one of 16, 32, 64" in shown
    assert "Not written by default" in shown
    assert "`16-mixed`: float16 where it is safe" in shown
    shown = server.hover("hover.yaml", 4, 6)
    assert "Takes an integer ≥ 1" in shown
    assert "Default: `10`" in shown
    assert "Lightning: `EarlyStopping.patience`" in shown


WRONG = [
    ("num_epoch: 3", (4, "Property num_epoch is not allowed.")),
    ('num_epochs: "3"', (16, "expected a number of epochs (integer ≥ 1, or -1 for no limit)")),
    ("patience: 0", (14, "Value is below the minimum of 1.")),
    ("precision: 17", (15, "expected one of 16, 32, 64, bf16")),
    ("strategy: dpp", (14, "expected the name of a Lightning strategy or a mapping")),
    ("gpus: {a: 1}", (10, "expected an integer ≥ -1 or a list of distinct device indices")),
    ("max_time: 12h", (14, 'expected a duration "DD:HH:MM:SS"')),
    ("limit_val_batches: 1.5", (23, "expected a number of batches (integer ≥ 0) or a share of them")),
    ("early_stopping: 3", (20, "expected true or false or a mapping")),
    ("early_stopping: {patince: 3}", (21, "Property patince is not allowed.")),
    ("callbacks: [{name: Timer, args: {durration: 1}}]", (37, "Property durration is not allowed.")),
    ("replace_sampler_ddp: true", (4, "write `use_distributed_sampler`")),
    ("log_gpu_memory: true", (4, "deprecated: list `DeviceStatsMonitor` under `callbacks`")),
    ("epochs: 3", (12, "write `num_epochs`")),
    ("logger: true", (12, "loggers come from `environment`")),
]


@pytest.mark.parametrize(("line", "wanted"), WRONG, ids=[line for line, _ in WRONG])
def test_a_mistake_is_shown_at_its_place(server: Server, line: str, wanted: tuple[int, str]) -> None:
    name = f"wrong-{WRONG.index((line, wanted))}.yaml"
    found = server.diagnostics(name, f"{LINE}trainer:\n  args:\n    {line}\n")
    assert [(row, column) for row, column, _ in found] == [(3, wanted[0])]
    assert wanted[1] in found[0][2]
