"""`vibench migrate`: rewrite old keys in config files."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vibench.config.migration.migrate import Accept, Migration
    from vibench.config.migration.offer import Offer
    from vibench.diagnostics import Diagnostic, Report, Source


def migrate_command(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE…]", help="Files or folders.", show_default=False)
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change the files.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Fail if a file would be changed.")] = False,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Also what may change the meaning; on a terminal each is asked for.")
    ] = False,
    args: Annotated[
        bool, typer.Option("--args", help="Put settings that stand flat in `trainer` below `args`.")
    ] = False,
) -> None:
    """Rewrite old keys, leaving comments and layout alone: shows the difference, or applies it with --write."""
    from vibench.cli.arguments import split, walk
    from vibench.cli.exits import Exit, status_of

    accept = _accept(unsafe, asking=not check)
    names = walk(split(files or []).files)
    changed, reports = False, []
    for name in names:
        migration, old = _migrated(name, accept, below_args=args)
        reports.append(migration.report)
        if migration.source.text != old:
            changed = True
            print("".join(_difference(migration.source, old)), end="")
            if write:
                _replace(Path(name), migration.source.text)
        for line in _said(migration, changes=len(names) == 1):
            print(line, file=sys.stderr)
    _say_what_is_left(reports)
    raise typer.Exit(max(status_of(reports), Exit.CONFIG if changed and check else Exit.OK))


def _migrated(name: str, accept: Accept, *, below_args: bool) -> tuple[Migration, str]:
    """What comes of a file, and the text that it holds; of one that cannot be read, why."""
    from vibench.config.migration.migrate import Migration, migrate
    from vibench.config.reading import read
    from vibench.diagnostics import Report

    source, unreadable = read(name)
    if unreadable:
        return Migration(source, report=Report(tuple(unreadable), source)), source.text
    return migrate(source, accept, below_args=below_args), source.text


def _say_what_is_left(reports: list[Report]) -> None:
    """The findings of one file in full, those of several by their codes; and the total."""
    from vibench.cli.output import say
    from vibench.cli.render.colour import paint_for
    from vibench.cli.render.text import render_by_code

    if len(reports) == 1:
        say(reports)
    else:
        print(render_by_code(reports, paint_for(sys.stderr)), file=sys.stderr)


def _accept(unsafe: bool, *, asking: bool) -> Accept:
    """Who decides about changes that may change the meaning: the option, a person at a terminal, or nobody."""
    terminal = asking and sys.stdin.isatty() and sys.stderr.isatty()

    def decide(offer: Offer) -> bool:
        return offer.safe or unsafe or (terminal and typer.confirm(f"{offer.words}: do it?", err=True))

    return decide


def _difference(new: Source, old: str) -> Iterator[str]:
    """A unified difference, as `patch` and `git apply` take it."""
    from difflib import unified_diff

    before, after = (list(StringIO(text, newline="\n")) for text in (old, new.text))  # `patch` knows no other break
    for line in unified_diff(before, after, f"a/{new.name}", f"b/{new.name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _said(migration: Migration, *, changes: bool) -> Iterator[str]:
    """For a person: the changes, and a line for everything that could not be done, with the reason."""
    if changes:
        yield from (offer.words for offer in migration.changes)
    told: set[str] = set()
    declined = [(offer, "the meaning may change: --unsafe does it") for offer in migration.declined]
    for offer, reason in (*migration.refused, *declined):
        if offer.path in told:
            continue
        told.add(offer.path)
        yield f"not done: {offer.words}: {reason}{_place(offer.finding)}"
    for finding in migration.report.errors:
        if finding.path not in told:
            hint = f" ({finding.hint})" if finding.hint else ""
            yield f"not done: {finding.path or 'the file'}: {finding.message}{hint}{_place(finding)}"


def _place(finding: Diagnostic | None) -> str:
    return f" [{finding.span}]" if finding is not None and finding.span else ""


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
