"""Write the generated files, or with `--check` fail where one is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.pages.cli import cli_page
from tools.pages.diagnostics import diagnostics_page
from tools.pages.old_keys import old_keys_page
from tools.pages.settings import settings_page
from vibench.cli.templates import SCHEMA_LINE, beside, template
from vibench.editor.schema import json_schema, text

ROOT = Path(__file__).parent.parent
GENERATED = {
    "vibench/schemas/vibench.schema.json": lambda: text(json_schema()),
    "docs/reference/settings.md": settings_page,
    "docs/reference/diagnostics.md": diagnostics_page,
    "docs/reference/old_keys.md": old_keys_page,
    "docs/reference/cli.md": cli_page,
    "examples/quickstart.yaml": lambda: _example("quickstart", "examples/quickstart.yaml"),
    "examples/own_code.yaml": lambda: _example("own-code", "examples/own_code.yaml"),
    "examples/own_parts.py": lambda: beside("own-code")["own_parts.py"],
}


def _example(name: str, file: str) -> str:
    """A template as an example of this repository."""
    here = "$schema=../vibench/schemas/vibench.schema.json"
    return template(name).named(file).replace(SCHEMA_LINE, here)


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
