"""The file of a SQLite database: created for its owner only, and noticed when it is deleted or replaced.

SQLite gives the files beside it (``-wal``, ``-shm``, a journal) the permissions of the database's own file,
whatever the umask is (https://sqlite.org/src/file/src/os_unix.c, ``findCreateFileMode``).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from urllib.parse import quote

from stormpath.server.domain.private_files import create_private
from stormpath.server.domain.storage import CannotOpen, Unavailable

#: What SQLite puts beside a database, by the end of its name.
BESIDE: Final = ("-wal", "-shm", "-journal")


class DatabaseFile:
    """The file that a process opened first under a path.

    Connections stay with a file that is deleted, and what they write is lost; so the file is compared with
    the one at the path before each transaction that writes. ``check`` costs one ``stat``, about 2 us.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        """The URI with which SQLite opens the file and never creates one."""
        return f"file:{quote(str(self.path))}?mode=rw"

    def all_paths(self) -> list[Path]:
        """Return the file's path, and those of the files that SQLite may put beside it."""
        return [self.path, *(self.path.with_name(self.path.name + each) for each in BESIDE)]

    def refuse_unusable(self) -> None:
        """Raise ``CannotOpen`` with the reason, which SQLite would leave out."""
        path = self.path
        if path.is_dir():
            raise CannotOpen(f"Cannot open the database {path}: it is a folder, not a file.")
        if not path.exists() and not path.parent.is_dir():
            raise CannotOpen(f"Cannot open the database {path}: the folder {path.parent} does not exist.")
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            raise CannotOpen(f"Cannot open the database {path}: this user may not read and write it.")
        if path.exists() and not os.access(path.parent, os.W_OK | os.X_OK):
            raise CannotOpen(
                f"Cannot open the database {path}: this user may not write in the folder {path.parent}, "
                "where SQLite puts files beside it."
            )

    def create(self) -> None:
        """Create an empty file, unless there is one. At the end of a symbolic link, if the path is one."""
        try:
            create_private(Path(os.path.realpath(self.path)))
        except FileExistsError:
            pass
        except OSError as error:
            raise CannotOpen(f"Cannot create the database {self.path}: {error.strerror}.") from error

    def opened(self) -> None:
        """Remember the file that was just opened, if it is the first; otherwise check that it is the same."""
        if self._identity is None:
            self._identity = self._current()
        self.check()

    def check(self) -> None:
        """Raise ``Unavailable`` when the path leads to another file than at first, or to none."""
        if self.is_lost:
            raise Unavailable(
                f"The database file {self.path} was deleted or replaced while it was in use. "
                "Restart the service to use the file that is there now"
            )

    @property
    def is_lost(self) -> bool:
        """Whether the path leads to another file than at first, or to none."""
        return self._current() != self._identity

    def _current(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return found.st_dev, found.st_ino
