"""Stormpath: user management as a library, a REST service, or both in one process.

``from stormpath import Client`` is the entry point. ``Client`` is loaded on first access, so that reading the
version costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stormpath.client import Client

__version_info__ = ("3", "0", "0")
__version__ = ".".join(__version_info__)
__short_version__ = __version__
__author__ = "The Stormpath project"
__copyright__ = "The Stormpath project and its contributors"

__all__ = [
    "Client",
    "__author__",
    "__copyright__",
    "__short_version__",
    "__version__",
    "__version_info__",
]


def __getattr__(name: str) -> Any:
    if name == "Client":
        from stormpath.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
