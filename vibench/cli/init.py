"""`vibench init`: a commented starting config."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from typing import Annotated

import typer

VS_CODE = Path(".vscode", "settings.json")


def init_command(
    file: Annotated[str, typer.Argument(metavar="[FILE]", help="File to write.")] = "config.yaml",
    template: Annotated[str, typer.Option("--template", "-t", help="Which config to start from.")] = "quickstart",
    show: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    schema: Annotated[
        bool, typer.Option(help="Write for editors: vibench.schema.json beside it, and VS Code's setting.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> None:
    """Write a commented config that validates, with the JSON Schema for editors beside it."""
    from vibench.cli.arguments import UsageError
    from vibench.cli.templates import NAMES
    from vibench.cli.templates import template as read
    from vibench.config.suggest import closest

    if show:
        width = max(map(len, NAMES))
        print("\n".join(f"{name:<{width}}  {read(name).summary}" for name in NAMES))
        return
    if template not in NAMES:
        match = closest(template, NAMES)
        hint = f"; did you mean `{match}`?" if match else f"; there are {', '.join(NAMES)}"
        raise UsageError(f"there is no template `{template}`{hint}")
    _write(_files(Path(file), template, schema), force)
    print(f"next: vibench validate {file}; vibench train {file}", file=sys.stderr)


def _files(file: Path, template: str, schema: bool) -> dict[Path, str]:
    """What to write; what is there already for editors, whosever, stays as it is."""
    from vibench.cli.schema import GENERATED
    from vibench.cli.templates import beside
    from vibench.cli.templates import template as read

    files = {file: read(template).named(file.name)}
    files |= {file.parent / name: text for name, text in beside(template).items()}
    if schema:
        editors = {
            file.parent / GENERATED.name: GENERATED.read_text(encoding="utf-8"),
            file.parent / VS_CODE: dumps({"yaml.schemas": {f"./{GENERATED.name}": [file.name]}}, indent=2) + "\n",
        }
        files |= {place: text for place, text in editors.items() if not place.exists()}
    return files


def _write(files: dict[Path, str], force: bool) -> None:
    """All files, or none of them where one would be written over."""
    from vibench.cli.arguments import UsageError
    from vibench.files import write_text

    taken = [str(path) for path in files if path.exists()]
    if taken and not force:
        raise UsageError(f"{', '.join(taken)} exists already; --force writes over it")
    for path, text in files.items():
        try:
            write_text(path, text)
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        print(f"wrote {path}", file=sys.stderr)
