"""Migration: pairs of files, and one trait at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.rewriting import anything, rewritten
from vibench.config.migration.migrate import Accept, migrate, safe_only
from vibench.config.reading import read
from vibench.diagnostics import Source

CORPUS = Path(__file__).parent.parent / "corpus" / "migrate"
PAIRS = [path for path in sorted(CORPUS.glob("*.yaml")) if not path.name.endswith(".out.yaml")]


def test_there_are_enough_pairs() -> None:
    assert len(PAIRS) >= 20


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_pair(path: Path) -> None:
    source, _ = read(path)
    accept = anything if path.name.startswith("unsafe-") else safe_only
    below_args = path.name.startswith("args-")
    migration = migrate(source, accept, below_args=below_args)
    assert migration.source.text.encode() == path.with_name(f"{path.stem}.out.yaml").read_bytes()
    again = migrate(migration.source, accept, below_args=below_args)
    assert again.source.text == migration.source.text
    assert again.changes == []


# ---- single traits


@pytest.mark.parametrize(
    "text",
    [
        "trainer:\n  args: &a {epochs: 3}\nx-again: *a\n",  # the alias would change, too
        "trainer:\n  args:\n    callbacks:\n      - epochs: 3\n",
        "trainer:\n  args:\n    epochs: 3\n    num_epochs: 4\n",
        "environment:\n  anything: [1\n",
        "trainer: 3\n",
        "",
        "- a\n",
    ],
)
def test_what_is_not_certain_stays(text: str) -> None:
    assert rewritten(text, anything).source.text == text


def test_an_unsafe_change_is_declined_and_named() -> None:
    migration = rewritten("trainer:\n  args:\n    strategy: dp\n")
    assert migration.changes == []
    assert [offer.words for offer in migration.declined] == [
        "`trainer.args.strategy` becomes `trainer.args.strategy: ddp`"
    ]


def test_a_boolean_of_yaml_1_1_that_could_mean_either_stays() -> None:
    text = "data: {class_path: my.Data, init_args: {shuffle: yes}}\n"
    migration = rewritten(text, anything)
    assert migration.source.text == text
    assert [reason for _, reason in migration.refused] == ["it could mean either"]


def test_a_custom_trainers_own_arguments_are_not_old_keys() -> None:
    text = "trainer:\n  name: my.module:trainer\n  args:\n    epochs: 3\n    lr: 1e-3\n"
    assert rewritten(text, anything).source.text == text


def test_a_base_file_is_not_changed_through_the_file_that_names_it(here: Path) -> None:
    Path("base.yaml").write_text("trainer: {args: {epochs: 3}}\n")
    text = "base_configs: [base.yaml]\ntrainer:\n  args:\n    gpus: 0\n"
    assert migrate(Source("c.yaml", text), anything).source.text == text


def test_a_comment_between_braces_is_not_lost() -> None:
    text = "trainer:\n  args: {num_epochs: 5, seed: 1, # why\n    gpus: 0}\n"
    migration = rewritten(text, anything)
    assert migration.source.text == text
    assert [reason for _, reason in migration.refused] == ["a comment stands behind it, between braces"]


def test_an_empty_list_is_added_to() -> None:
    text = "trainer:\n  args:\n    callbacks: []  # none\n    process_position: 1\n"
    after = "trainer:\n  args:\n    callbacks: [{name: TQDMProgressBar, args: {process_position: 1}}]  # none\n"
    assert rewritten(text).source.text == after


def test_a_key_in_a_base_section_that_is_shared_stays() -> None:
    text = "x-base: &b {epochs: 3}\ntrainer: {args: *b}\n"
    assert rewritten(text, anything).source.text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "trainer:\n  # why\n  max_steps: 2000\n  epochs: 3\n",
            "trainer:\n  # why\n  max_steps: 2000\n  num_epochs: 3\n",
        ),
        (  # a removed key takes its own comment along, and no other
            "environment:\n  # a heading\n\n  # the data\n  # on the cluster\n  PHMBench: /d  # x\n  seed: 1\n",
            "environment:\n  # a heading\n\n  seed: 1\n",
        ),
        (  # what is no comment about the key stays
            "# Header of the file\nenvironment:\n  # ---- paths ----\n  PHMBench: /d\n  # seed: 3\n  PHMBENCH: 1\n",
            "# Header of the file\nenvironment:\n  # ---- paths ----\n  # seed: 3\n  PHMBENCH: 1\n",
        ),
        (  # a key that moves takes it to its new section, too
            "trainer:\n  args:\n    num_epochs: 3\n    # every run\n    # the same\n    seed: 7  # lucky\n",
            "trainer:\n  args:\n    num_epochs: 3\nenvironment:\n  # every run\n  # the same\n  seed: 7  # lucky\n",
        ),
        (  # the last key of a section: what else is said in it stays
            "environment:\n  # not about the key\n\n  # about it\n  PHMBench: /d\ntrainer: {num_epochs: 1}\n",
            "# not about the key\ntrainer: {num_epochs: 1}\n",
        ),
        (
            "seed_everything: 3\n\n# how it is trained\ntrainer:\n  max_epochs: 3\n",
            "# how it is trained\ntrainer:\n  max_epochs: 3\n\nenvironment:\n  seed: 3\n",
        ),
    ],
)
def test_a_comment_stays_with_its_key(before: str, after: str) -> None:
    assert rewritten(before).source.text == after


@pytest.mark.parametrize(
    "text",
    [
        "environment: {wandb: false}\ntrainer: {use_wandb: true}\n",
        "environment: {project: p}\ntrainer: {use_wandb: true}\n",
        "environment: {project: p, use_swanlab: true}\n",
        "trainer:\n  args:\n    wandb: {mode: online}\n",
        "trainer:\n  swanlab: true\n",
        "trainer:\n  logger: wandb\n",
        "environment:\n  project: p\n  entity: team\n",  # in a mapping of its own it would turn W&B on
        "environment:\n  project: p\n  wandb_mode: online\n",
        "environment: {wandb: {mode: offline}, wandb_mode: online}\n",
        "trainer:\n  name: Default_trainer\n  loggers:\n  - class_path: pytorch_lightning.loggers.CometLogger\n",
    ],
)
def test_nothing_is_sent_that_was_not(text: str) -> None:
    migration = rewritten(text)
    assert migration.source.text == text
    assert migration.declined or migration.refused


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("environment: {wandb: dryrun}\n", "environment: {wandb: {mode: offline}}\n"),
        ("environment: {use_wandb: false}\n", "environment: {wandb: false}\n"),
        ("environment: {wandb: true, wandb_project: p}\n", "environment: {wandb: true, project: p}\n"),
        ("environment: {experiment_name: hse}\n", "environment: {name: hse}\n"),
        ("trainer:\n  amp_level: null\n  num_epochs: 1\n", "trainer:\n  num_epochs: 1\n"),
        ("trainer:\n  wandb: ~\n  epochs:\n  num_epochs: 1\n", "trainer:\n  num_epochs: 1\n"),
        ("trainer:\n  gpu_ids: 0\n", "trainer:\n  gpus: [0]\n"),
        ("trainer:\n  weights_summary: null\n", "trainer:\n  enable_model_summary: false\n"),
        ("name: Default_trainer\nnum_epochs: 10\n", "trainer:\n  name: Default_trainer\n  num_epochs: 10\n"),
    ],
)
def test_what_is_safe_is_done(before: str, after: str) -> None:
    assert rewritten(before).source.text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("data:\n  a: 1\n  b: 2\n  a: 3  # last\n", "data:\n  b: 2\n  a: 3  # last\n"),
        ("data: {a: 1, b: 2, a: 3}\n", "data: {b: 2, a: 3}\n"),
        ("data:\n  a: 1\ntrainer:\n  num_epochs: 1\ndata:\n  b: 2\n", "trainer:\n  num_epochs: 1\ndata:\n  b: 2\n"),
        ("data:\n  x:\n    - {a: 1, a: 2}\n    - a: 1\n      a: 2\n", "data:\n  x:\n    - {a: 2}\n    - a: 2\n"),
        ("data:\n  m:\n    a: 1\n    a: 2\n  m:\n    a: 3\n    a: 4\n", "data:\n  m:\n    a: 4\n"),
        ("data:\n  # one\n  a: 1\n  # two\n  a: 1\n", "data:\n  # two\n  a: 1\n"),
    ],
)
def test_of_two_entries_the_one_stays_that_pyyaml_reads(before: str, after: str) -> None:
    migration = rewritten(before)
    assert migration.source.text == after
    assert yaml.safe_load(after) == yaml.safe_load(before)
    assert not [one for one in migration.report.errors if one.code == "duplicate-key"]


@pytest.mark.parametrize(
    "text",
    [
        'data:\n  x: {0: 1, "0": 2}\n',  # two keys to PyYAML
        "data:\n  a: &x 1\n  a: 2\n  b: *x\n",  # the anchor would go
        "data: {a: 1, # why\n  a: 2}\n",
    ],
)
def test_duplicates_that_are_not_certain_stay(text: str) -> None:
    migration = rewritten(text)
    assert migration.source.text == text
    assert len(migration.declined) + len(migration.refused) == 1


MERGED = "x-d: &d {num_epochs: 5}\ntrainer:\n  <<: *d\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MERGED + "  wandb: false\n", MERGED + "environment:\n  wandb: false\n"),
        (MERGED + "  compute_metrics: true\n", MERGED),
        ("x-b: &b {project: p}\nenvironment: {<<: *b, PHMBench: x}\n", "x-b: &b {project: p}\nenvironment: {<<: *b}\n"),
        ("x-b: &b {seed: 3}\nenvironment:\n  PHMBench: x\n  <<: *b\n", "x-b: &b {seed: 3}\nenvironment:\n  <<: *b\n"),
    ],
)
def test_what_a_merge_brings_in_is_not_lost(before: str, after: str) -> None:
    assert rewritten(before).source.text == after


@pytest.mark.parametrize("key", ["=", "2001-99-99", "!foo a", "!!int x", "!!float a", '!!binary "é"'])
def test_a_key_that_pyyaml_cannot_read_is_no_reason_to_fail(key: str) -> None:
    text = f"x-a:\n  {key}: 1\n  {key}: 2\n"
    assert rewritten(text).source.text == text


@pytest.mark.parametrize("accept", [safe_only, anything])
@pytest.mark.parametrize("lines", ["  use_wandb: true\n  wandb: false\n", "  logger: wandb\n  use_wandb: false\n"])
def test_sources_that_contradict_each_other_stay(lines: str, accept: Accept) -> None:
    text = f"trainer:\n  name: Default_trainer\n{lines}"
    migration = rewritten(text, accept)
    assert migration.source.text == text
    assert len(migration.refused) == 2
    assert all(reason.endswith("contradict each other") for _, reason in migration.refused)
    assert migration.declined == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (  # into another section, with another value
            "trainer:\n  # see issue 3\n  logger: tensorboard  # curves\n  num_epochs: 1\n",
            "trainer:\n  num_epochs: 1\nenvironment:\n  # see issue 3\n  tensorboard: true  # curves\n",
        ),
        (  # into a list
            "trainer:\n  callbacks:\n  - {name: Timer}\n  # how often\n  progress_bar_refresh_rate: 20  # batches\n",
            "trainer:\n  callbacks:\n  - {name: Timer}\n  # how often\n"
            "  - {name: TQDMProgressBar, args: {refresh_rate: 20}}  # batches\n",
        ),
        (  # into a list between brackets, where it has no place: it stays
            "trainer:\n  callbacks: [{name: Timer}]\n  # how often\n  progress_bar_refresh_rate: 20  # batches\n",
            "trainer:\n  callbacks: [{name: Timer}, {name: TQDMProgressBar, args: {refresh_rate: 20}}]\n"
            "  # how often\n  # batches\n",
        ),
        (  # what is said below the value, deeper than the key, is about it
            "trainer:\n  compute_metrics:\n    - a\n    # and more\n  num_epochs: 3\n",
            "trainer:\n  num_epochs: 3\n",
        ),
    ],
)
def test_a_comment_goes_where_the_setting_goes(before: str, after: str) -> None:
    assert rewritten(before).source.text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("trainer:\n  name: Default_trainer\n  use_wandb: no\n", "environment:\n  wandb: false\n"),
        ("trainer:\n  name: Default_trainer\n  wandb: off\n", "environment:\n  wandb: false\n"),
        ("environment: {wandb: null}\ntrainer: {use_wandb: false}\n", "environment: {wandb: false}\n"),
        ("trainer:\n  num_epochs: null\n  epochs: 5\n", "trainer:\n  num_epochs: 5\n"),
        ('trainer:\n  num_epochs: "010"\n', "trainer:\n  num_epochs: 10\n"),
        ('{\n  "trainer": {"num_epochs": 3},\n  "ckpt_path": null\n}\n', '{\n  "trainer": {"num_epochs": 3}\n}\n'),
    ],
)
def test_the_value_is_the_one_that_is_meant(before: str, after: str) -> None:
    result = rewritten(before).source.text
    assert result.endswith(after)
    assert rewritten(result).changes == []


def test_args_is_done_once(here: Path) -> None:
    once = rewritten("name: Default_trainer\nnum_epochs: 10\n", below_args=True).source.text
    assert once == "trainer:\n  name: Default_trainer\n  args:\n    num_epochs: 10\n"
    assert rewritten(once, below_args=True).source.text == once


def test_a_setting_is_no_section_that_nothing_reads() -> None:
    text = "optimizer: {class_path: torch.optim.Adam}\nepochs: 3\ntrainer: {num_epochs: 1}\n"
    text += "fit:\n  model: {class_path: my.Model}\n"
    assert rewritten(text, anything).source.text == text


def test_a_section_that_nothing_reads_is_offered_a_name_of_its_own() -> None:
    text = "hardware: {gpu: 1}\nadvanced:\n  a: 1  # x\ntask_name: baseline\npipeline: p\ntrainr: {}\n"
    after = "x-hardware: {gpu: 1}\nx-advanced:\n  a: 1  # x\nx-task_name: baseline\npipeline: p\ntrainr: {}\n"
    assert rewritten(text).source.text == text
    assert rewritten(text, anything).source.text == after


def test_two_ways_are_decided_for_all_at_once(here: Path) -> None:
    """A text in quotes, a boolean, or either: what the class takes says which."""
    Path("parts.py").write_text(
        "import pytorch_lightning as pl\n\n\nclass Data(pl.LightningDataModule):\n"
        "    def __init__(self, shuffle: bool, kind: str, other):\n        super().__init__()\n"
    )
    text = "data:\n  class_path: parts.Data\n  init_args:\n    shuffle: yes\n    kind: on\n    other: off\n"
    migration = rewritten(text)
    assert migration.source.text == text.replace("shuffle: yes", "shuffle: true").replace("kind: on", 'kind: "on"')
    assert [reason for _, reason in migration.refused] == ["it could mean either"]


GUIDE = (Path(__file__).parent.parent.parent / "docs" / "guides" / "migrate.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n\nbecomes\n\n```yaml\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize(("before", "after"), EXAMPLES)
def test_the_examples_of_the_guide(before: str, after: str) -> None:
    assert rewritten(before).source.text == after
