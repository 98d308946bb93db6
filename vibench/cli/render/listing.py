"""The parts that a config can name, as text."""

from __future__ import annotations

from vibench.config.context import Context
from vibench.config.listing import page


def render(context: Context, tables: dict[str, str]) -> str:
    """One block for each kind: name, first sentence, and where the part comes from."""
    blocks = []
    for title, table in tables.items():
        pages = [page(offer, context.world) for offer in context.offers.all(table)]
        width = max((len(one.offer.name) for one in pages), default=0)
        lines = [f"  {one.offer.name:<{width}}  {one.sentence} [{one.offer.origin}]" for one in pages]
        blocks.append("\n".join([title, *(lines or ["  (none)"])]))
    return "\n\n".join(blocks)
