"""Migration: every row of the table of old keys and values."""

from __future__ import annotations

import pytest

from tests.rewriting import anything, rewritten
from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.config.source import compose
from vibench.diagnostics import Source
from vibench.schemas import removed
from vibench.schemas.old import VALUE, Old


def rows() -> list[tuple[str, str, Old]]:
    sections = {
        "TrainerArgs": "trainer:\n  args:\n    {}",
        "EnvironmentArgs": "environment:\n  {}",
        "Experiment": "{}",
        "EarlyStoppingSettings": "trainer:\n  args:\n    early_stopping:\n      {}",
        "CheckpointSettings": "trainer:\n  args:\n    checkpoint:\n      {}",
    }
    for name in ("ModelCheckpoint", "RichProgressBar", "BackboneFinetuning"):
        sections[name] = f"trainer:\n  callbacks:\n    - name: {name}\n      args:\n        {{}}"
    sections["Component"] = "trainer:\n  callbacks:\n    - class_path: my.Callback\n      {}"
    assert sections.keys() == removed.TABLES.keys()
    return [(sections[name], key, row) for name, table in removed.TABLES.items() for key, row in table.items()]


@pytest.mark.parametrize(("section", "key", "row"), rows(), ids=lambda one: one if isinstance(one, str) else "")
def test_every_old_key_is_a_finding_with_its_sentence(section: str, key: str, row: Old) -> None:
    text = section.replace("{}", f"{key}: 1\n")
    findings = [d for d in check(compose_source(Source("c.yaml", text))).report.diagnostics if d.code == "removed-key"]
    assert [(d.path.rpartition(".")[2], d.hint) for d in findings] == [(key, row.instead)]
    assert not row.until or f"Lightning had it up to {row.until}" in findings[0].message


# What stands beside an old key in these tests, so that what is written in its place is allowed there.
BESIDE = {
    "learning_rate": "task: {name: classification}\n",
    "lr": "task: {name: classification}\n",
    "optimizer": "task: {name: classification}\n",
    "scheduler": "task: {name: classification}\n",
    "lr_scheduler": "task: {name: classification}\n",
    "batch_size": "data: {name: simulated_bearing}\n",
    "num_workers": "data: {name: simulated_bearing}\n",
}
VALUES_OF = {str: "some/path", int: "2", float: "0.5", bool: "true", list: "[0, 1]"}
VALUES_BY_KEY = {"mode": "min", "direction": "min", "distributed_backend": "ddp", "wandb_mode": "offline"}
VALUES_BY_KEY |= {"optimizer": "SGD", "scheduler": "CosineAnnealingLR", "lr_scheduler": "CosineAnnealingLR"}
VALUES_BY_KEY |= {"metric": "val_acc", "monitor_metric": "val_acc", "wandb_project": "p"}
VALUES_BY_KEY |= {"gpu_ids": '"0,1"', "experiment_name": "my-run"}
VALUES_BY_KEY |= dict.fromkeys(("use_wandb", "use_swanlab", "use_tensorboard"), "true")


def written(key: str, when: object) -> str:
    """A value to write for an old key: one that its row asks for."""
    if key in VALUES_BY_KEY and (when is None or when is str):
        return VALUES_BY_KEY[key]
    if isinstance(when, type):
        return VALUES_OF[when]
    return "2" if when is None else str(when).lower() if isinstance(when, bool) else str(when)


def cases() -> list[tuple[str, str]]:
    found = []
    for section, key, row in rows():
        for rewrite in row.rewrites:
            for when in rewrite.when or (None,):
                value = "null" if rewrite.when and when is None else written(key, when)
                found.append(("x-beside: 1\n" + BESIDE.get(key, "") + section.replace("{}", f"{key}: {value}\n"), key))
    return found


@pytest.mark.parametrize(("text", "key"), cases(), ids=lambda one: one if "\n" not in one else "")
def test_every_rewriting_of_the_table_works(text: str, key: str) -> None:
    migration = rewritten(text, anything)
    assert migration.changes
    assert migration.refused == []
    assert compose(migration.source)[1] == []
    assert f" {key}:" not in migration.source.text or key in ("optimizer", "batch_size", "num_workers", "scheduler")
    assert {d.code for d in migration.report.errors} <= {"missing-checkpoint"}, migration.source.text


def values() -> list[tuple[str, object]]:
    return [(key, value) for key, table in removed.VALUES.items() for value in table]


@pytest.mark.parametrize(("key", "value"), values())
def test_every_old_value_says_what_to_write_and_is_rewritten(key: str, value: object) -> None:
    section = "environment" if key == "wandb" else "trainer"
    shown = str(value).lower() if isinstance(value, bool) else value
    text = f"x-beside: 1\n{section}:\n  {key}: {shown}  # kept\n"
    row = removed.VALUES[key][value]
    (finding,) = check(compose_source(Source("c.yaml", text))).report.errors
    assert (finding.code, finding.hint) == ("wrong-type", row.instead)
    migration = rewritten(text, anything)
    assert bool(migration.changes) == bool(row.rewrites) or section == "trainer"
    wrong = [d for d in migration.report.errors if d.code == "wrong-type"]
    assert not wrong if row.rewrites else wrong
    assert "# kept" in migration.source.text or not row.rewrites[0].writes


def test_the_table_writes_only_settings_that_exist() -> None:
    """Every path that is written is one that `validate` knows: nothing is moved into the void."""
    known = {"environment", "trainer", "task", "data"}
    for _, key, row in rows():
        for rewrite in (*row.rewrites, *(inner for one in row.inside.values() for inner in one.rewrites)):
            for to, text in rewrite.writes.items():
                assert to.partition(".")[0] in known or "." not in to, key
                assert text == VALUE or compose(Source("", text.replace(VALUE, "1")))[1] == []
