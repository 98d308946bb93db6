"""The process environment as pydantic-settings reads it; imported by `train` and from Python, never by `validate`."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from vibench.schemas.process import ProcessVariables


class ProcessSettings(ProcessVariables, BaseSettings):
    """The variables of this process, read when it is made; raises `pydantic.ValidationError` where one is malformed."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")
