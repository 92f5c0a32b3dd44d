"""Pages: a path, what answers its methods, and who may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest

#: Answers a request: by ``render``, ``redirect`` or ``send``, all of the request.
View = Callable[["ConsoleRequest"], None]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the console. ``path`` is below its root, with parameters in braces: ``/accounts/{id}``.

    Only an administrator with an open session sees one that is not ``public``. ``section`` is the main tab
    that it belongs to.
    """

    path: str
    get: View | None = None
    post: View | None = None
    public: bool = False
    section: str = ""
