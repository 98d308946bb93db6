"""Real trainings: the examples' settings hold, and what is learned is in the signal, not in a leak."""

from pathlib import Path

import pytest
import pytorch_lightning as pl
import yaml

from vibench.phm.bearing import SimulatedBearing
from vibench.phm.classification import Classification
from vibench.phm.classification_settings import ClassificationArgs
from vibench.phm.settings import SimulatedBearingArgs, WDCNNArgs, checked
from vibench.phm.wdcnn import WDCNN

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("quickstart", "low_snr")
pytestmark = [
    # The windows are in memory: workers would only copy them.
    pytest.mark.filterwarnings("ignore:.*does not have many workers:UserWarning"),
    # Lightning 2.6 calls a class of torch's that newer torch deprecates.
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*is deprecated:FutureWarning"),
]


def example(name):
    text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    return {key: section.get("args", {}) for key, section in yaml.safe_load(text).items()}


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_settings_are_valid(name):
    sections = example(name)
    checked(SimulatedBearingArgs, sections["data"])
    checked(WDCNNArgs, sections["model"])
    checked(ClassificationArgs, sections["task"])


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_log_in_every_epoch(name):
    sections = example(name)
    data = SimulatedBearing(**sections["data"], seed=0)
    assert len(data.train_dataloader()) >= 2 * sections["trainer"]["log_every_n_steps"]


def measured_after(folder, epochs, **data_args):
    pl.seed_everything(0, verbose=False)
    data = SimulatedBearing(**data_args)
    task = Classification(WDCNN(in_channels=data.in_channels, num_classes=data.num_classes))
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = pl.Trainer(
        max_epochs=epochs, accelerator="cpu", enable_checkpointing=False, default_root_dir=folder, **quiet
    )
    trainer.fit(task, data)
    return trainer.test(task, data, verbose=False)[0]


@pytest.mark.slow
def test_the_quickstart_learns(tmp_path):
    measured = measured_after(tmp_path, 15, **example("quickstart")["data"])
    assert measured["test_acc"] > 0.97
    assert measured["test_f1"] > 0.97


@pytest.mark.slow
def test_more_noise_is_harder(tmp_path):
    args = example("quickstart")["data"]
    assert 0.5 < measured_after(tmp_path, 15, **{**args, "snr_db": -1})["test_acc"] < 0.93


def test_nothing_but_the_signal_tells_the_classes_apart(tmp_path):
    """Under 60 dB of noise only a leak could be learned: no better than one guess in four."""
    args = {"snr_db": -60, "recordings": 3, "split": [0.34, 0.33, 0.33]}
    assert measured_after(tmp_path, 4, **args)["test_acc"] < 0.35
