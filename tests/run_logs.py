"""What W&B and SwanLab wrote to disk, read back without them: a log of records in the framing of LevelDB.

A header of 7 bytes, then blocks of 32 KiB holding chunks: CRC-32 of type and data, length, type (whole, first, middle,
last), data. The records are Protocol Buffers.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK, HEADER = 32768, 7
WHOLE, FIRST, LAST = 1, 2, 4


def records(path: Path) -> Iterator[bytes]:
    """The records of a log, each with its checksum checked; an unfinished one at the end is left out."""
    data, at, parts = path.read_bytes(), HEADER, b""
    while True:
        left = BLOCK - at % BLOCK
        at += left if left < HEADER else 0
        if at + HEADER > len(data):
            return
        checksum, length, kind = struct.unpack("<IHB", data[at : at + HEADER])
        chunk = data[at + HEADER : at + HEADER + length]
        at += HEADER + length
        assert zlib.crc32(chunk, zlib.crc32(bytes([kind]))) == checksum
        parts = chunk if kind in (WHOLE, FIRST) else parts + chunk
        if kind in (WHOLE, LAST):
            yield parts


@dataclass
class Log:
    """A run as it was written: `history` is one mapping for each logged row, `scalars` by name and step."""

    about: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    scalars: dict[str, dict[int, float]] = field(default_factory=dict)
    artifacts: list[Any] = field(default_factory=list)
    exit_code: int | None = None
    state: str = ""
    error: str = ""


def wandb_log(folder: Path) -> Log:
    """The one run of W&B below a folder."""
    import wandb
    from wandb.proto import wandb_internal_pb2

    wandb.teardown()  # of this process: W&B's own may still be writing
    (path,) = folder.rglob("*.wandb")
    log = Log()
    for data in records(path):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
            log.about = {
                "project": run.project, "name": run.display_name, "notes": run.notes, "tags": list(run.tags),
                "group": run.run_group, "job_type": run.job_type, "entity": run.entity, "id": run.run_id,
            }  # fmt: skip
            log.config |= _items(run.config.update)
        elif kind == "config":
            log.config |= _items(record.config.update)
        elif kind == "history":
            row = _items(record.history.item)
            log.history.append(row)
            for name, value in row.items():
                log.scalars.setdefault(name, {})[row.get("trainer/global_step", -1)] = value
        elif kind == "request" and record.request.WhichOneof("request_type") == "log_artifact":
            log.artifacts.append(record.request.log_artifact.artifact)
        elif kind == "artifact":
            log.artifacts.append(record.artifact)
        elif kind == "exit":
            log.exit_code = record.exit.exit_code
    return log


def _items(items: Any) -> dict[str, Any]:
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}


def swanlab_log(folder: Path) -> Log:
    """The one run of SwanLab below a folder. Protocol Buffers leave out what is zero."""
    import yaml
    from google.protobuf.json_format import MessageToDict
    from swanlab.proto.swanlab.record.v1 import record_pb2

    (path,) = folder.rglob("*.swanlab")
    log = Log()
    for data in records(path):
        record = record_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof("record_type")
        message = MessageToDict(getattr(record, kind), preserving_proto_field_name=True) if kind else {}
        if kind == "start":
            log.about = message
        elif kind == "scalar":
            number = (message.get("value") or {}).get("number", 0.0)
            log.scalars.setdefault(message["key"], {})[int(message.get("step", 0))] = number
        elif kind == "finish":
            log.state, log.error = message.get("state", ""), message.get("error", "")
    written = path.parent / "files" / "config.yaml"
    if written.exists():
        log.config = {key: entry["value"] for key, entry in yaml.safe_load(written.read_text()).items()}
    return log
