"""What is made by `make gen` is what stands in the repository."""

from __future__ import annotations

import pytest

from tools.generate import GENERATED, ROOT


@pytest.mark.parametrize("name", GENERATED)
def test_it_is_not_stale(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run `make gen`"
