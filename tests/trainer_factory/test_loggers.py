"""The loggers of W&B, SwanLab and TensorBoard, built from YAML and really used: settings, servers, processes."""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from run_logs import Log, swanlab_log, wandb_log

from vibench.config.load import load
from vibench.diagnostics import ConfigError
from vibench.schemas.loggers import SwanlabSettings, TensorboardSettings, WandbSettings
from vibench.trainer_factory import trainer_factory
from vibench.trainer_factory.identity import Identity, identify
from vibench.trainer_factory.objects import made
from vibench.trainer_factory.plan import plan

IGNORED = pytest.mark.filterwarnings(
    "ignore:.*does not have many workers:UserWarning",
    "ignore:.*isinstance\\(treespec, LeafSpec\\)",
    "ignore:.*Consider setting `persistent_workers",
)
KEY = "k" * 40


class Module(pl.LightningModule):
    """The smallest that can be trained and logs."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch: torch.Tensor, index: int) -> torch.Tensor:
        loss = self.layer(batch).square().mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: torch.Tensor, index: int) -> None:
        self.log("val_loss", self.layer(batch).square().mean(), sync_dist=True)

    test_step = validation_step

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), 0.1)

    def train_dataloader(self) -> torch.utils.data.DataLoader:
        return torch.utils.data.DataLoader(torch.ones(8, 4), batch_size=2)

    val_dataloader = test_dataloader = train_dataloader


def logger(name: str, environment: str, identity: Identity | None = None) -> Any:
    """The logger of that class of a config."""
    Path("c.yaml").write_text(f"environment: {{{environment}}}")
    loaded = load("c.yaml", [], {"WANDB_API_KEY": KEY, "SWANLAB_API_KEY": KEY})
    assert loaded.config is not None, [d.message for d in loaded.report.diagnostics]
    (part,) = (part for part in plan(loaded.config.experiment, "run", identity=identity).loggers if part.name == name)
    return made(part, "here")


# Setting, its YAML, what is read off the log (or the logger, or the run while it lives), its value.
WANDB = [
    ("project", "p2", lambda log, made: log.about["project"], "p2"),
    ("entity", "team", lambda log, made: log.about["entity"], "team"),
    ("name", "n2", lambda log, made: log.about["name"], "n2"),
    ("group", "g", lambda log, made: log.about["group"], "g"),
    ("job_type", "train", lambda log, made: log.about["job_type"], "train"),
    ("tags", "[b]", lambda log, made: log.about["tags"], ["b"]),
    ("notes", "other", lambda log, made: log.about["notes"], "other"),
    ("mode", "offline", lambda log, made: made["place"].startswith("kept offline"), True),
    ("init_timeout", "3", lambda log, made: made["settings"].init_timeout, 3.0),
    ("log_model", "all", lambda log, made: (made["logger"]._log_model, len(log.artifacts) >= 2), ("all", True)),
    ("prefix", "pre", lambda log, made: "pre-train_loss" in log.scalars, True),
    ("checkpoint_name", "weights", lambda log, made: {one.name for one in log.artifacts}, {"weights"}),
    ("add_file_policy", "immutable", lambda log, made: {
        Path(entry.local_path).suffix for one in log.artifacts for entry in one.manifest.contents}, {".ckpt"}),
    ("id", "abc", lambda log, made: log.about["id"], "abc"),
    ("resume", "never", lambda log, made: made["settings"].resume, "never"),
    ("save_code", "true", lambda log, made: made["settings"].save_code, True),
    ("config", "{a: {b: 1}}", lambda log, made: log.config["a"], {"b": 1}),
]  # fmt: skip
SWANLAB = [
    ("project", "p2", lambda log, made: log.about["project"], "p2"),
    ("workspace", "team", lambda log, made: log.about["workspace"], "team"),
    ("experiment_name", "n2", lambda log, made: log.about["name"], "n2"),
    ("description", "other", lambda log, made: log.about["description"], "other"),
    ("tags", "[b]", lambda log, made: log.about["tags"], ["b"]),
    ("group", "g", lambda log, made: log.about["group"], "g"),
    ("job_type", "train", lambda log, made: log.about["job_type"], "train"),
    ("mode", "offline", lambda log, made: made["place"].startswith("kept offline"), True),
    ("init_timeout", "3", lambda log, made: made["logger"]._init_timeout, 3.0),
    ("prefix", "pre", lambda log, made: "pre-train_loss" in log.scalars, True),
    ("public", "true", lambda log, made: log.about["public"], True),
    ("id", "abc", lambda log, made: log.about["id"], "abc"),
    ("resume", "must", lambda log, made: log.about["resume"], "RESUME_MODE_MUST"),
    ("color", "'#00ff00'", lambda log, made: log.about["color"], "#00ff00"),
    ("config", "{a: {b: 1}}", lambda log, made: log.config["a"], {"b": 1}),
]
TENSORBOARD = [
    ("log_graph", "true", lambda board: bool(board._log_graph), True),
    ("default_hp_metric", "false", lambda board: board._default_hp_metric, False),
    ("prefix", "p", lambda board: board._prefix, "p"),
    ("sub_dir", "s", lambda board: board.log_dir, "run/tensorboard/s"),
    ("max_queue", "3", lambda board: board.experiment.max_queue, 3),
    ("flush_secs", "7", lambda board: board.experiment.flush_secs, 7.0),
    ("filename_suffix", "x", lambda board: board.experiment.filename_suffix, "x"),
    ("purge_step", "5", lambda board: purged_from(board), 5),
]  # fmt: skip


def purged_from(board: Any) -> int:
    """The step that an event file says the run begins anew at."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    board.experiment.flush()
    (path,) = Path(board.log_dir).iterdir()
    (step,) = [event.step for event in EventFileLoader(str(path)).Load() if event.HasField("session_log")]
    return step


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Log, dict[str, Any]]]:
    """One training with every setting of W&B and SwanLab written; their logs, and what was seen while it ran."""
    folder = tmp_path_factory.mktemp("fitted")
    environment = {
        "notes": "a remark", "tags": ["a"], "workspace": "lab",
        "wandb": {row[0]: _value(row[1]) for row in WANDB}, "swanlab": {row[0]: _value(row[1]) for row in SWANLAB},
    }  # fmt: skip
    args = {"num_epochs": 2, "accelerator": "cpu", "enable_progress_bar": False, "log_every_n_steps": 1}
    trainer = trainer_factory(environment, {"args": args}, None, folder)
    trainer.fit(Module())
    seen: dict[str, dict[str, Any]] = {}
    for one in trainer.loggers[1:]:
        seen[type(one).__name__] = {
            "logger": one,
            "place": one.place,
            "settings": getattr(one.experiment, "settings", None),
        }
        one.finish()
    return {
        "wandb": (wandb_log(folder), seen["WandbLogger"]),
        "swanlab": (swanlab_log(folder), seen["SwanLabLogger"]),
    }


def _value(text: str) -> Any:
    import yaml

    return yaml.safe_load(text)


@IGNORED
@pytest.mark.parametrize(("name", "text", "read", "value"), WANDB, ids=[row[0] for row in WANDB])
def test_wandb_settings(fitted: dict[str, Any], name: str, text: str, read, value) -> None:
    assert read(*fitted["wandb"]) == value


@IGNORED
@pytest.mark.parametrize(("name", "text", "read", "value"), SWANLAB, ids=[row[0] for row in SWANLAB])
def test_swanlab_settings(fitted: dict[str, Any], name: str, text: str, read, value) -> None:
    assert read(*fitted["swanlab"]) == value


@pytest.mark.parametrize(("name", "text", "read", "value"), TENSORBOARD, ids=[row[0] for row in TENSORBOARD])
def test_tensorboard_settings(here: Path, name: str, text: str, read, value) -> None:
    board = logger("TensorBoardLogger", f"tensorboard: {{{name}: {text}}}")
    assert read(board) == value
    board.finalize("success")


def test_every_setting_has_a_row() -> None:
    for model, rows in ((WandbSettings, WANDB), (SwanlabSettings, SWANLAB), (TensorboardSettings, TENSORBOARD)):
        assert {row[0] for row in rows} == set(model.model_fields)


LOGGERS = [("wandb", "WandbLogger", wandb_log), ("swanlab", "SwanLabLogger", swanlab_log)]
HOST = {"wandb": "WANDB_BASE_URL", "swanlab": "SWANLAB_API_HOST"}


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch, here: Path) -> pytest.MonkeyPatch:
    """Logged in by variables, in a home of its own."""
    monkeypatch.setenv("HOME", str(here / "home"))
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("SWANLAB_API_KEY", KEY)
    yield monkeypatch
    import wandb

    wandb.teardown()  # its session keeps the variables it began with


@pytest.mark.parametrize("listening", [False, True], ids=["closed", "silent"])
@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_a_server_out_of_reach_makes_the_run_an_offline_one(
    online: pytest.MonkeyPatch, here: Path, service: str, name: str, read, listening: bool
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listening:
            server.listen()
        online.setenv(HOST[service], f"http://127.0.0.1:{server.getsockname()[1]}")
        online.setenv(f"{service.upper()}_MODE", "offline")  # gives way to what is written
        one = logger(name, f"{service}: {{mode: online, init_timeout: 1}}")
        started = time.monotonic()
        with pytest.warns(UserWarning, match="does not answer; this run is kept offline"):
            one.log_metrics({"loss": 0.5}, step=3)
        one.finish()
    assert time.monotonic() - started < 10
    assert read(here / "run").scalars["loss"] == {3: 0.5}
    assert "kept offline" in one.place


@pytest.mark.slow
@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_a_server_in_trouble_makes_the_run_an_offline_one(
    online: pytest.MonkeyPatch, here: Path, service: str, name: str, read
) -> None:
    with serving() as address:
        online.setenv(HOST[service], address)
        one = logger(name, f"{service}: {{init_timeout: 2}}")
        with pytest.warns(UserWarning, match="this run is kept offline"):
            one.log_metrics({"loss": 0.5}, step=3)
        one.finish()
    folders = [here / "run" / "swanlog", *(here / "run" / "wandb").glob("offline-run-*")]
    logs = [read(folder) for folder in folders if list(folder.rglob("run-*.*"))]  # beside what was begun online
    assert [log.scalars["loss"] for log in logs] == [{3: 0.5}]


@contextmanager
def serving() -> Iterator[str]:
    """A server that answers everything with 503: it is there, and down."""

    class Down(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Down) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_disabled_leaves_nothing(here: Path, service: str, name: str, read) -> None:
    one = logger(name, f"{service}: {{mode: disabled}}")
    one.log_metrics({"loss": 0.5}, step=0)
    one.finish()
    assert one.place == ""
    assert [path.name for path in here.rglob("*") if path.name not in ("c.yaml", "run")] == []


@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_the_variable_says_the_mode_where_the_file_does_not(
    here: Path, monkeypatch: pytest.MonkeyPatch, service: str, name: str, read
) -> None:
    monkeypatch.setenv(f"{service.upper()}_MODE", "offline")
    one = logger(name, f"{service}: true")
    one.log_metrics({"loss": 0.5}, step=0)
    one.finish()
    assert read(here / "run").scalars["loss"] == {0: 0.5}


def test_a_missing_package_is_a_finding_from_python_too(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "swanlab", None)
    with pytest.raises(ConfigError, match="pip install swanlab"):
        trainer_factory({"swanlab": True}, {"args": {"accelerator": "cpu"}}, None, here)


def test_swanlab_keeps_a_local_run(here: Path) -> None:
    one = logger("SwanLabLogger", "swanlab: {mode: local}")
    one.log_metrics({"loss": 0.5}, step=0)
    one.finish()
    assert swanlab_log(here / "run").scalars["loss"] == {0: 0.5}
    assert "swanlab watch" in one.place


@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_a_run_is_gone_on_with(here: Path, service: str, name: str, read) -> None:
    identity = Identity("again", ids={service: "anid"})
    one = logger(name, f"{service}: {{mode: offline}}", identity)
    one.log_metrics({"loss": 0.5}, step=0)
    one.finish()
    about = read(here / "run").about
    assert (about["id"], about["name"], one.run_id) == ("anid", "again", "anid")


@pytest.mark.parametrize("finished", [False, True], ids=["left open", "finished by the framework"])
@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_the_next_iteration_of_a_framework_is_a_run_of_its_own(
    here: Path, service: str, name: str, read, finished: bool
) -> None:
    import swanlab
    import wandb

    for number in (0, 1):
        trainer = trainer_factory({service: {"mode": "offline"}}, {"args": {"accelerator": "cpu"}}, None, f"i{number}")
        trainer.loggers[1].log_metrics({"loss": float(number)}, step=0)
        if finished:
            {"wandb": wandb, "swanlab": swanlab}[service].finish()
    trainer.loggers[1].finish()
    for number in (0, 1):
        log = read(here / f"i{number}")
        assert log.scalars["loss"] == {0: float(number)}
        assert log.about["name"] == f"i{number}"
        assert log.exit_code == 0 or log.state == "RUN_STATE_FINISHED"


def test_a_run_that_the_caller_began_is_used(here: Path) -> None:
    import wandb

    with wandb.init(dir=str(here), mode="offline", project="mine", settings=wandb.Settings(silent=True)):
        one = logger("WandbLogger", "wandb: {mode: offline}")
        with pytest.warns(UserWarning, match="already in progress"):
            one.log_metrics({"loss": 0.5}, step=0)
    log = wandb_log(here)
    assert (log.about["project"], log.scalars["loss"]) == ("mine", {0: 0.5})


def test_a_long_remark_is_cut_for_swanlab(here: Path) -> None:
    one = logger("SwanLabLogger", f"notes: {'x' * 2000}, swanlab: {{mode: offline}}")
    one.log_metrics({"loss": 0.5}, step=0)
    one.finish()
    assert swanlab_log(here / "run").about["description"] == "x" * 1024


def test_the_ids_of_a_folder_are_found(here: Path) -> None:
    Path("c.yaml").write_text("environment: {iterations: 2}")
    config = load("c.yaml", [], {}).config
    assert config is not None
    folder = here / "results" / "c" / "run_003" / "iter_1"
    folder.mkdir(parents=True)
    assert identify(config, str(folder)) == Identity("c-iter_1", "c-run_003", {})
    (folder / "tracking.json").write_text('{"wandb": "anid"}')
    assert identify(config, str(folder)).ids == {"wandb": "anid"}


@pytest.mark.parametrize("service", ["wandb", "swanlab"])
def test_nothing_is_ever_asked_on_a_terminal(here: Path, service: str) -> None:
    """Online, without a login, from Python, where `train` has not looked before."""
    code = (
        "from vibench.trainer_factory import trainer_factory\n"
        f"trainer = trainer_factory({{'{service}': True}}, {{'args': {{'accelerator': 'cpu'}}}}, None, 'run')\n"
        "trainer.loggers[1].log_metrics({'loss': 1.0}, step=0)\n"
    )
    master, terminal = pty.openpty()
    environ = {**os.environ, "HOME": str(here), "TERM": "xterm", "SWANLAB_API_HOST": "http://127.0.0.1:1"}
    with serving() as address:
        environ |= {"WANDB_BASE_URL": address, "SWANLAB_API_HOST": address}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environ, timeout=60)
    os.close(terminal)
    said = os.read(master, 100_000).decode()
    os.close(master)
    assert done.returncode == 1
    assert {"wandb": "no-login", "swanlab": "no API key was provided"}[service] in said


@IGNORED
@pytest.mark.slow
@pytest.mark.parametrize(("service", "name", "read"), LOGGERS, ids=["wandb", "swanlab"])
def test_two_processes_make_one_run(here: Path, service: str, name: str, read) -> None:
    environment = {service: {"mode": "offline"}}
    args = {"num_epochs": 1, "accelerator": "cpu", "devices": 2, "strategy": "ddp_fork", "enable_progress_bar": False}
    code = (
        "import sys; sys.path.insert(0, TESTS)\n"
        "from test_loggers import Module\n"
        "from vibench.trainer_factory import trainer_factory\n"
        "trainer = trainer_factory(ENVIRONMENT, {'args': ARGS}, None, 'run')\n"
        "trainer.fit(Module())\n"
    )
    tests = os.pathsep.join(str(path) for path in (Path(__file__).parent, Path(__file__).parent.parent))
    code = code.replace("sys.path.insert(0, TESTS)", f"sys.path[:0] = {tests.split(os.pathsep)!r}")
    code = code.replace("ENVIRONMENT", repr(environment)).replace("ARGS", repr({**args, "log_every_n_steps": 1}))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    log = read(here / "run")  # one run alone
    assert sorted(log.scalars["train_loss"]) == [0, 1]
    assert log.exit_code == 0 or log.state == "RUN_STATE_FINISHED"
