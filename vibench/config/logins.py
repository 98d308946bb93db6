"""Whether W&B and SwanLab, where they are asked for, can keep a run here: their package, and a login if it is online.

Read from what the services read themselves: variables, netrc files, settings files. Neither package is imported, no
server is asked, and nothing is read where no logger is asked for.

The mode of a run: what the file writes, else `WANDB_MODE` or `SWANLAB_MODE` (of the shell, or an UPPER_CASE key
under `environment`), else what the service's own settings files say, else online.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from vibench.schemas.experiment import Experiment
from vibench.schemas.loggers import PACKAGES
from vibench.schemas.rules import Finding
from vibench.schemas.world import is_first

Environ = Mapping[str, str]
_MODES = {"cloud": "online", "run": "online", "dryrun": "offline"}


class Service(NamedTuple):
    """A service that keeps runs: its names, its server, and its places for a login.

    `files`: settings files of its own, the strongest first; `netrcs`: files that may hold its key.
    `host_key`: what the server is called there.
    """

    setting: str
    title: str
    api: str
    host_key: str
    files: tuple[str, ...]
    netrcs: tuple[str, ...]

    @property
    def missing(self) -> str:
        """What a missing login means."""
        return f"{self.title} runs are sent online, and no login of {self.title} is found here"

    @property
    def ways_out(self) -> str:
        """The three ways out of a missing login."""
        prefix = self.setting.upper()
        login = f"log in (`{self.setting} login`, or set {prefix}_API_KEY)"
        return f"{login}, write `{self.setting}: {{mode: offline}}`, or turn it off (`{self.setting}: false`)"

    def mode(self, written: str | None, environ: Environ) -> str:
        """`online`, `offline`, `local` or `disabled`."""
        asked = written or environ.get(f"{self.setting.upper()}_MODE") or self._of_files("mode", environ) or "online"
        return _MODES.get(asked, asked)

    def host(self, environ: Environ) -> str:
        """Address of the server."""
        named = environ.get(f"{self.setting.upper()}_{self.host_key.upper()}")
        return named or self._of_files(self.host_key, environ) or self.api

    def logged_in(self, environ: Environ) -> bool:
        """Whether a key is found in any of the places."""
        prefix = self.setting.upper()
        if environ.get(f"{prefix}_API_KEY") or environ.get(f"{prefix}_IDENTITY_TOKEN_FILE"):
            return True
        if self._of_files("api_key", environ):
            return True
        machines = (machine for path in paths(self.netrcs, environ) for machine in _machines(path))
        return any(_bare(machine) == _bare(self.host(environ)) for machine in machines)

    def _of_files(self, key: str, environ: Environ) -> str:
        """A setting of the service's own files, which are YAML, INI or `.env`; read as lines, they are simple."""
        for path in paths(self.files, environ):
            name = f"{self.setting.upper()}_{key.upper()}" if path.name == ".env" else key
            line = rf"^{name}\s*[:=]\s*[\"']?([^\s\"'#]+)"
            found = re.search(line, path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
            if found:
                return found.group(1)
        return ""


WANDB = Service(
    "wandb",
    "W&B",
    "https://api.wandb.ai",
    "base_url",
    ("wandb/settings", "$WANDB_CONFIG_DIR/settings", "~/.config/wandb/settings"),
    ("$NETRC", "~/.netrc", "~/_netrc"),
)
SWANLAB = Service(
    "swanlab",
    "SwanLab",
    "https://api.swanlab.cn",
    "api_host",
    (
        "swanlab.yaml", "swanlab.yml", "/etc/swanlab/*.y*ml", ".env", ".swanlab/config.y*ml",
        "$SWANLAB_ROOT/config.y*ml", "~/.swanlab/config.y*ml",
    ),
    (".swanlab/.netrc", "$SWANLAB_ROOT/.netrc", "$SWANLAB_SAVE_DIR/.netrc", "~/.swanlab/.netrc"),
)  # fmt: skip


def paths(patterns: Iterable[str], environ: Environ) -> Iterator[Path]:
    """The files that exist; `$NAME` and `~` are filled in, and what cannot be is left out."""
    for pattern in patterns:
        root, _, below = pattern.partition("/")
        if root == "~":
            root = environ.get("HOME") or environ.get("USERPROFILE", "")
        elif root.startswith("$"):
            root = environ.get(root[1:], "")
        elif root:
            root, below = ".", pattern
        if root or pattern.startswith("/"):
            found = sorted(Path(root or "/").glob(below)) if below else [Path(root)]
            yield from (path for path in found if path.is_file())


def _bare(address: str) -> str:
    """An address without scheme and path."""
    return address.partition("://")[2].partition("/")[0] or address.partition("/")[0]


def _machines(path: Path) -> list[str]:
    """Hosts that a netrc file has a password for; none of a file that is broken, as the services have it."""
    from netrc import NetrcParseError, netrc

    try:
        return [machine for machine, (_, _, password) in netrc(path).hosts.items() if password]
    except (NetrcParseError, OSError):
        return []


def logger_findings(experiment: Experiment, environ: Environ) -> Iterator[Finding]:
    """Packages and logins that the loggers of a config lack here."""
    environment, args = experiment.environment, experiment.trainer.args
    if args.barebones or args.fast_dev_run:
        return  # Lightning leaves the loggers out
    environ = {**{name: str(value) for name, value in environment.variables.items()}, **environ}
    for service, settings in ((WANDB, environment.wandb), (SWANLAB, environment.swanlab)):
        if settings and not (yield from _without_package(service.setting, f"environment.{service.setting}")):
            yield from _without_login(service, settings, environ)
    for index, component in enumerate(environment.loggers):
        name = (component.class_path or component.name or "").rpartition(".")[2]
        yield from _without_package(PACKAGES.get(name, ""), f"environment.loggers.{index}")


def _without_package(package: str, path: str) -> Generator[Finding, None, bool]:
    """The finding about a package that is not installed; returns whether it is missing."""
    from importlib.util import find_spec

    missing = bool(package) and find_spec(package) is None
    if missing:
        hint = f"pip install {package.replace('_', '-')}"
        yield Finding("missing-package", path, f"the package `{package}` is not installed here", hint)
    return missing


def _without_login(service: Service, settings: Any, environ: Environ) -> Iterator[Finding]:
    if not is_first(environ):
        return  # only the first process keeps a run
    written = settings.mode if "mode" in getattr(settings, "model_fields_set", ()) else None
    if service.mode(written, environ) == "online" and not service.logged_in(environ):
        yield Finding("no-login", f"environment.{service.setting}", service.missing, service.ways_out)
