"""The URLs of SQLite databases: of files, and of databases in memory with a name or without one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa

from stormpath.server.domain.storage import CannotOpen

#: The beginning of SQLite's own URIs (https://sqlite.org/uri.html).
_URI: Final = "file:"

#: The parameters of SQLite's own spelling of a database in memory; the last two mean nothing here.
_OF_MEMORY: Final = frozenset({"mode", "cache", "uri"})


@dataclass(frozen=True, slots=True)
class SqliteUrl:
    """A SQLite database: the path of its file, as the URL has it, or ``None`` for one in memory.

    One in memory may have a name, by which the clients of a process share it.
    """

    path: str | None
    name: str | None = None

    @property
    def is_in_memory(self) -> bool:
        """Whether it lives in this process, and is gone when it is closed."""
        return self.path is None

    @property
    def shown(self) -> str:
        """The URL."""
        if self.name is not None:
            return f"sqlite:///{_URI}{self.name}?mode=memory"
        return "sqlite://" if self.path is None else f"sqlite:///{self.path}"

    @property
    def identity(self) -> str | None:
        """What is the same for all names of the database; ``None`` if no other client can name it."""
        if self.path is None:
            return None if self.name is None else self.shown
        # A symbolic link is another name of the file that it leads to.
        return f"sqlite:///{os.path.realpath(self.path)}"


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


def read(url: sa.URL) -> SqliteUrl:
    """Return what a URL says; ``CannotOpen`` for one with parameters, or with a URI of SQLite for a file."""
    path = url.database or ""
    name = path.removeprefix(_URI)
    is_named = name != path and (name == ":memory:" or url.query.get("mode") == "memory")
    if name != path and not is_named:
        raise CannotOpen(
            f"Cannot open the database {path}: write sqlite:///users.db for a file, "
            "or sqlite:///file:users?mode=memory for a database in memory."
        )
    if others := ", ".join(sorted(set(url.query) - (_OF_MEMORY if is_named else set()))):
        raise CannotOpen(
            f"The URL of a SQLite database is sqlite:/// and a path; it has no parameters ({others})."
        )
    if is_named:
        return SqliteUrl(None, name)
    return SqliteUrl(None if path in ("", ":memory:") else path)
