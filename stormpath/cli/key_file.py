"""``apiKey.properties``: the file from which clients read their API key."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from stormpath.cli.errors import CommandError
from stormpath.key_files import HOME_FILE, NAMES, Key, KeyFileError, expanded, read_key
from stormpath.server.domain.private_files import create_private, warn_of_readable

DEFAULT: Final = Path(HOME_FILE)


class KeyFile:
    """The key file at a path: an existing one, or a draft of a new one. A context manager.

    Entering it checks everything that can fail about the file, before anything else is done. ``pair`` is the
    (id, secret) of an existing file, or ``None`` if ``write`` may be called. An existing file is never
    changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = _expanded(path)
        self.pair: Key | None = None
        self._draft: Path | None = None
        self._made_folder = False

    def __enter__(self) -> Self:
        if os.path.lexists(self.path):
            self.pair = self._read()
            warn_of_readable([self.path])
        else:
            self._make_folder()
            self._make_draft()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._draft is not None:
            self._draft.unlink(missing_ok=True)
        if self._made_folder and error is not None:
            self.path.parent.rmdir()

    def write(self, key_id: str, secret: str) -> None:
        """Write the key, readable by its owner only; atomically, and never over an existing file."""
        if self._draft is None:
            raise FileExistsError(self.path)
        with self._draft.open("w", encoding="utf-8") as file:
            file.write(
                "".join(f"{name} = {value}\n" for name, value in zip(NAMES, (key_id, secret), strict=True))
            )
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(self._draft, self.path)
        except FileExistsError as error:
            raise CommandError(
                f"Another program has just written {self.path}: run this again to see whose key it holds."
            ) from error

    def _read(self) -> Key:
        try:
            return read_key(self.path)
        except KeyFileError as error:
            raise CommandError(
                f"The API key file {self.path} cannot be used: {error}. {_ELSEWHERE}"
            ) from error

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700)
            self._made_folder = True
        except FileExistsError:
            pass
        except OSError as error:
            raise self._unwritable(error) from error

    def _make_draft(self) -> None:
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}")
        try:
            # Unreadable by others from its creation on, not only once it holds the secret.
            create_private(draft)
        except OSError as error:
            raise self._unwritable(error) from error
        self._draft = draft

    def _unwritable(self, error: OSError) -> CommandError:
        return CommandError(f"The API key file {self.path} cannot be written: {error.strerror}. {_ELSEWHERE}")


_ELSEWHERE: Final = "Name another file with --api-key-file."


def is_default(path: Path) -> bool:
    """Tell whether it is the file that a client of this user reads by itself."""
    try:
        return path == Path(expanded(DEFAULT))
    except KeyFileError:
        return False


def _expanded(path: Path) -> Path:
    try:
        return Path(expanded(path))
    except KeyFileError as error:
        raise CommandError(f"The API key file {path} cannot be used: {error}. {_ELSEWHERE}") from error
