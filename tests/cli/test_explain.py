"""`vibench explain`: every name is known, and every example works."""

from __future__ import annotations

import sys

import pytest

from vibench.cli.catalog import Code, Former, Key, Thing, find, keys
from vibench.cli.main import _run
from vibench.cli.render.explain import as_text, example
from vibench.config.compose import compose_source
from vibench.config.load import check
from vibench.diagnostics import CODES, Source
from vibench.schemas import removed
from vibench.schemas.base import setting_of
from vibench.schemas.callbacks import CALLBACKS
from vibench.schemas.trainer import OWNED, TrainerArgs


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vibench", "explain", *words])
        status = _run()
        said = capsys.readouterr()
        return int(status), said.out, said.err

    return run


def test_a_key_in_full(call) -> None:
    assert call("trainer.args.num_epochs") == (
        0,
        "trainer.args.num_epochs\n"
        "  Passes over the training data; -1 for no limit, which is the default when `max_steps` or `max_time` is "
        "written.\n"
        "\n"
        "  takes          a number of epochs (integer ≥ 1, or -1 for no limit)\n"
        "  default        100\n"
        "  becomes        Trainer.max_epochs\n"
        "  also written   max_epochs\n"
        "\n"
        "  trainer:\n"
        "    args:\n"
        "      num_epochs: 100\n",
        "",
    )


@pytest.mark.parametrize(
    ("spelling", "path"),
    [
        ("num_epochs", "trainer.args.num_epochs"),
        ("max_epochs", "trainer.args.num_epochs"),
        ("trainer.max_epochs", "trainer.args.num_epochs"),
        ("trainer.args.early_stopping.patience", "trainer.args.patience"),
        ("early_stopping.patience", "trainer.args.patience"),
        ("replace_sampler_ddp", "trainer.args.use_distributed_sampler"),
        ("pruning.amount", "trainer.args.pruning_amount"),
        ("environment.tensorboard.prefix", "environment.tensorboard.prefix"),
        ("wandb.mode", "environment.wandb.mode"),
        ("data.args.snr_db", "data.args.snr_db"),
        ("snr_db", "data.args.snr_db"),
        ("trainer.name", "trainer.name"),
        ("imports", "imports"),
        ("EarlyStopping.patience", "EarlyStopping.patience"),
    ],
)
def test_any_spelling_of_a_key(spelling: str, path: str) -> None:
    assert path in [topic.path for topic in find(spelling) if isinstance(topic, Key)]


def test_a_bare_name_that_several_places_have_shows_them_all() -> None:
    found = [topic.path for topic in find("seed") if isinstance(topic, Key)]
    assert found == ["environment.seed", "data.args.seed"]


@pytest.mark.parametrize("key", keys(), ids=[key.path for key in keys()])
def test_the_example_of_every_key_is_accepted(key: Key) -> None:
    report = check(compose_source(Source("c.yaml", "\n".join(example(key)) + "\n"))).report
    shape = {"wrong-type", "unknown-key", "misplaced-key", "removed-key", "yaml-syntax", "bad-number"}
    assert [d for d in report.diagnostics if d.code in shape] == []
    text = as_text([key])
    assert key.path in text
    assert str(key.model.model_fields[key.name].description) in text
    assert setting_of(key.model, key.name).feeds in text


@pytest.mark.parametrize("name", ["wdcnn", "simulated_bearing", "classification", "Default_trainer", *CALLBACKS])
def test_registered_names(name: str) -> None:
    (thing,) = find(name)
    assert isinstance(thing, Thing)
    assert thing.model is not None
    text = as_text([thing])
    assert all(f"  {field} " in text for field in thing.model.model_fields)


@pytest.mark.parametrize("code", CODES)
def test_codes(code: str) -> None:
    assert find(code) == [Code(code)]
    assert CODES[code].summary in as_text([Code(code)])


OLD = [(key, row) for table in removed.TABLES.values() for key, row in table.items()]


@pytest.mark.parametrize(("key", "row"), OLD, ids=[key for key, _ in OLD])
def test_old_keys_say_what_to_write(key: str, row: removed.Old) -> None:
    present = key in {known.name for known in keys()}
    topics = find(key)
    assert present or any(isinstance(topic, Former) and topic.row is row for topic in topics)


@pytest.mark.parametrize("key", [key for key in OWNED if key not in TrainerArgs.model_fields])
def test_arguments_that_vibench_fills_itself(key: str) -> None:
    assert OWNED[key][1:] in as_text(find(key))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("num_epoch", "num_epochs"),
        ("early_stoping", "early_stopping"),
        ("unknown_key", "unknown-key"),
        ("wdcn", "wdcnn"),
        ("trainer.args.patienc", "trainer.args.patience"),
    ],
)
def test_an_unknown_name_suggests_the_closest(call, word: str, meant: str) -> None:
    status, out, err = call(word)
    assert (status, out) == (2, "")
    assert f"`{meant}`" in err


def test_nothing_close_is_said_plainly(call) -> None:
    assert call("qqqqqqqq") == (2, "", "vibench: nothing is known as `qqqqqqqq`\n")
