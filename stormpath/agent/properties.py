"""The properties file of an agent: the service, the key, and how to trust the directory's server."""

from __future__ import annotations

import ipaddress
import logging
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from stormpath.base_url import normalized
from stormpath.key_files import KeyFileError, expanded, read_values, trimmed

_log = logging.getLogger(__name__)

ID: Final = "agent.id"
KEY: Final = "agent.key"
SERVICE_URL: Final = "agent.serviceUrl"
SERVICE_CA_FILE: Final = "agent.serviceCaFile"
CA_FILE: Final = "agent.caFile"
TLS: Final = "agent.tls"

#: The environment variable that replaces each of these properties.
VARIABLES: Final = {
    ID: "STORMPATH_AGENT_ID",
    KEY: "STORMPATH_AGENT_KEY",
    SERVICE_URL: "STORMPATH_AGENT_SERVICEURL",
}

LDAPS: Final = "ldaps"
STARTTLS: Final = "starttls"

#: Longer ones are none of this service.
_MAX_CHARACTERS: Final = 200


class PropertiesError(ValueError):
    """A properties file cannot be used. The text says why and what to do, without values that are secret."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What an agent needs to know before it can ask the service for its configuration.

    ``ca_file`` holds the certificates that the directory's server is checked with, ``service_ca_file`` those
    of the service, in PEM; without one, those of the system are trusted. ``tls`` says how a connection with
    ``sslRequired`` begins: ``ldaps`` or ``starttls``.
    """

    id: str
    key: str = field(repr=False)
    service_url: str
    service_ca_file: str | None = None
    ca_file: str | None = None
    tls: str = LDAPS


def read_properties(path: str | os.PathLike[str], environ: Mapping[str, str] | None = None) -> Properties:
    """Return the properties in a file; those in the environment go before. Raises `PropertiesError`."""
    try:
        values = read_values(path)
        name = expanded(path)
    except KeyFileError as error:
        raise PropertiesError(
            f"The agent's file {os.fspath(path)} cannot be used: {error}. Download agent.properties from the"
            " Admin Console, or from the agent's download link."
        ) from error
    source = os.environ if environ is None else environ
    values |= {
        each: given for each, variable in VARIABLES.items() if (given := trimmed(source.get(variable, "")))
    }
    missing = [each for each in VARIABLES if not values.get(each)]
    if missing:
        raise PropertiesError(
            f"The agent's file {os.fspath(path)} has no {' and no '.join(missing)}: download it again."
        )
    return Properties(
        _checked(ID, values[ID]),
        _checked(KEY, values[KEY]),
        _service_url(values[SERVICE_URL]),
        _file(SERVICE_CA_FILE, values, name),
        _file(CA_FILE, values, name),
        _tls(values.get(TLS)),
    )


def _checked(name: str, value: str) -> str:
    if len(value) > _MAX_CHARACTERS or not value.isascii() or not value.isprintable() or " " in value:
        # The value is not shown: it may be the key.
        raise PropertiesError(f"{name} is none that the service gives: download agent.properties again.")
    return value


def _service_url(text: str) -> str:
    try:
        url = normalized(text, f"The value of {SERVICE_URL}")
    except ValueError as error:
        raise PropertiesError(f"{error}.") from error
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise PropertiesError(f"{SERVICE_URL} holds a user name or a password: the agent has a key instead.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise PropertiesError(
            f"{SERVICE_URL} is {url}: passwords and hashes would travel unencrypted. Use https://; plain http://"
            " is possible only to this machine itself (localhost)."
        )
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _file(name: str, values: Mapping[str, str], of: str) -> str | None:
    value = values.get(name)
    if not value:
        return None
    # A relative path is beside the properties file, wherever the program is started.
    path = Path(of).parent / Path(value).expanduser()
    if not os.access(path, os.R_OK) or not path.is_file():
        raise PropertiesError(
            f"{name} names {path}, which cannot be read: it must be a file of certificates."
        )
    return str(path)


def _tls(value: str | None) -> str:
    chosen = (value or LDAPS).lower()
    if chosen not in (LDAPS, STARTTLS):
        raise PropertiesError(f"{TLS} must be {LDAPS} or {STARTTLS}, not {value!r}.")
    return chosen


def warn_of_readable(path: str | os.PathLike[str]) -> None:
    """Log a warning when others than the owner may read a properties file."""
    mode = stat.S_IMODE(os.stat(expanded(path)).st_mode)
    if mode & 0o077:
        _log.warning(
            "Others than the owner may read the agent's key in %s (mode %04o): chmod 600 %s", path, mode, path
        )
