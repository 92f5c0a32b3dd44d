"""``stormpath agent``: runs the agent of a mirrored directory beside its server, or checks what it needs."""

from __future__ import annotations

import logging
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stormpath.agent.directory import DirectoryError, OpenDirectory
from stormpath.agent.program import AgentProgram
from stormpath.agent.properties import Properties, PropertiesError, read_properties, warn_of_readable
from stormpath.agent.service import REFUSED, Polled, ServiceClient, ServiceError, http_executor
from stormpath.agent.status import Status
from stormpath.cli.errors import FAILED, CommandError
from stormpath.cli.printable import escape_unencodable_output, printable
from stormpath.server.logs.loggers import OneLineFormatter

if TYPE_CHECKING:
    from stormpath.agent.ldap_directory import LdapDirectory

_NO_LDAP: Final = (
    "python-ldap is not installed: pip install 'stormpath[ldap]'. It is compiled; on Debian and Ubuntu it"
    " needs the packages gcc, python3-dev, libldap2-dev and libsasl2-dev."
)


def run_agent(file: Path) -> None:
    """Run an agent until SIGTERM or SIGINT; `CommandError` with status 1 if its key was never accepted."""
    open_directory = _opener(file)
    _log_to_standard_error()
    warn_of_readable(file)
    program = AgentProgram(lambda stopping: _client(read_properties(file), stopping), open_directory)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: program.stop())
    program.start()
    failure = program.wait()
    if failure is not None:
        raise CommandError(str(failure), FAILED)


def check_agent(file: Path) -> None:
    """Try each step of an agent, and print a line for it; `CommandError` at the first that fails."""
    escape_unencodable_output()
    open_directory = _opener(file)
    properties = _read(file)
    client = _client(properties)
    try:
        polled = _asked(client)
        _say(f"The service at {client.url} is reached, and accepts the key of the agent {properties.id}.")
        if polled.configuration is None:
            raise CommandError("The service sent no configuration.", FAILED)
        _say(f"Its directory is {polled.configuration.directory} ({polled.configuration.kind}).")
        for line in open_directory(polled.configuration).checks():
            _say(line)
    except DirectoryError as error:
        raise CommandError(printable(str(error)), FAILED) from error
    finally:
        client.close()


def _asked(client: ServiceClient) -> Polled:
    try:
        return client.poll(None, Status(), logins=0, wait=0)
    except ServiceError as error:
        if error.kind != REFUSED:
            raise CommandError(f"The service at {client.url} cannot be asked: {error}", FAILED) from error
        raise CommandError(
            f"The service at {client.url} does not accept the agent's key: download agent.properties again.",
            FAILED,
        ) from error


def _client(properties: Properties, stopping: threading.Event | None = None) -> ServiceClient:
    return ServiceClient(http_executor(properties), stopping)


def _read(file: Path) -> Properties:
    try:
        return read_properties(file)
    except PropertiesError as error:
        raise CommandError(str(error)) from error


def ldap_directory() -> type[LdapDirectory]:
    """Return the class of LDAP servers; `CommandError` where the extra ``ldap`` is not installed."""
    try:
        from stormpath.agent.ldap_directory import LdapDirectory
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in ("ldap", "_ldap"):
            raise
        raise CommandError(_NO_LDAP) from missing
    return LdapDirectory


def _opener(file: Path) -> OpenDirectory:
    opened, properties = ldap_directory(), _read(file)
    return lambda configuration: opened.open(configuration, ca_file=properties.ca_file, tls=properties.tls)


def _say(line: str) -> None:
    print(printable(line), flush=True)


def _log_to_standard_error() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(OneLineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root: Any = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("stormpath.agent").setLevel(logging.INFO)
