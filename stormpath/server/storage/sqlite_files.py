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
        #: The file itself, at the end of the symbolic links. SQLite puts its own files beside it.
        self.target = Path(os.path.realpath(path))
        self._identity: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        """The URI with which SQLite opens the file and never creates one."""
        return f"file:{quote(str(self.path))}?mode=rw"

    def all_paths(self) -> list[Path]:
        """Return the file's path, and those of the files that SQLite may put beside it."""
        return [self.path, *(self._beside(each) for each in BESIDE)]

    @property
    def key_path(self) -> Path:
        """The file of the secret key: beside the database, by whatever name that is opened.

        One that lies beside a symbolic link, where it was put in the past, stays there.
        """
        beside_link = self.path.with_name(f"{self.path.name}.key")
        key = self._beside(".key")
        return beside_link if beside_link.exists() and not key.exists() else key

    def _beside(self, ending: str) -> Path:
        return self.target.with_name(self.target.name + ending)

    def refuse_unusable(self) -> None:
        """Raise ``CannotOpen`` with the reason, which SQLite would leave out."""
        path, target = self.path, self.target
        if target.is_dir():
            raise self._cannot_open("it is a folder, not a file")
        if target.is_symlink():
            raise self._cannot_open("its symbolic links lead in a circle")
        if target.exists() and not target.is_file():
            raise self._cannot_open("it is a device or a pipe, not a file")
        if not target.exists() and not target.parent.is_dir():
            link = f"it is a symbolic link to {target}, and " if path.is_symlink() else ""
            raise self._cannot_open(f"{link}the folder {target.parent} does not exist")
        if target.exists() and not os.access(target, os.R_OK | os.W_OK):
            raise self._cannot_open("this user may not read and write it")
        if target.exists() and not os.access(target.parent, os.W_OK | os.X_OK):
            raise self._cannot_open(
                f"this user may not write in the folder {target.parent}, where SQLite puts files beside it"
            )

    def _cannot_open(self, reason: str) -> CannotOpen:
        return CannotOpen(f"Cannot open the database {self.path}: {reason}.")

    def create(self) -> None:
        """Create an empty file, unless there is one. At the end of a symbolic link, if the path is one."""
        try:
            create_private(self.target)
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
                "Restart the service, or make a new Client, to use the file that is there now"
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
