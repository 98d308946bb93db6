"""`vibench schema`: the JSON Schema of a config, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

GENERATED = Path(__file__).parent.parent / "schemas" / "vibench.schema.json"


def schema_command(
    output: Annotated[
        str | None, typer.Option("-o", "--output", help="File to write; standard output without it.")
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", help="One section: environment, data, model, task, trainer.")
    ] = None,
    config: Annotated[
        str | None, typer.Option("--for", metavar="FILE", help="Offer what its `imports:` register, too.")
    ] = None,
) -> None:
    """Print the JSON Schema of a whole config file, or of one section."""
    from vibench.cli.arguments import UsageError

    if section is None and config is None:
        document = GENERATED.read_text(encoding="utf-8")  # from the same models, by `make gen`
    else:
        from vibench.cli.surroundings import context_of
        from vibench.config.listing import part_schemas
        from vibench.schemas.export import json_schema, text

        context = context_of(config)
        try:
            document = text(json_schema(section, part_schemas(context.offers, context.world)))
        except KeyError as error:
            raise UsageError(f"there is no section {error}") from None
    if output is None:
        print(document, end="")
        return
    try:
        Path(output).write_text(document, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from None
