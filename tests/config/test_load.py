"""From text to findings: one for each mistake, at its place, with a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from vibench.config.load import load
from vibench.diagnostics import CODES, brief


def findings(here: Path, text: str, *overrides: str, environ: dict[str, str] | None = None):
    (here / "c.yaml").write_text(text)
    return load("c.yaml", overrides, environ or {}).report.diagnostics


def said(here: Path, text: str, *overrides: str) -> list[tuple[str, str, str, str]]:
    """Code, path, place and suggestion of each finding."""
    return [(d.code, d.path, str(d.span), d.suggestion) for d in findings(here, text, *overrides)]


def trainer(here: Path, text: str) -> list[tuple[str, str, str, str]]:
    return said(here, f"trainer: {{args: {{{text}}}}}")


EIGHT = """\
environment:
  seed: "42"
  tensorboard: on
data: {name: simulated_bearing, args: {batch_siz: 64}}
trainer:
  num_epoch: 5
  args:
    gpus: 2
    device: cpu
    precision: 17
    wandb: true
    early_stopping: {patience: 0}
    monitor: val_acc
    mode: min
"""


def test_every_problem_at_once_each_at_its_place(here: Path) -> None:
    assert said(here, EIGHT) == [
        ("wrong-type", "environment.seed", "c.yaml:2:9", ""),
        ("yaml-1.1-boolean", "environment.tensorboard", "c.yaml:3:16", ""),
        ("unknown-key", "data.args.batch_siz", "c.yaml:4:40", "batch_size"),
        ("unknown-key", "trainer.num_epoch", "c.yaml:6:3", "num_epochs"),
        ("gpus-on-cpu", "trainer.args.gpus", "c.yaml:8:5", ""),
        ("wrong-type", "trainer.args.precision", "c.yaml:10:16", ""),
        ("misplaced-key", "trainer.args.wandb", "c.yaml:11:5", "environment.wandb"),
        ("wrong-type", "trainer.args.early_stopping.patience", "c.yaml:12:32", ""),
        ("monitor-direction", "trainer.args.mode", "c.yaml:14:5", ""),
    ]


@pytest.mark.parametrize(
    ("text", "code", "path", "hint"),
    [
        ("num_epochs: '100'", "wrong-type", "num_epochs", "remove the quotes"),
        ("num_epochs: 10.5", "wrong-type", "num_epochs", ""),
        ("num_epochs: 0", "wrong-type", "num_epochs", ""),
        ("num_epochs: true", "wrong-type", "num_epochs", ""),
        ("mixed_precision: 1", "wrong-type", "mixed_precision", "write `true`"),
        ("strategy: dpp", "wrong-type", "strategy", "did you mean `ddp`?"),
        ("epochs: 3", "removed-key", "epochs", "write `num_epochs`"),
        ("learning_rate: 1e-3", "removed-key", "learning_rate", "write `task.args.lr`"),
        ("logger: true", "owned-key", "logger", ""),
        ("default_root_dir: x", "owned-key", "default_root_dir", ""),
        ("amp_backend: apex", "wrong-type", "amp_backend", ""),
        ("gpus: [0, 0]", "wrong-type", "gpus", ""),
        ("gpus: -2", "wrong-type", "gpus", ""),
        ("devices: []", "wrong-type", "devices", ""),
        ("limit_train_batches: 1.5", "wrong-type", "limit_train_batches", ""),
        ("val_check_interval: 0", "wrong-type", "val_check_interval", ""),
        ("max_time: 12h", "wrong-type", "max_time", ""),
        ("gradient_clip_val: -1", "wrong-type", "gradient_clip_val", ""),
        ("accumulate_grad_batches: {a: 2}", "wrong-type", "accumulate_grad_batches.a", ""),
        ("pruning: 1.5", "wrong-type", "pruning", ""),
        ("profiler: smple", "wrong-type", "profiler", "did you mean `simple`?"),
        ("early_stopping: {monitr: x}", "unknown-key", "early_stopping.monitr", "did you mean `monitor`?"),
        ("early_stopping: {patienc: 3}", "unknown-key", "early_stopping.patienc", "did you mean `patience`?"),
        ("checkpoint: {save_topk: 3}", "unknown-key", "checkpoint.save_topk", "did you mean `save_top_k`?"),
        ("callbacks: [{class_pth: a.B}]", "unknown-key", "callbacks.0.class_pth", "did you mean `class_path`?"),
        ("callbacks: 3", "wrong-type", "callbacks", ""),
    ],
)
def test_wrong_settings(here: Path, text: str, code: str, path: str, hint: str) -> None:
    (finding, *rest) = findings(here, f"trainer: {{args: {{{text}}}}}")
    assert (finding.code, finding.path, finding.hint if hint else "") == (code, f"trainer.args.{path}", hint)
    assert [d.code for d in rest] in ([], ["missing-key"])


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("num_epochs: -1", "endless-training", "num_epochs"),
        ("min_epochs: 5, num_epochs: 3", "min-above-max", "min_epochs"),
        ("min_steps: 5, max_steps: 3", "min-above-max", "min_steps"),
        ("gpus: 1, devices: 2", "device-conflict", "gpus"),
        ("device: cpu, accelerator: gpu", "device-conflict", "device"),
        ("gpus: [0], accelerator: cpu", "device-conflict", "gpus"),
        ("gpus: 0, accelerator: cuda", "device-conflict", "gpus"),
        ("devices: 0", "device-conflict", "devices"),
        ("accelerator: cpu, devices: [0, 1]", "device-conflict", "devices"),
        ("gpus: 2, accelerator: cpu", "gpus-on-cpu", "gpus"),
        ("accelerator: cpu, strategy: fsdp", "strategy-device", "strategy"),
        ("find_unused_parameters: true", "needs-ddp", "find_unused_parameters"),
        ("ddp_timeout: 30, devices: 1", "needs-ddp", "ddp_timeout"),
        (
            "strategy: ddp_find_unused_parameters_true, find_unused_parameters: false",
            "conflict",
            "find_unused_parameters",
        ),
        ("mixed_precision: true, precision: 32", "precision-conflict", "mixed_precision"),
        ("accelerator: cpu, precision: 16", "half-on-cpu", "precision"),
        ("monitor_metric: my_thing", "unknown-direction", "monitor_metric"),
        ("monitor_metric: val_acc, mode: min", "monitor-direction", "mode"),
        ("checkpoint: {monitor: val_f1, mode: min}", "monitor-direction", "checkpoint.mode"),
        ("early_stopping: {monitor: val_loss, mode: max}", "monitor-direction", "early_stopping.mode"),
        ("early_stopping: true, limit_val_batches: 0", "early-stopping-never", "early_stopping"),
        ("patience: 3", "early-stopping-off", "patience"),
        ("enable_checkpointing: false, save_top_k: 2", "checkpointing-off", "save_top_k"),
        ("every_n_train_steps: 5, train_time_interval: 00:00:01:00", "checkpoint-triggers", "train_time_interval"),
        ("filename: 'a{'", "bad-filename", "filename"),
        ("filename: 'a:{epoch}'", "bad-filename", "filename"),
        ("filename: 'a{epoch:zz}'", "bad-filename", "filename"),
        ("check_val_every_n_epoch: null", "val-interval", "check_val_every_n_epoch"),
        ("check_val_every_n_epoch: null, val_check_interval: 0.5", "val-interval", "val_check_interval"),
        ("gradient_clip_algorithm: norm", "clip-algorithm-alone", "gradient_clip_algorithm"),
        ("limit_val_batches: 1", "one-batch", "limit_val_batches"),
        ("barebones: true, profiler: simple", "barebones-conflict", "profiler"),
        ("amp_backend: native", "deprecated-key", "amp_backend"),
        ("log_gpu_memory: true", "deprecated-key", "log_gpu_memory"),
        ("replace_sampler_ddp: false", "deprecated-key", "replace_sampler_ddp"),
        ("auto_lr_find: true, fast_dev_run: true", "tuner-conflict", "auto_lr_find"),
        ("auto_scale_batch_size: power, fast_dev_run: 2", "tuner-conflict", "auto_scale_batch_size"),
        ("auto_lr_find: {num_training: 12}", "wrong-type", "auto_lr_find.num_training"),
        ("resume_from_checkpoint: a.ckpt", "missing-checkpoint", "resume_from_checkpoint"),
        ("resume_from_checkpoint: last", "missing-checkpoint", "resume_from_checkpoint"),
        ("auto_resume: true, save_weights_only: true", "resume-conflict", "auto_resume"),
        ("auto_resume: true, save_last: false", "resume-conflict", "auto_resume"),
        ("resume_from_checkpoint: ., auto_resume: true", "resume-conflict", "resume_from_checkpoint"),
        ("num_epochs: 3, max_epochs: 4", "conflict", "max_epochs"),
        ("patience: 3, early_stopping: {patience: 4}", "conflict", "early_stopping.patience"),
    ],
)
def test_rules(here: Path, text: str, code: str, path: str) -> None:
    found = trainer(here, text)
    assert [(row[0], row[1]) for row in found] == [(code, f"trainer.args.{path}")]


@pytest.mark.parametrize(
    "text",
    [
        "max_steps: 1e5",
        "num_epochs: 3.0",
        "gpus: 1, devices: 1",
        "gpus: 1, devices: auto",
        "gpus: '0,1', devices: [0, 1]",
        "device: cuda, accelerator: gpu",
        "num_epochs: 3, max_epochs: 3",
        "limit_train_batches: 1.0",
        "limit_train_batches: 20.0",
        "precision: 16, mixed_precision: true",
        "val_check_interval: 00:00:10:00",
        "val_check_interval: {minutes: 10}",
        "max_time: 00:12:00:00",
        "max_steps: 10, num_epochs: null",
        "check_val_every_n_epoch: null, val_check_interval: 10",
        "profiler: null",
        "pruning: false",
        "early_stopping: {patience: 3, min_delta: 0.1}",
        "checkpoint: {monitor: val_acc, save_top_k: 1}",
        "accumulate_grad_batches: {0: 1, 4: 2}",
        "ddp_timeout: 30",
        "strategy: ddp, find_unused_parameters: true, ddp_timeout: 30",
        "monitor: val_acc_CWRU",
        "monitor: my_thing, mode: max",
    ],
)
def test_what_is_right_is_accepted(here: Path, text: str) -> None:
    assert [brief(d) for d in findings(here, f"trainer: {{args: {{{text}}}}}")] == []


def test_flat_and_args_are_one_place(here: Path) -> None:
    found = said(here, "trainer:\n  num_epochs: 3\n  args: {num_epochs: 4, patience: 1}\n")
    assert found[0] == ("conflict", "trainer.args.num_epochs", "c.yaml:3:10", "")


def test_overrides_win_and_are_named(here: Path) -> None:
    text = "trainer: {args: {max_epochs: 3, gpus: 2}}"
    (here / "c.yaml").write_text(text)
    loaded = load("c.yaml", ["trainer.num_epochs=7", "trainer.args.devices=1", "~trainer.args.gpus"], {})
    assert [d.code for d in loaded.report.diagnostics] == ["bad-override"]
    loaded = load("c.yaml", ["trainer.num_epochs=7", "trainer.args.devices=1"], {})
    assert loaded.config is not None
    args = loaded.config.experiment.trainer.args
    assert (args.num_epochs, args.devices, args.gpus) == (7, 1, None)
    found = said(here, text, "trainer.args.gradient_clip_val=abc")
    assert found == [
        ("wrong-type", "trainer.args.gradient_clip_val", "override `trainer.args.gradient_clip_val=abc`", "")
    ]


def test_null_takes_a_lower_value_back(here: Path) -> None:
    (here / "c.yaml").write_text("trainer: {args: {max_steps: 3}}")
    loaded = load("c.yaml", ["trainer.args.max_steps=null"], {})
    assert loaded.config is not None
    assert loaded.config.experiment.trainer.args.max_steps == -1


def test_variables_stand_between_file_and_overrides(here: Path) -> None:
    (here / "c.yaml").write_text("trainer: {args: {num_epochs: 3}}")
    environ = {"VIBENCH_TRAINER__ARGS__NUM_EPOCHS": "5"}
    loaded = load("c.yaml", [], environ)
    assert loaded.config is not None
    assert loaded.config.experiment.trainer.args.num_epochs == 5
    loaded = load("c.yaml", ["trainer.args.num_epochs=6"], environ)
    assert loaded.config is not None
    assert loaded.config.experiment.trainer.args.num_epochs == 6
    wrong = load("c.yaml", [], {"VIBENCH_TRAINR__ARGS__NUM_EPOCHS": "5", "VIBENCH_FOO": "1"}).report
    assert [(d.code, d.severity, d.path) for d in wrong.diagnostics] == [
        ("unknown-variable", "warning", "env.VIBENCH_FOO"),
        ("unknown-variable", "error", "env.VIBENCH_TRAINR__ARGS__NUM_EPOCHS"),
    ]


def test_base_files(here: Path) -> None:
    (here / "base").mkdir()
    (here / "base" / "t.yaml").write_text("trainer: {args: {max_epochs: 3, patience: 4, early_stopping: true}}\n")
    (here / "base" / "e.yaml").write_text("seed: 3\n")
    (here / "c.yaml").write_text("base_configs: {trainer: base/t.yaml}\ntrainer: {num_epochs: 5}\n")
    loaded = load("c.yaml", [], {})
    assert loaded.config is not None
    args = loaded.config.experiment.trainer.args
    assert (args.num_epochs, args.patience) == (5, 4)
    found = said(here, "base_configs: {environment: base/e.yaml}\n")
    assert [row[0] for row in found] == ["base-without-root"]
    found = said(here, "base_configs: [c.yaml]\n")
    assert [row[0] for row in found] == ["base-cycle"]
    found = said(here, "base_configs: [none.yaml]\n")
    assert [row[0] for row in found] == ["cannot-read"]
    (here / "base" / "t.yaml").write_text("trainer: {args: {patience: x}}\n")
    assert said(here, "base_configs: [base/t.yaml]\n") == [
        ("wrong-type", "trainer.args.patience", "base/t.yaml:1:28", "")
    ]


def test_aliases_do_not_share_overrides(here: Path) -> None:
    (here / "m.py").write_text("def make(size): ...\n")
    (here / "c.yaml").write_text("x-a: &a {class_path: m.make, init_args: {size: 1}}\ndata: *a\nmodel: *a\n")
    loaded = load("c.yaml", ["data.init_args.size=2"], {})
    assert loaded.config is not None
    assert loaded.config.experiment.model == {"class_path": "m.make", "init_args": {"size": 1}}
    assert loaded.config.experiment.data == {"class_path": "m.make", "init_args": {"size": 2}}


def test_sections_of_other_frameworks(here: Path) -> None:
    text = "pipeline: {a: 1}\ndata: {data_dir: x, metadata: y}\nmodel: {name: wdcn}\ntask: {clas_path: a.B}\n"
    assert [(row[0], row[1]) for row in said(here, text)] == [
        ("ignored-section", "pipeline"),
        ("foreign-section", "data"),
        ("unknown-name", "model.name"),
        ("unknown-key", "task.clas_path"),
    ]


def test_a_comment_silences_a_finding_where_it_stands(here: Path) -> None:
    text = """\
trainer:
  args:
    monitor: val_acc
    mode: min  # vibench: ignore[monitor-direction]
    patience: 3  # vibench: ignore[early-stopping-off]
    num_epochs: 5  # vibench: ignore[one-batch]
    model_registry: "a # vibench: ignore[bad-filename]"
"""
    assert [(row[0], row[2]) for row in said(here, text)] == [
        ("unused-ignore", "c.yaml:6:38"),
    ]
    unknown = "trainer: {args: {num_epoch: 5}}  # vibench: ignore[unknown-key]\n"
    assert [row[0] for row in said(here, unknown)] == ["unknown-key", "unused-ignore"]


def test_environment_variables_in_the_file(here: Path) -> None:
    text = "environment: {WANDB_MODE: offline, PHMBench: x, WANDB_API_KEY: s, PATHS: [1]}\n"
    assert [(row[0], row[1]) for row in said(here, text)] == [
        ("removed-key", "environment.PHMBench"),
        ("secret-in-file", "environment.WANDB_API_KEY"),
        ("wrong-type", "environment.PATHS"),
    ]


def test_every_finding_has_a_code_of_the_table(here: Path) -> None:
    assert all(d.code in CODES and d.severity == CODES[d.code].severity for d in findings(here, EIGHT))


def test_the_settings_of_a_config_are_plain(here: Path) -> None:
    (here / "c.yaml").write_text("model: {class_path: torch.nn.Linear, init_args: {in_features: 1, out_features: 2}}")
    config = load("c.yaml", (), {}).config
    assert config is not None
    assert config.experiment.model is not None
    assert type(config.experiment.model["init_args"]) is dict
    assert config.experiment is config.experiment


@pytest.mark.parametrize("name", ["[wdcnn]", "{wdcnn: 1}", "1"])
def test_a_name_that_is_no_text(here: Path, name: str) -> None:
    assert [code for code, *_ in said(here, f"model: {{name: {name}}}")] == ["foreign-section"]


def test_bytes_that_are_no_text_are_a_finding(here: Path) -> None:
    Path("c.yaml").write_text("trainer: {args: {num_epochs: 3}}")
    broken = "trainer.args.filename=a\udcff"
    for loaded in (load("c.yaml", [broken], {}), load("c.yaml", [], {"VIBENCH_TRAINER__ARGS__FILENAME": "a\udcff"})):
        assert [d.code for d in loaded.report.diagnostics] == ["not-utf8"]
        assert loaded.report.diagnostics[0].path == "trainer.args.filename"


def test_a_right_component_says_nothing_of_one_that_is_alike(here: Path) -> None:
    """Right ones are remembered; `1` is no `true`, and a key too many is still seen."""
    right = "callbacks: [{name: TQDMProgressBar, args: {refresh_rate: 1, leave: true}}]"
    for _ in range(2):
        assert trainer(here, right) == []
    assert [code for code, *_ in trainer(here, right.replace("leave: true", "leave: 1"))] == ["wrong-type"]
    beside = right.replace("args: {", "init_args: {}, args: {")
    for _ in range(2):
        assert [(code, path) for code, path, *_ in trainer(here, beside)] == [
            ("unknown-key", "trainer.args.callbacks.0.init_args")
        ]
