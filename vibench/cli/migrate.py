"""`vibench migrate`: rewrite old keys in config files."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vibench.config.migration.migrate import Accept, Migration
    from vibench.config.migration.offer import Offer
    from vibench.diagnostics import Source


def migrate_command(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE…]", help="Files or folders.", show_default=False)
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail if a file would be changed.")] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Also what may change the meaning; on a terminal each is asked for.")
    ] = False,
) -> None:
    """Rewrite old keys, leaving comments and layout alone: shows the difference, or applies it with --write."""
    from vibench.cli.arguments import split, walk

    accept = _accept(unsafe, asking=not check)
    statuses = [_one(name, accept, write=write, check=check) for name in walk(split(files or []).files)]
    raise typer.Exit(max(statuses))


def _one(name: str, accept: Accept, *, write: bool, check: bool) -> int:
    """Migrate one file; the exit status that it asks for."""
    from vibench.cli.exits import Exit, status_of
    from vibench.cli.output import say
    from vibench.config.migration.migrate import migrate
    from vibench.config.reading import read
    from vibench.diagnostics import Report

    source, unreadable = read(name)
    if unreadable:
        report = Report(tuple(unreadable), source)
        say([report])
        return status_of([report])
    migration = migrate(source, accept)
    print("".join(_difference(source, migration.source)), end="")
    print("\n".join(_said(migration)), file=sys.stderr)
    say([migration.report])
    changed = source.text != migration.source.text
    if changed and write:
        _replace(Path(name), migration.source.text)
    return Exit.CONFIG if changed and check else Exit.OK


def _accept(unsafe: bool, *, asking: bool) -> Accept:
    """Who decides about changes that may change the meaning: the option, a person at a terminal, or nobody."""
    terminal = asking and sys.stdin.isatty() and sys.stderr.isatty()

    def decide(offer: Offer) -> bool:
        return offer.safe or unsafe or (terminal and typer.confirm(f"{offer.words}: do it?", err=True))

    return decide


def _difference(old: Source, new: Source) -> Iterator[str]:
    """A unified difference, as `patch` and `git apply` take it."""
    from difflib import unified_diff

    lines = (old.text.splitlines(keepends=True), new.text.splitlines(keepends=True))
    for line in unified_diff(*lines, f"a/{old.name}", f"b/{new.name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _said(migration: Migration) -> Iterator[str]:
    """For a person: the changes, and what was left."""
    yield from (offer.words for offer in migration.changes)
    for offer in migration.declined:
        yield f"not done: {offer.words}; the meaning may change: --unsafe does it"
    yield from (f"not done: {offer.words}: {reason}" for offer, reason in migration.refused)


def _replace(path: Path, text: str) -> None:
    """Write the file whole or not at all, with its mode and its byte order mark; a link stays a link."""
    from shutil import copymode

    from vibench.cli.arguments import UsageError
    from vibench.files import replacing

    path = path.resolve()
    mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
    try:
        with replacing(path) as beside:
            beside.write_bytes(mark + text.encode())
            copymode(path, beside)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
