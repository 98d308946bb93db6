"""The site: its examples validate, it builds, and no link is dead."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vibench.config.load import load

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "docs/index.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "docs/guides").glob("*.md")]
SECTIONS = ("environment:", "data:", "model:", "task:", "trainer:", "# yaml-language-server")
EXAMPLES = {
    f"{page.stem}-{number}": block
    for page in sorted(set(PAGES))
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    if block.startswith(SECTIONS)
    and page.stem not in ("migrate", "own-code", "phm-vibench")  # which have tests of their own
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_validates(here: Path, name: str) -> None:
    (here / "c.yaml").write_text(EXAMPLES[name])
    assert load("c.yaml", [], {}).report.errors == ()


@pytest.mark.slow
def test_the_site_builds_and_no_link_is_dead(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-d", str(tmp_path)]
    built = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "reference/settings/index.html").exists()
