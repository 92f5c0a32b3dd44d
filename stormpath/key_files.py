"""Properties files: with an API key, which clients read and ``stormpath init`` writes; and of agents."""

import os

#: The file of a user, where no other source of credentials is named.
HOME_FILE = "~/.stormpath/apiKey.properties"

#: The names of id and secret in a file.
NAMES = ("apiKey.id", "apiKey.secret")

#: The longest file that is read, in bytes. A key takes about a hundred.
MAX_BYTES = 64 * 1024

# What editors and shells leave at the ends of a value, `str.strip` takes away, but for the byte order mark.
_BYTE_ORDER_MARK = "\ufeff"

Key = tuple[str, str]


class KeyFileError(ValueError):
    """A file that holds no API key. The text is the reason alone, without the file's name or contents."""


def read_key(path: str | os.PathLike[str], names: Key = NAMES) -> Key:
    """Return id and secret from a file of ``name = value`` lines; `KeyFileError` when it has no key.

    The text is UTF-8, with or without a byte order mark, with line ends of any system. A line is split at its
    first ``=``; one without, or that begins with ``#``, is a comment. ``~`` is the home folder.
    """
    values = read_values(path)
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise KeyFileError(f"it has no {' and no '.join(missing)}")
    return values[names[0]], values[names[1]]


def read_values(path: str | os.PathLike[str]) -> dict[str, str]:
    """Return the values in a file by their names; `KeyFileError` when it cannot be read."""
    return _values(_text_of(expanded(path)))


def expanded(path: str | os.PathLike[str]) -> str:
    """Return the path with its ``~`` replaced; `KeyFileError` where that home folder is not known."""
    text = os.path.expanduser(os.fspath(path))
    if text.startswith("~"):
        raise KeyFileError(f"the home folder ({text.partition(os.sep)[0]}) is not known: set HOME")
    return text


def trimmed(value: str) -> str:
    """Return a value without the line ends, blanks and byte order marks around it."""
    while value != (shorter := value.strip().strip(_BYTE_ORDER_MARK)):
        value = shorter
    return value


def _text_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"it cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KeyFileError(f"it cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise KeyFileError(f"it is longer than {MAX_BYTES // 1024} KiB, and no key file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Without its cause, which holds the content.
        raise KeyFileError("it is not UTF-8 text") from None


def _values(text: str) -> dict[str, str]:
    lines = (line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): trimmed(value) for name, _, value in pairs}
