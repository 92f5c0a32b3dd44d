"""Another name of :mod:`stormpath.resources`, with :class:`stormpath.error.Error` besides.

Documents of old import from here: ``from stormpath.resource import Account, Error``.
"""

from typing import TYPE_CHECKING, Any

from stormpath import resources
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources import *  # noqa: F403 - what this module is: every name of the other

__all__ = ["Error", *resources.__all__]


def __getattr__(name: str) -> Any:
    # Each class is loaded when it is first asked for, as in the package.
    return getattr(resources, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(resources)})
