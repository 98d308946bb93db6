"""What a machine has, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from json import dumps, loads

from vibench.cli.render import json
from vibench.config.logins import SWANLAB, WANDB, Service
from vibench.diagnostics import Report
from vibench.training.machine import Disk, Machine, port_problem

Rows = dict[str, str]


def rows(machine: Machine, place: Disk, environ: Mapping[str, str]) -> Rows:
    """The table: what is asked, what was found."""
    found = {"python": machine.python, "system": machine.system, **machine.packages}
    found["devices"] = _devices(machine)
    found["cpu"] = f"{machine.cores} core{'s' if machine.cores > 1 else ''}"
    found["memory"] = f"{machine.memory:.1f} GiB" if machine.memory else "not known"
    found["results"] = f"{place.path}: {place.problem or f'can be written, {place.free:.1f} GiB free'}"
    for service in (WANDB, SWANLAB):
        found[f"{service.setting} login"] = _login(service, machine, environ)
    found["launched by"] = machine.launcher
    port = environ.get("MASTER_PORT")
    found["MASTER_PORT"] = port_problem(environ) or f"{port} is free" if port else "not set"
    return found


def _devices(machine: Machine) -> str:
    shown = [
        f"{device.kind} {device.name}"
        + (f" ({device.free:.1f} of {device.memory:.1f} GiB free)" if device.memory else "")
        for device in machine.devices
    ]
    return "; ".join(shown) or "none beside the CPU"


def _login(service: Service, machine: Machine, environ: Mapping[str, str]) -> str:
    """Whether a key is found, never which."""
    if service.setting not in machine.packages:
        return "not installed"
    return "a key is found" if service.logged_in(environ) else f"no key: {service.ways_out}"


def as_text(found: Rows) -> str:
    """Two columns."""
    width = max(map(len, found))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in found.items())


def as_json(found: Rows, machine: Machine, report: Report | None) -> str:
    """The machine, the table, and what was found about the file (null without one)."""
    file = None if report is None else {"can_run": report.valid, **loads(json.render([report]))}
    devices = [device._asdict() for device in machine.devices]
    document = {"version": 1, "machine": {**asdict(machine), "devices": devices}, "table": found, "file": file}
    return dumps(document, indent=2, ensure_ascii=False)
