"""`vibench schema`: the JSON Schema of a config, for editors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vibench.editor.parts import Parts

GENERATED = Path(__file__).parent.parent / "schemas" / "vibench.schema.json"


class Dialect(StrEnum):
    """The drafts of JSON Schema that can be asked for."""

    newest = "2020-12"
    older = "draft-07"


def schema_command(
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="File to write; standard output without it.")
    ] = None,
    section: Annotated[
        str | None,
        typer.Option("--section", metavar="NAME", help="One section: environment, data, model, task, trainer, …."),
    ] = None,
    draft: Annotated[
        Dialect, typer.Option("--draft", help="Draft of JSON Schema: 2020-12 or draft-07.")
    ] = Dialect.newest,
    config: Annotated[
        str | None,
        typer.Option("--for", metavar="FILE", help="Know what plug-ins and the `imports:` of this config register."),
    ] = None,
) -> None:
    """Print the JSON Schema of a whole config file, or of one section."""
    from vibench.cli.arguments import UsageError
    from vibench.files import write_text

    document = _document(section, draft, config)
    if output is None:
        print(document, end="")
        return
    try:
        write_text(Path(output), document)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None


def _document(section: str | None, draft: Dialect, config: str | None) -> str:
    if section is None and draft is Dialect.newest and config is None:
        return GENERATED.read_text(encoding="utf-8")  # from the same models, by `make gen`
    from vibench.cli.arguments import UsageError
    from vibench.editor.schema import NO_PARTS, json_schema, text

    try:
        return text(json_schema(section, draft.value, _parts(config) if config else NO_PARTS))
    except KeyError as error:
        raise UsageError(f"there is no section {error}") from None


def _parts(config: str) -> Parts:
    """The arguments of what installed packages and the modules under `imports:` register."""
    from vibench.cli.surroundings import context_of
    from vibench.config.listing import part_schemas

    context = context_of(config)
    return part_schemas(context.offers, context.world)
