"""An alias of :mod:`stormpath.resources`, with :class:`stormpath.error.Error` added.

Older documentation imports from here: ``from stormpath.resource import Account, Error``.
"""

from typing import TYPE_CHECKING, Any

from stormpath import resources
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources import *  # noqa: F403 - the module re-exports every name of the other

__all__ = ["Error", *resources.__all__]


def __getattr__(name: str) -> Any:
    # Each class is loaded on first access, as in the package.
    return getattr(resources, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(resources)})
