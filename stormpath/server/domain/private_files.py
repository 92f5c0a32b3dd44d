"""Files that only their owner may read: databases and keys."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

#: Read and write for the owner, nothing for others.
PRIVATE: Final = 0o600


def create_private(path: Path) -> None:
    """Create an empty file that only its owner may read, whatever the umask is.

    Raises ``FileExistsError`` for a path that exists, and other errors of the operating system.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        # The umask takes permissions away, the owner's too.
        os.fchmod(descriptor, PRIVATE)
    finally:
        os.close(descriptor)


def warn_of_readable(paths: Iterable[Path]) -> None:
    """Log each of these files that others than its owner may read or write, and which exist."""
    for path in paths:
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except OSError:
            continue
        if mode & 0o077:
            _log.warning(
                "Others than the owner may use the file %s (mode %04o). Unless that is meant: chmod 600 %s",
                path,
                mode,
                path,
            )
