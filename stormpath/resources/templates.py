"""Support for template engines, which call what they find: Django, and the sandbox of Jinja2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def alters_data(method: F) -> F:
    """Mark a method that changes something: ``{{ account.delete }}`` must not delete the account.

    Methods that override it in a class of records are marked too.
    """
    method.alters_data = True  # type: ignore[attr-defined]  # functions take any attribute
    return method


def mark_overriding(cls: type) -> None:
    """Mark the methods of a class that override marked ones."""
    for name, each in vars(cls).items():
        if callable(each) and getattr(getattr(super(cls, cls), name, None), "alters_data", False):
            alters_data(each)
