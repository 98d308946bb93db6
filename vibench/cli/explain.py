"""`vibench explain`: one key, one diagnostic code or one registered name."""

from __future__ import annotations

from typing import Annotated

import typer


def explain_command(
    name: Annotated[str, typer.Argument(metavar="KEY", help="A key in any spelling, a code, or a registered name.")],
    config: Annotated[
        str | None, typer.Option("--for", metavar="FILE", help="Know what its `imports:` register, too.")
    ] = None,
) -> None:
    """Say what a key, a diagnostic code or a registered name means: type, default, effect, other names, an example."""
    from difflib import get_close_matches

    from vibench.cli.arguments import UsageError
    from vibench.cli.catalog import find, names, registered
    from vibench.cli.render.explain import as_text
    from vibench.cli.surroundings import context_of
    from vibench.config.suggest import closest

    topics = find(name) or registered(name, context_of(config))
    if not topics:
        known = names()
        close = list(dict.fromkeys([*filter(None, [closest(name, known)]), *get_close_matches(name, known, 3, 0.6)]))
        hint = f"; did you mean {', '.join(f'`{one}`' for one in close)}?" if close else ""
        raise UsageError(f"nothing is known as `{name}`{hint}")
    print(as_text(topics))
