"""Logins and packages of the loggers: looked for without importing them and without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vibench.config.load import Loaded, load

KEY = "k" * 40
SWANLAB_NETRC = f"machine https://api.swanlab.cn login https://swanlab.cn password {KEY}\n"


def loaded(here: Path, environment: str, environ: dict[str, str], args: str = "") -> Loaded:
    Path("c.yaml").write_text(f"environment: {{{environment}}}\ntrainer: {{args: {{{args}}}}}\n")
    return load("c.yaml", [], {"HOME": str(here / "home"), **environ})


def codes(here: Path, environment: str, environ: dict[str, str] | None = None, args: str = "") -> list[str]:
    return [found.code for found in loaded(here, environment, environ or {}, args).report.diagnostics]


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("service", ["wandb", "swanlab"])
def test_a_missing_login_is_a_warning_with_three_ways_out(here: Path, service: str) -> None:
    (found,) = loaded(here, f"{service}: true", {}).report.diagnostics
    assert (found.code, found.severity, found.path) == ("no-login", "warning", f"environment.{service}")
    assert found.span is not None
    for way in (f"{service} login", f"{service.upper()}_API_KEY", "mode: offline", f"{service}: false"):
        assert way in found.hint


@pytest.mark.parametrize(
    ("environment", "args", "environ"),
    [
        ("wandb: false", "", {}),
        ("wandb: {mode: offline}, swanlab: {mode: local}", "", {}),
        ("wandb: {mode: disabled}, swanlab: {mode: offline}", "", {}),
        ("wandb: true, swanlab: true", "", {"WANDB_MODE": "dryrun", "SWANLAB_MODE": "disabled"}),
        ("wandb: true, WANDB_MODE: offline", "", {}),
        ("wandb: true", "", {"WANDB_API_KEY": KEY}),
        ("wandb: true", "", {"WANDB_IDENTITY_TOKEN_FILE": "token"}),
        ("swanlab: true", "", {"SWANLAB_API_KEY": KEY}),
        ("wandb: true", "fast_dev_run: true", {}),
        ("wandb: true", "", {"RANK": "1"}),
    ],
)
def test_no_login_is_asked_for(here: Path, environment: str, args: str, environ: dict[str, str]) -> None:
    assert codes(here, environment, environ, args) == []


def test_a_written_mode_goes_before_the_variable_and_the_shell_before_the_file(here: Path) -> None:
    assert codes(here, "wandb: {mode: online}", {"WANDB_MODE": "offline"}) == ["no-login"]
    assert codes(here, "wandb: true, WANDB_MODE: offline", {"WANDB_MODE": "online"}) == ["no-login"]
    assert codes(here, "swanlab: {mode: cloud}", {"SWANLAB_MODE": "offline"}) == ["no-login"]


# Service, a file, its text, whether a login is found, and variables.
PLACES = [
    ("wandb", "home/.netrc", f"machine api.wandb.ai\n  login user\n  password {KEY}\n", True, {}),
    ("wandb", "home/.netrc", f"machine github.com\n  login user\n  password {KEY}\n", False, {}),
    ("wandb", "home/.netrc", "machine", False, {}),
    ("wandb", "home/.netrc", f"machine api.wandb.ai.com login user password {KEY}\n", False, {}),
    ("wandb", "home/.netrc", f"machine w.me\n  login user\n  password {KEY}\n", True, {"WANDB_BASE_URL": "https://w.me"}),
    ("wandb", "mine", f"machine api.wandb.ai login user password {KEY}\n", True, {"NETRC": "mine"}),
    ("wandb", "wandb/settings", "[default]\nmode = offline\n", True, {}),
    ("wandb", "home/.config/wandb/settings", f"[default]\napi_key = {KEY}\n", True, {}),
    ("wandb", "conf/settings", f"[default]\napi_key = {KEY}\n", True, {"WANDB_CONFIG_DIR": "conf"}),
    ("swanlab", "home/.swanlab/.netrc", SWANLAB_NETRC,
     True, {}),
    ("swanlab", ".swanlab/.netrc", SWANLAB_NETRC, True, {}),
    ("swanlab", "root/.netrc", SWANLAB_NETRC, True, {"SWANLAB_ROOT": "root"}),
    ("swanlab", ".env", f"SWANLAB_API_KEY={KEY}\n", True, {}),
    ("swanlab", ".env", f"API_KEY={KEY}\n", False, {}),
    ("swanlab", "swanlab.yaml", "mode: local\n", True, {}),
    ("swanlab", "home/.swanlab/config.yaml", f"api_key: {KEY}\n", True, {}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "place", "text", "found", "environ"), PLACES)
def test_places_of_a_login(
    here: Path, service: str, place: str, text: str, found: bool, environ: dict[str, str]
) -> None:
    written(here / place, text)
    assert codes(here, f"{service}: true", environ) == ([] if found else ["no-login"])


def test_it_can_be_silenced(here: Path) -> None:
    Path("c.yaml").write_text("environment:\n  wandb: true  # vibench: ignore[no-login]\n")
    assert load("c.yaml", [], {}).report.diagnostics == ()


@pytest.mark.parametrize(
    ("environment", "installed", "hint"),
    [
        ("loggers: [{class_path: pytorch_lightning.loggers.CometLogger}]", "comet_ml", "pip install comet-ml"),
        ("loggers: [{class_path: pytorch_lightning.loggers.LitLogger}]", "litlogger", "pip install litlogger"),
    ],
)
def test_a_missing_package_names_what_to_install(here: Path, environment: str, installed: str, hint: str) -> None:
    (found,) = loaded(here, environment, {}).report.diagnostics
    assert (found.code, found.hint) == ("missing-package", hint)
    assert installed in found.message
    assert found.path == "environment.loggers.0"


def test_the_services_packages_are_looked_for(here: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['wandb'] = None  # as where it is not installed\n"
        "from vibench.config.load import load\n"
        "print([(d.code, d.hint) for d in load('c.yaml', [], {}).report.diagnostics])\n"
        "print('swanlab' in sys.modules)\n"
    )
    Path("c.yaml").write_text("environment: {wandb: true, swanlab: {mode: offline}}\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=here)
    assert done.stdout == "[('missing-package', 'pip install wandb')]\nFalse\n", done.stderr


def test_nothing_is_imported_or_read_where_no_logger_is_asked_for(here: Path) -> None:
    code = (
        "import sys\n"
        "from vibench.config.load import load\n"
        "load('c.yaml', [])\n"
        "print([name for name in ('vibench.config.logins', 'netrc', 'wandb', 'swanlab') if name in sys.modules])\n"
    )
    Path("c.yaml").write_text("environment: {tensorboard: true}\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=here)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(
    ("environment", "path"),
    [
        ("project: a/b, wandb: {mode: offline}", "environment.project"),
        ("project: 轴承, swanlab: {mode: offline}", "environment.project"),
        ("project: fine, wandb: {mode: offline, project: 'a#b'}", "environment.wandb.project"),
    ],
)
def test_projects_that_a_service_refuses(here: Path, environment: str, path: str) -> None:
    (found,) = loaded(here, environment, {}).report.diagnostics
    assert (found.code, found.path) == ("bad-project-name", path)


def test_a_project_of_any_name_does_without_the_services(here: Path) -> None:
    assert codes(here, "project: a/轴承") == []
    assert codes(here, "project: a b, wandb: {mode: offline}") == []
    assert codes(here, "project: a/b, wandb: {mode: offline, project: ab}") == []
