"""Actions before the methods of one object, where Lightning has no hook."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def before(owner: Any, name: str, action: Callable[..., None]) -> None:
    """Run `action`, with the same arguments, before a method of one object; it takes the place of an earlier one."""
    release(owner, name)
    method = getattr(owner, name)

    @wraps(method)
    def both(*args: Any) -> Any:
        action(*args)
        return method(*args)

    setattr(owner, name, both)


def release(owner: Any, *names: str) -> None:
    """Leave the methods as their class has them."""
    for name in names:
        vars(owner).pop(name, None)
