"""Recordings are split before windows are cut, and nothing but the seed decides about the signals."""

from collections import Counter
from itertools import combinations

import pytest
import pytorch_lightning as pl
import torch
from pydantic import ValidationError
from torch.utils.data import default_collate

from vibench.phm.bearing import SPLITS, SimulatedBearing, Windows, shares_of
from vibench.phm.settings import SimulatedBearingArgs

SMALL = {"duration": 0.5, "window": 1024, "stride": 256, "seed": 7}


def test_every_split_has_every_class_under_every_condition():
    data = SimulatedBearing(**SMALL)
    cells = {split: Counter(cell[:3] for cell in data.cells(split)) for split in SPLITS}
    everything = {(c, s, n) for c in range(4) for s in range(3) for n in range(2)}
    assert all(set(cells[split]) == everything for split in SPLITS)
    assert [set(cells[split].values()) for split in SPLITS] == [{3}, {1}, {1}]


def test_no_recording_is_in_two_splits():
    data = SimulatedBearing(**SMALL)
    cells = [cell for split in SPLITS for cell in data.cells(split)]
    assert len(cells) == len(set(cells)) == 4 * 3 * 2 * 5


def test_no_sample_is_in_two_splits():
    """Noise makes every stretch of signal its own: a shared one would be a leak."""
    data = SimulatedBearing(**SMALL, normalise=False)
    data.setup()
    starts = [
        {tuple(window[0, :8].tolist()) for window, _ in map(windows.__getitem__, range(len(windows)))}
        for windows in map(data.windows, SPLITS)
    ]
    assert [len(seen) for seen in starts] == [len(data.windows(split)) for split in SPLITS]
    assert all(a.isdisjoint(b) for a, b in combinations(starts, 2))


@pytest.mark.parametrize(
    ("recordings", "shares", "counts"),
    [
        (3, (0.6, 0.2, 0.2), [1, 1, 1]),
        (3, (0.98, 0.01, 0.01), [1, 1, 1]),
        (4, (0.2, 0.4, 0.4), [1, 2, 1]),
        (5, (0.6, 0.2, 0.2), [3, 1, 1]),
        (10, (0.6, 0.2, 0.2), [6, 2, 2]),
        (10, (0.7, 0.2, 0.1), [7, 2, 1]),
        (20, (0.5, 0.25, 0.25), [10, 5, 5]),
        (100, (0.01, 0.01, 0.98), [1, 1, 98]),
    ],
)
def test_shares(recordings, shares, counts):
    parts = shares_of(recordings, shares)
    assert [len(part) for part in parts] == counts
    assert [index for part in parts for index in part] == list(range(recordings))


def test_windows_never_straddle_recordings():
    signals = torch.arange(3)[:, None, None] * 1000.0 + torch.arange(10)
    windows = Windows(signals, [5, 6, 7], window=4, stride=3, normalise=False)
    assert len(windows) == 9  # 0-3, 3-6, 6-9 of each
    for index in range(9):
        window, label = windows[index]
        first = index // 3 * 1000 + index % 3 * 3
        assert window.tolist() == [[first, first + 1, first + 2, first + 3]]
        assert label == 5 + index // 3


def test_the_tail_shorter_than_a_window_is_left_out():
    windows = Windows(torch.zeros(2, 1, 11), [0, 1], window=4, stride=4, normalise=False)
    assert len(windows) == 4
    with pytest.raises(IndexError):
        windows[4]


def test_windows_are_views():
    signals = torch.randn(2, 1, 64)
    window, _ = Windows(signals, [0, 1], 16, 8, normalise=False)[3]
    assert window.untyped_storage().data_ptr() == signals.untyped_storage().data_ptr()


def test_normalised_windows():
    data = SimulatedBearing(**SMALL)
    window, label = data.windows("test")[5]
    assert window.shape == (1, 1024)
    assert window.dtype == torch.float32
    assert isinstance(label, int)
    assert window.mean().item() == pytest.approx(0, abs=1e-5)
    assert window.std(correction=0).item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("normalise", [True, False])
def test_windows_fetched_together_are_those_fetched_alone(normalise):
    """Bit for bit: an item does not depend on the batch that it is in."""
    windows = SimulatedBearing(**SMALL, normalise=normalise).windows("val")
    indices = [5, 0, len(windows) - 1, 5]
    together = windows.__getitems__(indices)
    alone = [windows[index] for index in indices]
    assert [label for _, label in together] == [label for _, label in alone]
    assert all(torch.equal(one, other) for (one, _), (other, _) in zip(together, alone, strict=True))


def test_a_flat_window_stays_finite():
    window, _ = Windows(torch.full((1, 1, 8), 3.0), [0], 4, 4, normalise=True)[0]
    assert window.tolist() == [[0, 0, 0, 0]]


def test_deterministic_in_the_seed():
    same, again, other = (SimulatedBearing(**{**SMALL, "seed": seed}) for seed in (7, 7, 8))
    assert torch.equal(same.windows("train").views, again.windows("train").views)
    assert not torch.equal(same.windows("train").views, other.windows("train").views)


def test_stage_order_and_batch_size_change_nothing():
    forward, backward = SimulatedBearing(**SMALL), SimulatedBearing(**SMALL, batch_size=3)
    for stage in ("fit", "test"):
        forward.setup(stage)
    backward.setup("test")
    torch.manual_seed(99)
    backward.setup(None)
    for split in SPLITS:
        assert torch.equal(forward.windows(split).views, backward.windows(split).views)


def test_more_recordings_keep_the_first_ones():
    few, many = SimulatedBearing(**SMALL), SimulatedBearing(**SMALL, recordings=10)
    assert torch.equal(few.windows("train").views[:3], many.windows("train").views[:3])


def test_the_unwritten_seed_is_the_experiments():
    pl.seed_everything(11, verbose=False)
    unwritten = SimulatedBearing(**{**SMALL, "seed": None})
    pl.seed_everything(12, verbose=False)
    written = SimulatedBearing(**{**SMALL, "seed": 11})
    assert torch.equal(unwritten.windows("val").views, written.windows("val").views)


@pytest.mark.parametrize(
    ("stage", "made"),
    [
        ("fit", ["train", "val"]),
        ("validate", ["val"]),
        ("test", ["test"]),
        ("predict", ["test"]),
        (None, [*SPLITS]),
    ],
)
def test_setup_simulates_what_the_stage_needs_once(stage, made):
    data = SimulatedBearing(**SMALL)
    data.setup(stage)
    first = dict(data._windows)
    assert list(first) == made
    data.setup(stage)
    assert all(data._windows[split] is first[split] for split in made)


def test_loaders():
    data = SimulatedBearing(**SMALL, batch_size=16)
    x, y = next(iter(data.train_dataloader()))
    assert x.shape == (16, data.in_channels, 1024)
    assert y.dtype == torch.int64
    assert set(y.tolist()) <= set(range(data.num_classes))
    first = default_collate([data.windows("test")[i] for i in range(16)])
    for loader in (data.test_dataloader(), data.predict_dataloader()):
        assert torch.equal(next(iter(loader))[0], first[0])
    assert len(set(next(iter(data.train_dataloader()))[1].tolist())) > 1
    assert next(iter(data.val_dataloader()))[1].tolist() == [0] * 16


def test_the_tuner_may_change_the_batch_size():
    data = SimulatedBearing(**SMALL)
    data.batch_size = 5
    assert data.train_dataloader().batch_size == data.test_dataloader().batch_size == 5


def test_arguments_are_those_of_the_settings():
    assert SimulatedBearing().args == SimulatedBearingArgs()
    assert SimulatedBearing(**SimulatedBearingArgs().model_dump()).args == SimulatedBearingArgs()
    assert SimulatedBearing().hparams["split"] == [0.6, 0.2, 0.2]
    with pytest.raises(ValidationError, match="windows"):
        SimulatedBearing(windows=3)


def test_names_of_the_classes():
    data = SimulatedBearing()
    assert data.class_names == ("normal", "inner", "outer", "ball")
    assert data.num_classes == 4
