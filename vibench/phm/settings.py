"""What the built-in data, model and task may be told: names, types, ranges, defaults. No torch here."""

import math
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import to_json

from vibench.schemas.base import (
    Expects,
    Fraction,
    ListToo,
    NaturalInt,
    PositiveFloat,
    PositiveInt,
    StrictModel,
    UnitInterval,
    Whole,
    setting,
)

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], given: dict[str, Any]) -> Model:
    """Check arguments given in Python as strictly as those of a file; raises `pydantic.ValidationError`."""
    return model.model_validate_json(to_json(given))


def _sums_to_one(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
        raise ValueError(f"the three shares must sum to 1, and they sum to {sum(shares):g}")
    return shares


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("must be odd: the same padding goes on both sides")
    return value


ClassCount = Annotated[int, Field(ge=2), Whole]
RecordingCount = Annotated[int, Field(ge=3), Whole]  # one for each of training, validation and test
Seed = Annotated[int, Field(ge=0, lt=2**63), Whole]
Shares = Annotated[
    tuple[Fraction, Fraction, Fraction],
    ListToo,
    AfterValidator(_sums_to_one),
    Expects("three fractions that sum to 1: training, validation, test"),
]
Conditions = Annotated[tuple[PositiveFloat, ...], ListToo, Field(min_length=1)]
Decibels = Annotated[float, Field(ge=-100, le=200)]
AcuteAngle = Annotated[float, Field(ge=0, lt=90)]
Dropped = Annotated[float, Field(ge=0, lt=1)]
Slip = Annotated[float, Field(ge=0, le=0.3)]
OddInt = Annotated[
    int,
    Field(ge=1, json_schema_extra={"not": {"type": "integer", "multipleOf": 2}}),
    AfterValidator(_odd),
    Whole,
    Expects("an odd integer ≥ 1"),
]
Widths = Annotated[tuple[PositiveInt, ...], ListToo, Field(min_length=2)]


class SimulatedBearingArgs(StrictModel):
    """Vibration of a simulated rolling-element bearing: healthy, inner race, outer race or ball at fault."""

    batch_size: PositiveInt = setting(64, "Windows per batch, ≥ 1.")
    window: PositiveInt = setting(2048, "Length of a window in samples, ≥ 1: what the model sees at once.")
    stride: PositiveInt = setting(
        1024, "Samples from one window's start to the next, ≥ 1; below `window` they overlap."
    )
    sampling_rate: PositiveFloat = setting(12000.0, "Samples per second in Hz, > 0.")
    duration: PositiveFloat = setting(2.0, "Length of a recording in seconds, at least one window.")
    recordings: RecordingCount = setting(5, "Recordings of each class under each speed and load, ≥ 3.")
    snr_db: Decibels = setting(
        5.0, "Power of the vibration at load 1 over that of the white noise, -100 to 200 dB; lower is harder."
    )
    shaft_speeds: Conditions = setting((25.0, 30.0, 35.0), "Speeds of the shaft, revolutions per second (Hz).")
    loads: Conditions = setting((0.7, 1.0), "Radial loads relative to the nominal one, each > 0.")
    n_balls: PositiveInt = setting(9, "Number of balls, ≥ 1.")
    ball_diameter: PositiveFloat = setting(7.94, "Diameter of a ball in mm, > 0.")
    pitch_diameter: PositiveFloat = setting(39.04, "Diameter of the circle of the balls' centres in mm.")
    contact_angle: AcuteAngle = setting(0.0, "Contact angle in degrees, from 0 to below 90.")
    resonance: PositiveFloat = setting(3000.0, "Frequency that impacts ring at, Hz, below half the sampling rate.")
    damping: Fraction = setting(0.05, "Damping ratio of the resonance, between 0 and 1.")
    slip: Slip = setting(0.01, "Standard deviation of the time between two impacts relative to its mean, 0 to 0.3.")
    split: Shares = setting(
        (0.6, 0.2, 0.2), "Shares of the recordings for training, validation and test; they sum to 1."
    )
    seed: Seed | None = setting(None, "Seed of the signals, ≥ 0; unset: the experiment's own seed.")
    num_workers: NaturalInt = setting(0, "Processes that load batches, ≥ 0; 0: the training process does.")
    normalise: bool = setting(True, "Give each window a mean of 0 and a standard deviation of 1.")

    @model_validator(mode="after")
    def _recording_holds_a_window(self) -> Self:
        samples = int(self.duration * self.sampling_rate)
        if self.window > samples:
            raise ValueError(f"`window` is {self.window} samples, and a recording has only {samples}")
        return self

    @model_validator(mode="after")
    def _resonance_is_sampled(self) -> Self:
        if self.resonance >= self.sampling_rate / 2:
            raise ValueError("`resonance` must be below half of `sampling_rate`")
        return self

    @model_validator(mode="after")
    def _balls_fit(self) -> Self:
        if self.ball_diameter >= self.pitch_diameter:
            raise ValueError("`ball_diameter` must be below `pitch_diameter`")
        return self


class WDCNNArgs(StrictModel):
    """The convolutional network with a wide first kernel of Zhang et al. 2017, with its sizes as defaults."""

    in_channels: PositiveInt | None = setting(None, "Channels of the signal, ≥ 1.", from_data="in_channels")
    num_classes: ClassCount | None = setting(None, "Classes to tell apart, ≥ 2.", from_data="num_classes")
    first_kernel: PositiveInt = setting(64, "Width of the first kernel in samples; wide ones filter noise.")
    first_stride: PositiveInt = setting(16, "Samples that the first kernel moves by, ≥ 1.")
    channels: Widths = setting((16, 32, 64, 64, 64), "Channels of the convolutions, at least two.")
    kernel: OddInt = setting(3, "Width of the kernels after the first, an odd integer ≥ 1.")
    hidden: PositiveInt = setting(100, "Units of the fully connected layer, ≥ 1.")
    dropout: Dropped = setting(0.0, "Share of the hidden units dropped while training, 0 to below 1.")


class PlainClassificationArgs(StrictModel):
    """What classification is told beside its optimizer and schedule, whose many models are dear to make."""

    lr: PositiveFloat = setting(1e-3, "Learning rate, > 0.")
    label_smoothing: UnitInterval = setting(0.0, "Share of each label spread evenly over all classes, 0 to 1.")
    num_classes: ClassCount | None = setting(
        None, "Classes to tell apart, ≥ 2; unset: the model's.", from_data="num_classes"
    )
