"""`docs/reference/old_keys.md`: what became of each old key."""

from __future__ import annotations

from tools.pages import HEAD
from vibench.schemas import removed


def old_keys_page() -> str:
    """`docs/reference/old_keys.md`."""
    lines = [
        HEAD,
        "# Old keys",
        "",
        "Keys and values that are no more, and what `vibench migrate` does about each.",
        "",
    ]
    for name, table in removed.TABLES.items():
        lines += [f"## {name}", "", "| old | in Lightning up to | what to write | `migrate` |", "|---|---|---|---|"]
        lines += [f"| `{key}` | {row.until} | {row.instead} | {_rewritten(row)} |" for key, row in table.items()]
        lines.append("")
    lines += ["## Values", "", "| old | what to write | `migrate` |", "|---|---|---|"]
    for key, values in removed.VALUES.items():
        lines += [f"| `{key}: {one}` | {row.instead} | {_rewritten(row)} |" for one, row in values.items()]
    return "\n".join(lines) + "\n"


def _rewritten(row: removed.Old) -> str:
    if row.inside:
        return "moves its settings"
    if not row.rewrites:
        return "names it"
    return "rewrites it" if all(one.safe for one in row.rewrites) else "asks"
