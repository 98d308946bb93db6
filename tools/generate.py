"""Write the generated files, or with `--check` fail where one is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.reference import diagnostics_page, settings_page
from vibench.editor.schema import json_schema, text

ROOT = Path(__file__).parent.parent
GENERATED = {
    "vibench/schemas/vibench.schema.json": lambda: text(json_schema()),
    "docs/reference/settings.md": settings_page,
    "docs/reference/diagnostics.md": diagnostics_page,
}


def main() -> int:
    """Generate, or compare."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, make in GENERATED.items():
        path, content = ROOT / name, make()
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            stale.append(name)
        elif not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    for name in stale:
        print(f"{name} is stale: run `make gen`", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
