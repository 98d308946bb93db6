"""What the settings accept and refuse, and that they are torch's."""

import inspect
import json
from typing import get_args

import jsonschema
import pytest
import torch
from pydantic import ValidationError

from vibench.phm.classification_settings import ClassificationArgs
from vibench.phm.optim_settings import Optimizer, Scheduler
from vibench.phm.settings import SimulatedBearingArgs, WDCNNArgs, checked
from vibench.schemas.base import setting_of

MODELS = (SimulatedBearingArgs, WDCNNArgs, ClassificationArgs)
SGD = {"name": "SGD", "args": {"momentum": 0.9}}


def step(**args):
    return {"name": "StepLR", "args": args}


ACCEPTED = [
    (SimulatedBearingArgs, "batch_size", 1e2),
    (SimulatedBearingArgs, "split", [0.5, 0.25, 0.25]),
    (SimulatedBearingArgs, "split", [0.3334, 0.3333, 0.3333]),
    (SimulatedBearingArgs, "snr_db", -10),
    (SimulatedBearingArgs, "seed", 0),
    (SimulatedBearingArgs, "seed", None),
    (SimulatedBearingArgs, "shaft_speeds", [20]),
    (SimulatedBearingArgs, "window", 24000),
    (WDCNNArgs, "num_classes", None),
    (WDCNNArgs, "channels", [8, 8]),
    (ClassificationArgs, "optimizer", "AdamW"),
    (ClassificationArgs, "optimizer", {"name": "AdamW"}),
    (ClassificationArgs, "optimizer", {"name": "AdamW", "args": {"betas": [0.8, 0.9]}}),
    (ClassificationArgs, "optimizer", SGD),
    (ClassificationArgs, "scheduler", None),
    (ClassificationArgs, "scheduler", "OneCycleLR"),
    (ClassificationArgs, "scheduler", step(step_size=3)),
    (ClassificationArgs, "scheduler", {"name": "MultiStepLR", "args": {"milestones": [2, 4.0]}}),
]
REJECTED = [
    (SimulatedBearingArgs, "batch_size", 0, "batch_size"),
    (SimulatedBearingArgs, "batch_size", "64", "batch_size"),
    (SimulatedBearingArgs, "split", [0.6, 0.2, 0.3], "split"),
    (SimulatedBearingArgs, "split", [0.8, 0.2], "split.2"),
    (SimulatedBearingArgs, "split", [0.5, 0.5, 0.0], "split.2"),
    (SimulatedBearingArgs, "recordings", 2, "recordings"),
    (SimulatedBearingArgs, "shaft_speeds", [], "shaft_speeds"),
    (SimulatedBearingArgs, "shaft_speeds", [20.0, 0.0], "shaft_speeds.1"),
    (SimulatedBearingArgs, "contact_angle", 90, "contact_angle"),
    (SimulatedBearingArgs, "damping", 0, "damping"),
    (SimulatedBearingArgs, "seed", -1, "seed"),
    (SimulatedBearingArgs, "normalise", 1, "normalise"),
    (SimulatedBearingArgs, "window", 24001, ""),
    (SimulatedBearingArgs, "resonance", 6000, ""),
    (SimulatedBearingArgs, "ball_diameter", 39.04, ""),
    (SimulatedBearingArgs, "num_epochs", 3, "num_epochs"),
    (WDCNNArgs, "num_classes", 1, "num_classes"),
    (WDCNNArgs, "kernel", 4, "kernel"),
    (WDCNNArgs, "channels", [16], "channels"),
    (WDCNNArgs, "dropout", 1.0, "dropout"),
    (ClassificationArgs, "lr", "1e-3", "lr"),
    (ClassificationArgs, "lr", 0, "lr"),
    (ClassificationArgs, "label_smoothing", 1.1, "label_smoothing"),
    (ClassificationArgs, "optimizer", "adam", "optimizer"),
    (ClassificationArgs, "optimizer", None, "optimizer"),
    (ClassificationArgs, "optimizer", {"args": {}}, "optimizer"),
    (ClassificationArgs, "optimizer", {"name": "SGD", "args": {"betas": [0.9, 0.9]}}, "optimizer.SGD.args.betas"),
    (ClassificationArgs, "optimizer", {"name": "Adam", "args": {"lr": 0.1}}, "optimizer.Adam.args.lr"),
    (ClassificationArgs, "optimizer", {"name": "Adam", "args": {"betas": [0.9]}}, "optimizer.Adam.args.betas.1"),
    (ClassificationArgs, "optimizer", {"name": "Adam", "args": {"betas": [0.9, 1]}}, "optimizer.Adam.args.betas.1"),
    (ClassificationArgs, "optimizer", {"name": "SGD", "args": {"nesterov": True}}, "optimizer.SGD.args"),
    (ClassificationArgs, "scheduler", "StepLR", "scheduler.StepLR.args"),
    (ClassificationArgs, "scheduler", step(), "scheduler.StepLR.args.step_size"),
    (ClassificationArgs, "scheduler", step(step_size=1.5), "scheduler.StepLR.args.step_size"),
    (
        ClassificationArgs,
        "scheduler",
        {"name": "MultiStepLR", "args": {"milestones": [4, 2]}},
        "scheduler.MultiStepLR.args.milestones",
    ),
]


def validated(model, key, value):
    return model.model_validate_json(json.dumps({key: value}))


def schema_accepts(model, key, value):
    return jsonschema.Draft202012Validator(model.model_json_schema()).is_valid({key: value})


@pytest.mark.parametrize(("model", "key", "value"), ACCEPTED)
def test_accepted(model, key, value):
    assert validated(model, key, value).model_fields_set == {key}
    assert schema_accepts(model, key, value)


@pytest.mark.parametrize(("model", "key", "value", "place"), REJECTED)
def test_rejected(model, key, value, place):
    with pytest.raises(ValidationError) as caught:
        validated(model, key, value)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [place]


CROSS = {"split", "window", "resonance", "ball_diameter", "scheduler", "optimizer"}  # rules no schema can say


@pytest.mark.parametrize(("model", "key", "value", "place"), [row for row in REJECTED if row[1] not in CROSS])
def test_the_schema_rejects_it_too(model, key, value, place):
    assert not schema_accepts(model, key, value)


@pytest.mark.parametrize("value", ["adam", {"name": "Adam", "args": {"lr": 0.1}}, {"args": {}}])
def test_the_schema_knows_the_optimizers(value):
    assert not schema_accepts(ClassificationArgs, "optimizer", value)


@pytest.mark.parametrize(("name", "accepted"), [("OneCycleLR", True), ("StepLR", False), ("ExponentialLR", False)])
def test_the_schema_takes_bare_names_only_of_what_needs_no_arguments(name, accepted):
    assert schema_accepts(ClassificationArgs, "scheduler", name) is accepted


def test_a_bare_name_means_the_defaults():
    assert validated(ClassificationArgs, "optimizer", "SGD") == checked(
        ClassificationArgs, {"optimizer": {"name": "SGD", "args": {}}}
    )
    assert validated(ClassificationArgs, "lr", 0.1).optimizer.name == "Adam"


@pytest.mark.parametrize("model", MODELS)
def test_every_default_is_valid_and_survives_a_round_trip(model):
    dumped = model().model_dump_json()
    assert model.model_validate_json(dumped) == model() == checked(model, dict(model()))


def declared(model):
    for name, field in model.model_fields.items():
        yield model, name, field
        for part in get_args(field.annotation):
            if isinstance(part, type) and hasattr(part, "model_fields"):
                yield from declared(part)


@pytest.mark.parametrize("model", [*MODELS, *get_args(get_args(Optimizer)[0]), *get_args(get_args(Scheduler)[0])])
def test_every_setting_has_its_sentence(model):
    for owner, name, field in declared(model):
        assert field.description, f"{owner.__name__}.{name}"
        assert field.description.endswith("."), f"{owner.__name__}.{name}"


@pytest.mark.parametrize("choice", get_args(get_args(Optimizer)[0]))
def test_optimizers_have_torchs_names_and_defaults(choice):
    compare(getattr(torch.optim, choice.__name__), choice, ours=set())


@pytest.mark.parametrize("choice", get_args(get_args(Scheduler)[0]))
def test_schedulers_have_torchs_names_and_defaults(choice):
    compare(getattr(torch.optim.lr_scheduler, choice.__name__), choice, ours={"monitor", "mode", "T_max", "max_lr"})


def compare(target, choice, ours):
    """`ours`: Lightning's own, and what is filled in where it is not written."""
    theirs = inspect.signature(target).parameters
    args = choice.model_fields["args"].annotation.model_fields
    for name, field in args.items():
        if name in ours:
            continue
        assert field.is_required() == (theirs[name].default is inspect.Parameter.empty), name
        assert field.is_required() or field.default == theirs[name].default, name


def test_what_the_data_fills():
    assert setting_of(WDCNNArgs, "in_channels").from_data == "in_channels"
    assert setting_of(WDCNNArgs, "num_classes").from_data == "num_classes"
    assert setting_of(ClassificationArgs, "num_classes").from_data == "num_classes"
