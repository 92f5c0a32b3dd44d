"""The URLs of SQLite databases: of files, and of databases in memory with a name or without one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa

from stormpath.server.domain.storage import CannotOpen

#: The beginning of SQLite's own URIs (https://sqlite.org/uri.html).
_URI: Final = "file:"


def url_of_path(path: os.PathLike[str]) -> str:
    """Return the URL of a file; ``CannotOpen`` for a path that a URL cannot hold."""
    text = os.path.abspath(os.fspath(path))
    if "?" in text:
        raise CannotOpen(
            f"Cannot open the database {text}: a path of a database cannot hold a question mark."
        )
    url = f"sqlite:///{text}"
    # From SQLAlchemy 2.1 on, a URL's path is decoded.
    return url if sa.make_url(url).database == text else f"sqlite:///{quote(text)}"


def is_in_memory(url: sa.URL) -> bool:
    """Tell whether the database lives in this process, and is gone when it is closed."""
    if url.get_backend_name() != "sqlite":
        return False
    return url.database in (None, "", ":memory:") or memory_name(url) is not None


def memory_name(url: sa.URL) -> str | None:
    """Return the name of a database in memory, as in ``sqlite:///file:NAME?mode=memory``; else ``None``.

    The other parameters of SQLite's spelling, ``cache`` and ``uri``, are accepted and mean nothing.
    """
    path = url.database or ""
    name = path.removeprefix(_URI)
    return name if name != path and (name == ":memory:" or url.query.get("mode") == "memory") else None


def refuse_uri(url: sa.URL) -> None:
    """Raise ``CannotOpen`` for a file that is named by a URI of SQLite: its parameters would be ignored."""
    path = url.database or ""
    if path.startswith(_URI) and memory_name(url) is None:
        raise CannotOpen(
            f"Cannot open the database {path}: write sqlite:///users.db for a file, "
            "or sqlite:///file:users?mode=memory for a database in memory."
        )


def identity(url: sa.URL) -> str | None:
    """Return what is the same for all names of a database; ``None`` if no other client can name it."""
    if not is_in_memory(url):
        # A symbolic link is another name of the file that it leads to.
        return f"sqlite:///{os.path.realpath(Path(str(url.database)))}"
    name = memory_name(url)
    return name and f"sqlite:///{_URI}{name}?mode=memory"
