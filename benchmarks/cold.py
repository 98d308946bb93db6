"""Cold start of the light commands: whole processes, their time and the peak of their memory."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.pairs import Cost, costs, installed, python, ratio
from benchmarks.result import Result

BASE = "import yaml\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    x: int\n"
FILE = "examples/quickstart.yaml"
SCHEMA = "vibench/schemas/vibench.schema.json"
# Six mistakes of different kinds, as they are made: a typo, a wrong type, a wrong name, two rules broken.
WRONG = """\
environment: {project: vibench-quickstart, seed: "42"}
data: {name: simulated_bearing, args: {snr_db: 5, widow: 2048, batch_size: 64}}
model: {name: wdccn}
task: {name: classification, args: {lr: 0.001}}
trainer:
  args: {num_epochs: 30, min_epochs: 40, accelerator: cpu, early_stoping: true, monitor_metric: val_acc, mode: min}
"""
COMMANDS = {
    "validate": ("validate", FILE),
    "plan": ("plan", FILE),
    "schema": ("schema",),
    "explain": ("explain", "unknown-key"),
    "--help": ("--help",),
    "--version": ("--version",),
}
OF_BASE = "import yaml, one Pydantic class"


def measure(rounds: int = 25) -> list[Result]:
    """Our commands against the base, and `validate` against its peers."""
    with TemporaryDirectory() as folder:
        wrong = Path(folder) / "wrong.yaml"
        wrong.write_text(WRONG, encoding="utf-8")
        commands = {
            "base": python("-c", BASE),
            **{name: [installed("vibench"), *words] for name, words in COMMANDS.items()},
            "wrong": [installed("vibench"), "validate", str(wrong)],
            "check-jsonschema": [installed("check-jsonschema"), "--schemafile", SCHEMA, FILE],
            "yamllint": [installed("yamllint"), "-d", "relaxed", FILE],
        }
        found = costs(commands, rounds, failing=("wrong",))
        cli = python("-m", "benchmarks.lightning_cli", "--config", "benchmarks/lightning_cli.yaml")
        found |= costs({"ours": commands["validate"], "LightningCLI": cli}, max(3, rounds // 5))
    return [*against_base(found), *against_peers(found)]


def against_base(found: dict[str, list[Cost]]) -> list[Result]:
    """Each command against the base, and a wrong file against a right one."""
    rows = [
        row("Start of a command", f"`vibench {name}`", OF_BASE, found[name], found["base"], 1.2) for name in COMMANDS
    ]
    wrong = row(
        "Start of a command", "`vibench validate`, six mistakes", "a right file", found["wrong"], found["validate"], 1.3
    )
    return [*rows, wrong]


def against_peers(found: dict[str, list[Cost]]) -> list[Result]:
    """`validate` against others that check the same file, or the same settings."""
    group, what = "`vibench validate` beside its peers", "`vibench validate`"
    memory = median(one.peak for one in found["ours"]), median(one.peak for one in found["LightningCLI"])
    return [
        row(group, what, "LightningCLI, parsing the same settings", found["ours"], found["LightningCLI"], 1 / 20),
        Result(
            group,
            f"{what}, peak of memory",
            "LightningCLI, parsing the same settings",
            memory[0] / memory[1],
            1 / 6,
            note=f"{memory[0]:.0f} MiB against {memory[1]:.0f} MiB",
        ),
        row(group, what, "check-jsonschema with vibench's schema", found["validate"], found["check-jsonschema"], 0.7),
        row(group, what, "yamllint, which knows no settings", found["validate"], found["yamllint"], None),
    ]


def row(group: str, what: str, against: str, ours: list[Cost], theirs: list[Cost], limit: float | None) -> Result:
    """Their times, round by round."""
    times, others = [one.seconds for one in ours], [one.seconds for one in theirs]
    note = f"{median(times) * 1000:.0f} ms against {median(others) * 1000:.0f} ms"
    return Result(group, what, against, ratio(times, others), limit, note=note)
