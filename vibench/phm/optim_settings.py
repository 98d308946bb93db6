"""What optimizers and schedulers may be told, under torch's own names and defaults. No torch here.

Vocabulary: a *choice* is what a file writes, a bare name (`AdamW`) or `{name: AdamW, args: {…}}`; both become
the same model. `lr` is no argument here: it is the task's, so that Lightning's tuner finds it in one place.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from vibench.schemas.base import (
    Expects,
    Fraction,
    ListToo,
    NaturalFloat,
    NaturalInt,
    PositiveFloat,
    PositiveInt,
    StrictModel,
    UnitInterval,
    setting,
)
from vibench.schemas.choices import Annealing, Mode, Threshold, WatchedMetric


def _ascending(values: tuple[int, ...]) -> tuple[int, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("must ascend, none twice")
    return values


Decay = Annotated[float, Field(ge=0, lt=1)]
Betas = Annotated[tuple[Decay, Decay], ListToo]
AboveOne = Annotated[float, Field(gt=1)]
Milestones = Annotated[
    tuple[PositiveInt, ...],
    ListToo,
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_ascending),
    Expects("a list of ascending integers ≥ 1"),
]
NAME = "Torch's name of the class."
ARGS = "Its arguments."


class _Decaying(StrictModel):
    weight_decay: NaturalFloat = setting(0.0, "Pull of the weights towards 0, ≥ 0.")


class AdamArgs(_Decaying):
    """Arguments of Adam."""

    betas: Betas = setting((0.9, 0.999), "Decay of the means of gradient and of its square, 0 to below 1.")
    eps: NaturalFloat = setting(1e-8, "Added to the denominator, ≥ 0.")
    amsgrad: bool = setting(False, "Use the largest mean square so far.")


class AdamWArgs(AdamArgs):
    """Arguments of AdamW."""

    weight_decay: NaturalFloat = setting(0.01, "Pull of the weights towards 0, apart from the gradient, ≥ 0.")


class NAdamArgs(_Decaying):
    """Arguments of NAdam."""

    betas: Betas = setting((0.9, 0.999), "Decay of the means of gradient and of its square, 0 to below 1.")
    eps: NaturalFloat = setting(1e-8, "Added to the denominator, ≥ 0.")
    momentum_decay: NaturalFloat = setting(0.004, "Decay of the momentum, ≥ 0.")
    decoupled_weight_decay: bool = setting(False, "Decay the weights apart from the gradient, as AdamW does.")


class SGDArgs(_Decaying):
    """Arguments of SGD."""

    momentum: NaturalFloat = setting(0.0, "Share of the last step that the next one keeps, ≥ 0.")
    dampening: UnitInterval = setting(0.0, "Share of the gradient kept out of the momentum, 0 to 1.")
    nesterov: bool = setting(False, "Nesterov's momentum; it needs `momentum` > 0 and `dampening` 0.")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ValueError("`nesterov` needs `momentum` > 0 and `dampening` 0")
        return self


class RMSpropArgs(_Decaying):
    """Arguments of RMSprop."""

    alpha: Decay = setting(0.99, "Decay of the mean of the squared gradient, 0 to below 1.")
    eps: NaturalFloat = setting(1e-8, "Added to the denominator, ≥ 0.")
    momentum: NaturalFloat = setting(0.0, "Share of the last step that the next one keeps, ≥ 0.")
    centered: bool = setting(False, "Divide by the gradient's standard deviation instead of its mean square.")


class CosineAnnealingLRArgs(StrictModel):
    """Arguments of CosineAnnealingLR."""

    T_max: PositiveInt | None = setting(None, "Epochs until the lowest rate, ≥ 1; unset: all of the training.")
    eta_min: NaturalFloat = setting(0.0, "Lowest learning rate, ≥ 0.")


class StepLRArgs(StrictModel):
    """Arguments of StepLR."""

    step_size: PositiveInt = setting(..., "Epochs between two steps, ≥ 1.")
    gamma: PositiveFloat = setting(0.1, "Factor of each step, > 0.")


class MultiStepLRArgs(StrictModel):
    """Arguments of MultiStepLR."""

    milestones: Milestones = setting(..., "Epochs at which the rate steps, ascending, each ≥ 1.")
    gamma: PositiveFloat = setting(0.1, "Factor of each step, > 0.")


class ExponentialLRArgs(StrictModel):
    """Arguments of ExponentialLR."""

    gamma: PositiveFloat = setting(..., "Factor of each epoch, > 0.")


class ReduceLROnPlateauArgs(StrictModel):
    """Arguments of ReduceLROnPlateau, and the metric that it watches."""

    monitor: WatchedMetric = setting("val_loss", "Metric that is watched.")
    mode: Mode | None = setting(None, "Which way is better; unset: min for a loss, else max.")
    factor: Fraction = setting(0.1, "Factor of each reduction, between 0 and 1.")
    patience: NaturalInt = setting(10, "Epochs without improvement that are let pass, ≥ 0.")
    threshold: NaturalFloat = setting(1e-4, "Smallest change that counts as improvement, ≥ 0.")
    threshold_mode: Threshold = setting("rel", "Whether `threshold` is relative or absolute.")
    cooldown: NaturalInt = setting(0, "Epochs to wait after a reduction, ≥ 0.")
    min_lr: NaturalFloat = setting(0.0, "Lowest learning rate, ≥ 0.")
    eps: NaturalFloat = setting(1e-8, "Smallest change of the rate that is made, ≥ 0.")


class OneCycleLRArgs(StrictModel):
    """Arguments of OneCycleLR, which changes the rate after every optimizer step."""

    max_lr: PositiveFloat | None = setting(None, "Highest learning rate, > 0; unset: the task's `lr`.")
    total_steps: PositiveInt | None = setting(None, "Optimizer steps of the cycle; unset: all of the training.")
    pct_start: Fraction = setting(0.3, "Share of the cycle in which the rate rises, between 0 and 1.")
    anneal_strategy: Annealing = setting("cos", "Shape of the rise and the fall.")
    cycle_momentum: bool = setting(True, "Move the momentum against the rate.")
    base_momentum: Decay = setting(0.85, "Lowest momentum, 0 to below 1.")
    max_momentum: Decay = setting(0.95, "Highest momentum, 0 to below 1.")
    div_factor: AboveOne = setting(25.0, "Highest rate over the first one, > 1.")
    final_div_factor: PositiveFloat = setting(1e4, "First rate over the last one, > 0.")
    three_phase: bool = setting(False, "Fall back to the first rate before the last phase.")


class Adam(StrictModel):
    """Adam (Kingma & Ba 2015)."""

    name: Literal["Adam"] = setting(..., NAME)
    args: AdamArgs = setting(AdamArgs(), ARGS)


class AdamW(StrictModel):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019)."""

    name: Literal["AdamW"] = setting(..., NAME)
    args: AdamWArgs = setting(AdamWArgs(), ARGS)


class NAdam(StrictModel):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    name: Literal["NAdam"] = setting(..., NAME)
    args: NAdamArgs = setting(NAdamArgs(), ARGS)


class SGD(StrictModel):
    """Stochastic gradient descent."""

    name: Literal["SGD"] = setting(..., NAME)
    args: SGDArgs = setting(SGDArgs(), ARGS)


class RMSprop(StrictModel):
    """RMSprop (Hinton 2012)."""

    name: Literal["RMSprop"] = setting(..., NAME)
    args: RMSpropArgs = setting(RMSpropArgs(), ARGS)


class CosineAnnealingLR(StrictModel):
    """Half a cosine from `lr` down to `eta_min` (Loshchilov & Hutter 2017)."""

    name: Literal["CosineAnnealingLR"] = setting(..., NAME)
    args: CosineAnnealingLRArgs = setting(CosineAnnealingLRArgs(), ARGS)


class StepLR(StrictModel):
    """A step down every so many epochs."""

    name: Literal["StepLR"] = setting(..., NAME)
    args: StepLRArgs = setting(..., ARGS)


class MultiStepLR(StrictModel):
    """A step down at each of the given epochs."""

    name: Literal["MultiStepLR"] = setting(..., NAME)
    args: MultiStepLRArgs = setting(..., ARGS)


class ExponentialLR(StrictModel):
    """The same factor after every epoch."""

    name: Literal["ExponentialLR"] = setting(..., NAME)
    args: ExponentialLRArgs = setting(..., ARGS)


class ReduceLROnPlateau(StrictModel):
    """A step down when a metric no longer improves."""

    name: Literal["ReduceLROnPlateau"] = setting(..., NAME)
    args: ReduceLROnPlateauArgs = setting(ReduceLROnPlateauArgs(), ARGS)


class OneCycleLR(StrictModel):
    """Up to `max_lr` and down again, once (Smith & Topin 2018)."""

    name: Literal["OneCycleLR"] = setting(..., NAME)
    args: OneCycleLRArgs = setting(OneCycleLRArgs(), ARGS)


def _named(choice: Any) -> Any:
    return {"name": choice} if isinstance(choice, str) else choice


class _OrBareName:
    """JSON Schema of a choice: the mapping, or the bare name of a class that needs no arguments."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        mapping = handler(core_schema)
        forms = {name: handler.resolve_ref_schema({"$ref": ref}) for name, ref in _tags(mapping).items()}
        bare = [name for name, form in forms.items() if "args" not in form["required"]]
        return {"anyOf": [{"type": "string", "enum": bare}, mapping]}


def _tags(mapping: dict[str, Any]) -> dict[str, str]:
    tags: dict[str, str] = mapping["discriminator"]["mapping"]
    return tags


Optimizer = Annotated[
    Adam | AdamW | NAdam | SGD | RMSprop,
    Field(discriminator="name"),
    BeforeValidator(_named),
    Expects("an optimizer's name, or {name, args}"),
    _OrBareName(),
]
Scheduler = Annotated[
    CosineAnnealingLR | StepLR | MultiStepLR | ExponentialLR | ReduceLROnPlateau | OneCycleLR,
    Field(discriminator="name"),
    BeforeValidator(_named),
    Expects("a schedule's name, or {name, args}"),
    _OrBareName(),
]
