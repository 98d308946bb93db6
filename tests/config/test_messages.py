"""The words of each finding: what is wrong, what was expected and what stands there, and the easiest thing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load
from vibench.diagnostics import Diagnostic, Fix

SAFE, UNSAFE = True, False


def findings(here: Path, text: str, *overrides: str, **variables: str) -> tuple[Diagnostic, ...]:
    (here / "c.yaml").write_text(text)
    return load("c.yaml", overrides, variables).report.diagnostics


def one(here: Path, text: str, *overrides: str, **variables: str) -> Diagnostic:
    (finding,) = findings(here, text, *overrides, **variables)
    return finding


EPOCHS = "a number of epochs (integer ≥ 1, or -1 for no limit)"
STEPS = "a number of steps (integer ≥ 1, or -1 for no limit)"
VALUES = [
    # written, what was expected and is there (None: not looked at), hint, what the fix writes
    ("num_epochs: '100'", f'{EPOCHS}, got the text "100"', "remove the quotes", "100"),
    ("num_epochs: ten", f'{EPOCHS}, got the text "ten"', "", ""),
    ("num_epochs: 10.5", f"{EPOCHS}, got 10.5", "", ""),
    ("num_epochs: true", f"{EPOCHS}, got true", "", ""),
    ("num_epochs: [1, 2]", f"{EPOCHS}, got [1, 2]", "", ""),
    ("max_steps: 10_000", f'{STEPS}, got the text "10_000"', "write `10000`", "10000"),
    ("max_steps: '1,000,000'", None, "write `1000000`", "1000000"),
    ("max_steps: None", None, "leave the key out, or write `null` without quotes", ""),
    ("gradient_clip_val: '1e-3'", None, "remove the quotes: `1e-3` is a number here", "1e-3"),
    ("limit_val_batches: 20%", None, "write `0.2`", "0.2"),
    ("mixed_precision: 1", "true or false, got 1", "write `true`", "true"),
    ("mixed_precision: 'yes'", 'true or false, got the text "yes"', "write `true` without quotes", "true"),
    ("mixed_precision: 'False'", None, "write `false` without quotes", "false"),
    ("max_time: 12:30:00", None, "write `00:12:30:00`: days come first", "00:12:30:00"),
    ("max_time: 90 min", None, "write `{minutes: 90}`", ""),
    ("strategy: dpp", None, "did you mean `ddp`?", "ddp"),
    ("strategy: dp", None, "write `ddp`: Lightning 2.0 dropped `dp`", ""),
    ("accelerator: ddp", None, "write it as `strategy: ddp`, as since Lightning 1.5", ""),
    ("precision: mixed", None, "write `16-mixed` or `bf16-mixed`", ""),
    ("precision: float16", None, "did you mean `16-mixed`?", "16-mixed"),
    ("mode: minimize", "one of min, max, got the text \"minimize\"", "did you mean `min`?", "min"),
    ("gpus: all", None, "write `-1`", ""),
    ("callbacks: [lr_monitor]", 'a mapping, got the text "lr_monitor"', "write `{name: LearningRateMonitor}`", ""),
    ("callbacks: EarlyStopping", None, "write `[{name: EarlyStopping}]`", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected", "hint", "fix"), VALUES, ids=[row[0] for row in VALUES])
def test_a_wrong_value(here: Path, written: str, expected: str | None, hint: str, fix: str) -> None:
    finding = one(here, f"trainer: {{args: {{{written}}}}}")
    assert finding.code == "wrong-type"
    assert finding.message.startswith("expected ")
    assert expected is None or finding.message == f"expected {expected}"
    assert finding.hint == hint
    assert (finding.fix.to if finding.fix else "") == fix


@pytest.mark.parametrize(
    ("written", "hint", "fix"),
    [
        ("trainer: {early_stopping: on}", "write `true`", "true"),
        ("trainer: {enable_progress_bar: Off}", "write `false`", "false"),
        ("environment: {notes: no}", 'quote it: `"no"`', '"no"'),
        ("environment: {tags: [yes]}", 'quote it: `"yes"`', '"yes"'),
        ("model: {class_path: a.B, init_args: {flag: on}}", "write `true` for a boolean, or quote it for text", ""),
    ],
)
def test_a_boolean_of_yaml_1_1(here: Path, written: str, hint: str, fix: str) -> None:
    finding = next(d for d in findings(here, written) if d.code == "yaml-1.1-boolean")
    assert finding.hint == hint
    assert finding.fix == (Fix("replace-value", fix, SAFE) if fix else None)


def test_where_neither_a_boolean_nor_a_text_is_asked_the_value_is_simply_wrong(here: Path) -> None:
    assert one(here, "trainer: {num_sanity_val_steps: off}").code == "wrong-type"


def test_one_batch_says_that_it_is_not_all_of_them(here: Path) -> None:
    finding = one(here, "trainer: {limit_val_batches: 1}")
    assert (finding.severity, finding.message, finding.hint) == (
        "note",
        "`limit_val_batches: 1` is one batch, not all of them",
        "write 1.0 for all of them",
    )


MISSPELT = [
    # document, its key, the key that was meant
    ("trainer: {args: {num_epoch: 3}}", "num_epoch", "num_epochs"),
    ("trainer: {args: {max_epoch: 3}}", "max_epoch", "max_epochs"),
    ("trainer: {args: {early_stop: true}}", "early_stop", "early_stopping"),
    ("trainer: {args: {max_grad_norm: 1}}", "max_grad_norm", "gradient_clip_val"),
    ("trainer: {arg: {}}", "arg", "args"),
    ("enviroment: {}", "enviroment", "environment"),
    ("task: {name: classification, args: {optimizer: {nme: SGD}}}", "nme", "name"),
    ("task: {name: classification, args: {learning_rate: 1e-3}}", "learning_rate", "lr"),
]


@pytest.mark.parametrize(("text", "key", "meant"), MISSPELT, ids=[row[0] for row in MISSPELT])
def test_a_misspelt_key(here: Path, text: str, key: str, meant: str) -> None:
    finding = one(here, text)
    assert finding.span is not None
    assert (finding.code, finding.span.text, finding.suggestion) == ("unknown-key", key, meant)
    assert finding.hint == f"did you mean `{meant}`?"
    assert finding.fix == Fix("rename-key", meant, UNSAFE)


MISPLACED = [
    # document, its key, where it belongs
    ("environment: {gpus: 1}", "gpus", "trainer.args.gpus"),
    ("environment: {log_graph: true}", "log_graph", "environment.tensorboard.log_graph"),
    ("trainer: {args: {tensorboard: true}}", "tensorboard", "environment.tensorboard"),
    ("trainer: {verbose: true}", "verbose", "trainer.args.early_stopping.verbose"),
    ("data: {name: simulated_bearing, args: {num_epochs: 3}}", "num_epochs", "trainer.args.num_epochs"),
    ("model: {name: wdcnn, args: {lr: 1e-3}}", "lr", "task.args.lr"),
    ("mode: max", "mode", "trainer.args.mode"),
]


@pytest.mark.parametrize(("text", "key", "home"), MISPLACED, ids=[row[0] for row in MISPLACED])
def test_a_key_in_the_wrong_section(here: Path, text: str, key: str, home: str) -> None:
    finding = one(here, text)
    assert finding.span is not None
    assert (finding.code, finding.span.text, finding.suggestion) == ("misplaced-key", key, home)
    assert finding.hint == f"write it as `{home}`"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "trainer: {args: {lr_monitor: true}}",
            "list it under `trainer.args.callbacks`: `- {name: LearningRateMonitor}`",
        ),
        ("task: {name: classification, args: {num_epoch: 3}}", "did you mean `trainer.args.num_epochs`?"),
        ("epochs: 3", "did you mean `trainer.args.num_epochs`?"),
        (
            "trainer: {callbacks: [{name: Timer, interval: step}]}",
            "arguments of the class stand under `init_args`, those of a registered name under `args`",
        ),
        ("environment: {Phm_Bench: /srv}", "a variable to export is written in capitals: `PHM_BENCH`"),
        (
            "hardware: {gpus: 1}",
            "the sections are environment, data, model, task, trainer, imports, base_configs",
        ),
        ("trainer: {args: {zzz: 1}}", ""),
    ],
)
def test_a_key_that_is_like_none_of_its_mapping(here: Path, text: str, hint: str) -> None:
    finding = one(here, text)
    assert (finding.code, finding.suggestion, finding.hint) == ("unknown-key", "", hint)


def test_a_misspelt_key_is_the_only_finding(here: Path) -> None:
    """What a rule would say of the setting that is not there is no mistake of its own."""
    assert [d.code for d in findings(here, "trainer: {early_stop: true, patience: 3}")] == ["unknown-key"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("tpu_cores: 8", "PyTorch Lightning had it up to 1.9", "write `accelerator: tpu` and `devices: N`"),
        ("row_log_interval: 8", "PyTorch Lightning had it up to 0.10", "write `log_every_n_steps`"),
    ],
)
def test_a_key_of_another_lightning_says_which(here: Path, text: str, message: str, hint: str) -> None:
    finding = one(here, f"trainer: {{args: {{{text}}}}}")
    assert finding.message.endswith(message)
    assert finding.hint == hint


@pytest.mark.parametrize(
    ("callback", "message", "hint"),
    [
        ("{name: lr_monitor}", "is not one of Lightning's callbacks", "did you mean `LearningRateMonitor`?"),
        ("{name: early_stopping}", "is not one of Lightning's callbacks", "did you mean `EarlyStopping`?"),
        ("{name: GPUStatsMonitor}", "it was one up to 1.6", "did you mean `DeviceStatsMonitor`?"),
        (
            "{name: ModelCheckpoint, args: {period: 2}}",
            "had it up to 1.4",
            "write `every_n_epochs`",
        ),
        (
            "{class_path: Timer}",
            "expected a dotted path",
            "write `pytorch_lightning.callbacks.Timer`, or `name: Timer`",
        ),
    ],
)
def test_a_callback(here: Path, callback: str, message: str, hint: str) -> None:
    finding = one(here, f"trainer: {{callbacks: [{callback}]}}")
    assert message in finding.message
    assert finding.hint == hint


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("val_los", "did you mean `val_loss`? Else write `mode: min` or `mode: max`"),
        ("val_accuarcy", "did you mean `val_accuracy`? Else write `mode: min` or `mode: max`"),
        ("val_score", "write `mode: min` or `mode: max`"),
    ],
)
def test_a_metric_of_unknown_direction(here: Path, metric: str, hint: str) -> None:
    finding = one(here, f"trainer: {{monitor: {metric}}}")
    assert (finding.code, finding.hint) == ("unknown-direction", hint)


@pytest.mark.parametrize(
    ("override", "code", "hint"),
    [
        ("trainer.args.num_epoch=3", "unknown-key", "did you mean `num_epochs`?"),
        ("trainr.args.num_epochs=3", "unknown-key", "did you mean `trainer`?"),
        ("num_epochs=3", "misplaced-key", "write it as `trainer.args.num_epochs`"),
        ("lr=1e-3", "misplaced-key", "write it as `task.args.lr`"),
        ("~trainer.args.patienc", "bad-override", "did you mean `patience`?"),
        ("trainer.args.early_stopping=off", "yaml-1.1-boolean", "write `false`"),
    ],
)
def test_an_override(here: Path, override: str, code: str, hint: str) -> None:
    text = "trainer: {args: {early_stopping: true, patience: 3}}"
    finding = one(here, text, override)
    assert (finding.code, finding.hint) == (code, hint)
    assert str(finding.span) == f"override `{override}`"


@pytest.mark.parametrize(
    ("name", "severity", "meant"),
    [
        ("TRAINER__ARGS__NUM_EPOCH", "error", "TRAINER__ARGS__NUM_EPOCHS"),
        ("TRAINER_ARGS_NUM_EPOCHS", "error", "TRAINER__ARGS__NUM_EPOCHS"),
        ("TRAINER__NUM_EPOCH", "error", "TRAINER__NUM_EPOCHS"),
        ("TRAINR__ARGS__NUM_EPOCHS", "error", "TRAINER__ARGS__NUM_EPOCHS"),
        ("ENVIRONMNT__SEED", "error", "ENVIRONMENT__SEED"),
        ("NUM_EPOCHS", "warning", "TRAINER__ARGS__NUM_EPOCHS"),
        ("HOME", "warning", ""),
    ],
)
def test_a_variable(here: Path, name: str, severity: str, meant: str) -> None:
    finding = one(here, "trainer: {}", **{f"VIBENCH_{name}": "3"})
    assert (finding.severity, finding.hint) == (severity, f"did you mean `VIBENCH_{meant}`?" if meant else "")


def test_a_section_of_base_configs(here: Path) -> None:
    (here / "t.yaml").write_text("trainer: {num_epochs: 3}\n")
    finding = one(here, "base_configs: {trainr: t.yaml}")
    assert (finding.path, finding.suggestion) == ("base_configs.trainr", "trainer")
