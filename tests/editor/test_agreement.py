"""The validator and the JSON Schema say the same of every document, but for what docs/schema.md lists."""

from __future__ import annotations

from json import dumps
from typing import Any

import jsonschema_rs
import pytest
from documents import documents
from hypothesis import HealthCheck, assume, given, settings

from vibench import json_schema
from vibench.config.load import load_tree
from vibench.config.source import compose
from vibench.diagnostics import Diagnostic, Source

DRAFTS = [jsonschema_rs.validator_for(json_schema(draft=draft)) for draft in ("2020-12", "draft-07")]
# Findings about the shape of a file. The others are about what settings mean together, or about the world.
SHAPE = {"unknown-key", "misplaced-key", "removed-key", "owned-key", "missing-key", "wrong-type", "not-a-mapping"}
# Values whose parts must fit each other, which only the validator sees.
BEYOND = ("data.args.split", ".milestones", ".args.scheduling")
COMPONENTS = ("callbacks", "loggers", "plugins", "profiler", "strategy")


def of_shape(finding: Diagnostic) -> bool:
    if finding.code == "conflict":  # `class_path` and `name` exclude each other
        return finding.path.rstrip(".0123456789").endswith(COMPONENTS)
    return finding.severity == "error" and finding.code in SHAPE and not finding.path.endswith(BEYOND)


def agree(document: Any) -> None:
    source = Source("c.yaml", dumps(document, ensure_ascii=False))
    tree, faults = compose(source)
    assume(tree is not None and not faults)
    findings = load_tree(tree, source).report.diagnostics
    assume(not any(one.code == "conflict" and not of_shape(one) for one in findings))
    assume(not any(one.path.endswith(BEYOND) for one in findings))
    refused = [one for one in findings if of_shape(one)]
    for schema in DRAFTS:
        errors = [f"{error.instance_path}: {error.message}" for error in schema.iter_errors(document)]
        assert bool(errors) == bool(refused), f"validator: {refused}\nschema: {errors}"


quick = settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False)
thorough = settings(quick, max_examples=20_000)


@quick
@given(documents())
def test_validator_and_schema_agree(document: Any) -> None:
    agree(document)


@pytest.mark.long
@pytest.mark.timeout(3600)
@thorough
@given(documents())
def test_validator_and_schema_agree_for_long(document: Any) -> None:
    agree(document)
