"""How a setting is declared: once, with its type, default, sentence and what it feeds.

Everything else reads these declarations: validation, the plan, the JSON Schema, the reference, `explain`.
Models are frozen and keyword-only, know nothing of torch, and are strict. Of a file's values as they stand they say
what they would say of JSON (`tests/schemas/test_values.py`), so that the YAML file, the JSON Schema and the validator
agree about every value: a tuple takes a list too, and what YAML has no word for is a text.

Modules of models do without `from __future__ import annotations`: Pydantic would evaluate every text at start-up.
"""

from collections.abc import Callable, Mapping
from functools import cache
from json import loads
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core.core_schema import no_info_before_validator_function


class StrictModel(BaseModel):
    """A mapping with a closed set of keys, each strictly typed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, protected_namespaces=(), defer_build=True)


class Setting(NamedTuple):
    """What a declaration says of a setting beside its type, default and sentence.

    `feeds`: the argument it becomes, as `Class.argument` (`Trainer.max_epochs`, `EarlyStopping.patience`).
    `aliases`: older or other names of the same setting; undone by the loader.
    `deprecated_aliases`: those of them that draw a warning.
    `nested`: the mapping it may also be written in (`early_stopping`), with its name there where that differs.
    `short_for`: the setting that a number or list stands for when it is written here (`pruning: 0.3`).
    `deprecated`: what to write instead; the setting still takes effect, with a warning.
    `keeps_null`: `null` is a value of its own here and not "not written".
    `changes_result`: a run that is resumed with another value would no longer mean what its name says.
    `from_data`: attribute of the data module that fills this setting where it is not written.
    `becomes`: what Lightning takes and YAML has no word for: a `timedelta`, a mapping keyed by `epochs`, or the
    dotted path of a class that is called with the mapping.
    `expands`: what an editor writes below the key at first.
    """

    feeds: str = ""
    aliases: tuple[str, ...] = ()
    deprecated_aliases: tuple[str, ...] = ()
    nested: str = ""
    short_for: str = ""
    deprecated: str = ""
    keeps_null: bool = False
    changes_result: bool = False
    from_data: str = ""
    becomes: str = ""
    example: Any = None
    expands: tuple[str, ...] = ()


def setting(default: Any, sentence: str, **says: Any) -> Any:
    """Declare one setting: its default (`...` where it must be written) and its sentence."""
    empty = isinstance(default, list | dict) and not default
    made: Any = {"default_factory": type(default)} if empty else {"default": default}  # Pydantic copies in Python
    info: Any = Field(description=sentence, **made)
    info.metadata.append(Setting(**says))
    return info


def default_value(field: FieldInfo) -> Any:
    """The default of a setting; `PydanticUndefined` where it must be written."""
    return field.get_default(call_default_factory=True, validated_data={})


@cache
def setting_of(model: type[BaseModel], name: str) -> Setting:
    """The declaration behind a field."""
    for marker in model.model_fields[name].metadata:
        if isinstance(marker, Setting):
            return marker
    return Setting()


class Expects(NamedTuple):
    """What a value must be, in a user's words: "an integer ≥ 1, or -1 for no limit"."""

    words: str


class Meanings:
    """What each of the values that can be chosen means, in one sentence."""

    def __init__(self, of: Mapping[Any, str]) -> None:
        self.of = of


def _whole(value: Any) -> Any:
    return int(value) if type(value) is float and value.is_integer() else value


def _whole_above_one(value: Any) -> Any:
    return int(value) if type(value) is float and value > 1 and value.is_integer() else value


def _not_zero(value: int) -> int:
    if value == 0:
        raise ValueError("must not be 0")
    return value


def _count_or_share(value: int | float) -> int | float:
    if value < 0 or (isinstance(value, float) and value > 1):
        raise ValueError("out of range")
    return value


def _interval(value: int | float) -> int | float:
    if value <= 0 or (isinstance(value, float) and value > 1):
        raise ValueError("out of range")
    return value


class Before(NamedTuple):
    """A function that the value goes through first; unlike `BeforeValidator`, its signature is not inspected."""

    function: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Put the function in front of what the type is validated by."""
        return no_info_before_validator_function(self.function, handler(source))


# An integral float serves where an integer is asked (`max_steps: 1e5`), as JSON Schema has it.
Whole = Before(_whole)
Int = Annotated[int, Whole]
PositiveInt = Annotated[int, Field(ge=1), Whole]
NaturalInt = Annotated[int, Field(ge=0), Whole]
IntFromMinusOne = Annotated[int, Field(ge=-1), Whole]
Limit = Annotated[
    int,
    Field(ge=-1, json_schema_extra={"not": {"const": 0}}),
    AfterValidator(_not_zero),
    Whole,
    Expects("an integer ≥ 1, or -1 for no limit"),
]
PositiveFloat = Annotated[float, Field(gt=0)]
NaturalFloat = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
UnitInterval = Annotated[float, Field(ge=0, le=1)]
NonEmpty = Annotated[str, Field(min_length=1)]
ListToo = Field(strict=False)  # of a tuple: a file holds lists

_COUNT_OR_SHARE = '{"anyOf":[{"type":"integer","minimum":0},{"type":"number","minimum":0,"maximum":1}]}'
_INTERVAL = '{"anyOf":[{"type":"integer","minimum":1},{"type":"number","exclusiveMinimum":0,"maximum":1}]}'


class Shape(NamedTuple):
    """The JSON Schema (as text, so that it can be hashed) of a type whose limits live in a validator."""

    schema: str

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """Take the place of what Pydantic would export."""
        shape: dict[str, Any] = loads(self.schema)
        return shape


# Lightning tells 1 (one batch) from 1.0 (all of them): the difference is kept.
BatchLimit = Annotated[
    int | float,
    Field(examples=[0.25]),
    AfterValidator(_count_or_share),
    Before(_whole_above_one),
    Expects("a number of batches (integer ≥ 0) or a share of them (number from 0.0 to 1.0)"),
    Shape(_COUNT_OR_SHARE),
]
CheckInterval = Annotated[
    int | float,
    AfterValidator(_interval),
    Before(_whole_above_one),
    Expects("a number of batches (integer ≥ 1) or a share of an epoch (number above 0.0, up to 1.0)"),
    Shape(_INTERVAL),
]


class DurationParts(StrictModel):
    """A length of time in parts; they add up."""

    days: NaturalInt = setting(0, "Days.")
    hours: NaturalInt = setting(0, "Hours.")
    minutes: NaturalInt = setting(0, "Minutes.")
    seconds: NaturalInt = setting(0, "Seconds.")


Clock = Annotated[
    str,
    Field(pattern=r"^\d+:\d{2}:\d{2}:\d{2}$", examples=["00:12:00:00"]),
    Expects('a duration "DD:HH:MM:SS"'),
]
Duration = Clock | DurationParts
