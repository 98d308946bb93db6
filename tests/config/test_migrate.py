"""Migration: pairs of files, the table of old keys, and what holds for any file."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.config.migration.migrate import Accept, Migration, migrate, safe_only
from vibench.config.reading import read
from vibench.config.source import compose
from vibench.diagnostics import Source
from vibench.schemas import removed
from vibench.schemas.old import VALUE, Old
from vibench.trainer_factory.plan import plan

CORPUS = Path(__file__).parent.parent / "corpus" / "migrate"
PAIRS = [path for path in sorted(CORPUS.glob("*.yaml")) if not path.name.endswith(".out.yaml")]


def anything(offer: object) -> bool:
    return True


def rewritten(text: str, accept=safe_only, *, below_args: bool = False) -> Migration:
    return migrate(Source("c.yaml", text), accept, below_args=below_args)


def planned(text: str):
    """The plan of a text, if it has one; callbacks in no order, since a rewriting may list them elsewhere."""
    config = check(compose_source(Source("c.yaml", text))).config
    if config is None:
        return None
    made = plan(config.experiment, "run")
    parts = Counter(f"{part.class_path}{part.init_args}" for part in (*made.callbacks, *made.loggers))
    return made.trainer, parts, config.experiment.environment


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


# ---- the table


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


# ---- any file

SETTINGS = [
    "num_epochs: 3",
    "max_epochs: 3",
    "gpus: 0",
    "accelerator: cpu",
    "devices: 2",
    "early_stopping: {patience: 3}",
    "early_stopping: true",
    "monitor: val_acc",
    "limit_val_batches: 0.5",
    "callbacks: [{name: Timer, args: {duration: 00:00:01:00}}]",
]
OLD = [
    "epochs: 3",
    "replace_sampler_ddp: false",
    "amp_backend: native",
    "log_gpu_memory: true",
    "use_tensorboard: true",
    "save_dir: out",
    "num_processes: 2",
    "progress_bar_refresh_rate: 10",
    "weights_summary: full",
    "checkpoint_callback: false",
    "seed: 3",
    'log_every_n_steps: "5"',
    "deterministic: yes",
    "strategy: dp",
    "terminate_on_nan: true",
    "warmup_epochs: 3",
]
MOVED = ("use_tensorboard", "save_dir", "seed")
LEADS = ["", "# a remark", "", "#!", ""]


@st.composite
def files(draw: st.DrawFn) -> str:
    """A config with old and present keys, flat and below `args`, with comments and blank lines in between."""
    chosen = draw(
        st.lists(st.sampled_from([*SETTINGS, *OLD]), unique_by=lambda line: line.partition(":")[0], max_size=8)
    )
    flat = draw(st.lists(st.booleans(), min_size=len(chosen), max_size=len(chosen)))
    tail = draw(st.sampled_from(["", "  # why"]))
    step = draw(st.sampled_from([2, 4]))
    sections = {
        "environment": draw(st.sampled_from([None, ["project: x"], [], ["project: x", "PHMBench: /b"]])),
        "trainer": ["name: Default_trainer"],
    }
    args = []
    for number, (line, beside) in enumerate(zip(chosen, flat, strict=True)):
        lead = draw(st.sampled_from(LEADS))
        lines = [f"{lead} {number}" if lead.startswith("#") else lead] if draw(st.booleans()) else []
        (sections["trainer"] if beside else args).extend([*lines, f"{line}{tail} {number}" if tail else line])
    if any(line and not line.startswith("#") for line in args):
        sections["trainer"] += ["args:", *(" " * step + line if line else "" for line in args)]
    lines = []
    for name in draw(st.permutations(list(sections))):
        body = sections[name]
        if body is not None:
            lines += [
                f"{name}:",
                *(" " * step + line if line else "" for line in body),
                *draw(st.sampled_from([[], [""]])),
            ]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return newline.join(lines) + draw(st.sampled_from(["", newline]))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(files(), st.booleans(), st.booleans())
def test_properties(text: str, unsafe: bool, below_args: bool) -> None:
    migration = rewritten(text, anything if unsafe else safe_only, below_args=below_args)
    result = migration.source.text
    again = migrate(migration.source, anything if unsafe else safe_only, below_args=below_args)
    assert again.source.text == result, "running it twice changes nothing"
    before = planned(text)
    if before is not None and all(offer.safe for offer in migration.changes):
        assert planned(result) == before, "the plan is the same"
    lines = Counter(line.strip() for line in result.splitlines())
    keys = Counter(line.partition(":")[0].strip() for line in text.splitlines())
    for line in text.splitlines():
        if keys[line.partition(":")[0].strip()] > 1:
            continue  # of what is written twice one may go
        if line.partition("  #")[0].strip() in SETTINGS[:-1]:
            assert lines[line.strip()], f"{line!r} is left alone"
        if line.strip().startswith(MOVED) and "#" in line:
            assert line.rpartition("#")[2].strip() in result, f"the comment of {line!r} is kept"
    after = result.splitlines()
    for comment, line in pairwise(text.splitlines()):
        if not comment.lstrip().startswith("#") or keys[line.partition(":")[0].strip()] > 1:
            continue
        if line.strip() in map(str.strip, after) and ":" in line:
            place = [one.strip() for one in after].index(line.strip())
            assert after[place - 1].strip() == comment.strip(), f"{comment!r} stays with {line!r}"
        elif not line.strip() or line.lstrip().startswith("#"):
            assert lines[comment.strip()], f"{comment!r} belongs to no key, and is left alone"
    assert ("\r\n" in result) == ("\r\n" in text)
    assert result.count("\n") == result.count("\r\n") or "\r\n" not in text


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(alphabet="{}[]:,#-&*! \n\t'\"|>atrinergs01", max_size=60))
def test_any_text_is_rewritten_or_left(text: str) -> None:
    result = rewritten(f"{text}\ntrainer:\n  epochs: 3\n", anything).source.text
    assert rewritten(result, anything).source.text == result


def test_the_table_writes_only_settings_that_exist() -> None:
    """Every path that is written is one that `validate` knows: nothing is moved into the void."""
    known = {"environment", "trainer", "task", "data"}
    for _, key, row in rows():
        for rewrite in (*row.rewrites, *(inner for one in row.inside.values() for inner in one.rewrites)):
            for to, text in rewrite.writes.items():
                assert to.partition(".")[0] in known or "." not in to, key
                assert text == VALUE or compose(Source("", text.replace(VALUE, "1")))[1] == []
