"""`vibench schema`: whole or one section, in two drafts, with what a config's modules register."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from vibench.cli.main import _run

REGISTERS = """
from pydantic import BaseModel, Field
from vibench.trainer_factory import register_callback, register_model, register_trainer


class Own(BaseModel):
    speed: int = Field(ge=1)


@register_trainer("Own_trainer", args=Own)
def make(environment, trainer, data, path): ...


@register_model("net")
class Net:
    def __init__(self, width: int, deep: bool = False): ...


@register_callback("loud")
class Loud:
    def __init__(self, word: str): ...
"""


def run(words: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vibench", *words])
        return _run()


def schema(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run(["schema", *words]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("draft", "dialect"), [("2020-12", "2020-12/schema"), ("draft-07", "draft-07/schema#")])
@pytest.mark.parametrize("section", [(), ("--section", "trainer")])
def test_a_draft_says_which_it_is(
    capsys: pytest.CaptureFixture[str], draft: str, dialect: str, section: tuple[str, ...]
) -> None:
    shown = schema(capsys, "--draft", draft, *section)
    assert shown["$schema"].endswith(dialect)
    jsonschema_rs.meta.validate(shown)
    args = {"args": {"num_epochs": 0}}
    assert not jsonschema_rs.is_valid(shown, args if section else {"trainer": args})


def test_a_file_is_written_or_the_call_is_wrong(here: Path) -> None:
    assert run(["schema", "-o", "s.json"]) == 0
    jsonschema_rs.meta.validate(json.loads(Path("s.json").read_text(encoding="utf-8")))
    assert run(["schema", "-o", "s.json/below.json"]) == 2
    assert run(["schema", "--section", "trainr"]) == 2
    assert run(["schema", "--for", "absent.yaml"]) == 2


RIGHT = [
    {"trainer": {"name": "Own_trainer", "args": {"speed": 3, "num_epochs": 2}}},
    {"model": {"name": "net", "args": {"width": 3}}},
    {"trainer": {"args": {"callbacks": [{"name": "loud", "args": {"word": "a"}}]}}},
]
WRONG = [
    {"trainer": {"name": "Own_trainer", "args": {"speed": "3"}}},
    {"trainer": {"name": "Own_trainer", "args": {"sped": 3}}},
    {"model": {"name": "net", "args": {"widht": 3}}},
    {"model": {"name": "net", "args": {"deep": True}}},
    {"trainer": {"args": {"callbacks": [{"name": "loud", "args": {"word": 3}}]}}},
    {"trainer": {"args": {"callbacks": [{"name": "loud"}]}}},
]


def test_it_knows_what_the_modules_of_a_config_register(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("own_schema_parts.py").write_text(REGISTERS)
    Path("c.yaml").write_text("imports: [own_schema_parts]")
    known = jsonschema_rs.validator_for(schema(capsys, "--for", "c.yaml"))
    for document in RIGHT:
        assert known.is_valid(document), [error.message for error in known.iter_errors(document)]
    assert [document for document in WRONG if known.is_valid(document)] == []
