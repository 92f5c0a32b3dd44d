"""Connections to an LDAP server: opened with time limits, over TLS that is checked, and bound.

Referrals are never followed by the library: it would send the password to any server over any connection.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, Self

import ldap
from ldap.ldapobject import SimpleLDAPObject

from stormpath.agent.certificate_check import certificate_problem
from stormpath.agent.directory_problems import DirectoryProblem, problem, translated
from stormpath.agent.directory_settings import DirectorySettings

__all__ = ["Connection", "ConnectionOptions", "DirectoryProblem", "DirectorySettings", "Tls", "connect"]

#: How TLS begins: with the connection (port 636), or on a plain connection by a request.
Tls = Literal["ldaps", "starttls"]

_TLS_1_2: Final = 0x303
_REFUSED: Final = (
    ldap.INVALID_CREDENTIALS,
    ldap.INAPPROPRIATE_AUTH,
    ldap.INVALID_DN_SYNTAX,
    ldap.NO_SUCH_OBJECT,
)


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How to connect, apart from what the configuration of the directory says."""

    #: The certificates that may have signed the server's, in PEM; without it those of the system.
    ca_file: Path | str | None = None
    #: ``None``: LDAPS where TLS is required, else no TLS.
    tls: Tls | None = None
    #: Raises ``DirectoryProblem`` where the agent must not connect to that host and port.
    check_target: Callable[[str, int], None] | None = None
    #: Connects to a host and port, where a name must lead to what was checked. LDAPS does not use it: there
    #: the certificate proves the name.
    dial: Callable[[str, int], socket.socket] | None = None
    #: Seconds for a connection, and for the answer to one request.
    connect_seconds: float = 10
    answer_seconds: float = 60


class Connection:
    """A connection that one thread uses. ``raw`` is the library's object."""

    def __init__(
        self, settings: DirectorySettings, options: ConnectionOptions, raw: SimpleLDAPObject
    ) -> None:
        self.settings = settings
        self.options = options
        self.raw = raw

    @property
    def address(self) -> str:
        """Host and port, for a person."""
        return self.settings.address

    def bind(self, dn: str, password: str) -> None:
        """Prove to be that user; raise ``DirectoryProblem``: ``bind_refused`` for a wrong DN or password.

        An empty password or DN is refused here: servers take such a bind for an anonymous one, and accept it.
        """
        if not password or not dn.strip() or "\0" in dn:
            raise DirectoryProblem("bind_refused", f"A bind needs a DN and a password, at {self.address}.")
        try:
            with translated(self.address, base=dn):
                self.raw.simple_bind_s(dn, password.encode())
        except DirectoryProblem as failure:
            if not isinstance(failure.__cause__, _REFUSED):
                raise
            message = f"The LDAP server at {self.address} refused the DN or the password of {dn}."
            raise DirectoryProblem("bind_refused", message, failure.diagnostics) from failure.__cause__

    def abandon(self, number: int) -> None:
        """Tell the server that the rest of an answer is not wanted; the connection may be closed already."""
        with suppress(ldap.LDAPError, AttributeError):
            self.raw.abandon_ext(number)

    def close(self) -> None:
        """End the connection; a server that does not answer is not waited for."""
        with suppress(ldap.LDAPError, AttributeError):
            self.raw.unbind_ext_s()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def connect(
    settings: DirectorySettings,
    *,
    ca_file: Path | str | None = None,
    tls: Tls | None = None,
    check_target: Callable[[str, int], None] | None = None,
    bind: bool = True,
    options: ConnectionOptions | None = None,
) -> Connection:
    """Connect to the server of the settings, and bind as its ``agentUserDn`` unless told otherwise.

    Raises ``DirectoryProblem``. Give ``options`` instead of the single arguments where the times matter.
    """
    options = options or ConnectionOptions(ca_file, tls, check_target)
    connection = _open(settings, options)
    if bind:
        try:
            _bind_agent(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_elsewhere(connection: Connection, host: str, port: int, *, is_ldaps: bool) -> Connection:
    """Connect and bind to a server that this connection's server refers to, with no less TLS than here."""
    is_tls = uses_tls(connection.settings, connection.options) or is_ldaps
    tls: Tls = "ldaps" if is_ldaps else "starttls"
    return connect(
        replace(connection.settings, host=host, port=port, is_tls=is_tls),
        options=replace(connection.options, tls=tls if is_tls else None),
    )


def uses_tls(settings: DirectorySettings, options: ConnectionOptions) -> bool:
    """Tell whether the connection is encrypted: where the configuration or the agent's own file says so."""
    return settings.is_tls or options.tls is not None


def _bind_agent(connection: Connection) -> None:
    settings = connection.settings
    try:
        connection.bind(settings.user_dn, settings.password)
    except DirectoryProblem as failure:
        if failure.kind != "bind_refused":
            raise
        advice = f"{failure.message} Check agentUserDn and agentUserDnPassword."
        raise DirectoryProblem(failure.kind, advice, failure.diagnostics) from failure.__cause__


def _open(settings: DirectorySettings, options: ConnectionOptions) -> Connection:
    if options.check_target is not None:
        options.check_target(settings.host, settings.port)
    is_encrypted = uses_tls(settings, options)
    is_starttls = options.tls == "starttls"
    scheme = "ldaps" if is_encrypted and not is_starttls else "ldap"
    with translated(settings.address):
        # The library closes the socket.
        dialed = options.dial(settings.host, settings.port) if options.dial and scheme == "ldap" else None
        raw = ldap.initialize(
            f"{scheme}://{settings.address}",
            bytes_strictness="silent",
            fileno=None if dialed is None else dialed.detach(),
        )
        for option, value in _library_options(options).items():
            raw.set_option(option, value)
        if is_encrypted:
            _require_certificate(raw, options)
    connection = Connection(settings, options, raw)
    try:
        if is_encrypted:
            _begin_tls(connection, is_starttls=is_starttls)
    except BaseException:
        connection.close()
        raise
    return connection


def _library_options(options: ConnectionOptions) -> dict[int, Any]:
    # All of these, because the library also reads /etc/ldap/ldap.conf, .ldaprc and the environment.
    return {
        ldap.OPT_PROTOCOL_VERSION: 3,
        ldap.OPT_REFERRALS: 0,
        ldap.OPT_DEREF: ldap.DEREF_NEVER,
        ldap.OPT_SIZELIMIT: 0,
        ldap.OPT_TIMELIMIT: 0,
        ldap.OPT_RESTART: 1,
        # Without this one, the library waits for ever for a server that falls silent while TLS begins.
        ldap.OPT_CONNECT_ASYNC: 1,
        ldap.OPT_NETWORK_TIMEOUT: options.connect_seconds,
        ldap.OPT_TIMEOUT: options.answer_seconds,
        ldap.OPT_X_KEEPALIVE_IDLE: 60,
        ldap.OPT_X_KEEPALIVE_PROBES: 3,
        ldap.OPT_X_KEEPALIVE_INTERVAL: 20,
    }


def _require_certificate(raw: SimpleLDAPObject, options: ConnectionOptions) -> None:
    ca_file = options.ca_file or ssl.get_default_verify_paths().cafile
    if options.ca_file is not None and not Path(options.ca_file).is_file():
        raise DirectoryProblem("certificate", f"The file of certificates {options.ca_file} is not there.")
    if ca_file is not None:
        raw.set_option(ldap.OPT_X_TLS_CACERTFILE, str(ca_file))
    raw.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
    raw.set_option(ldap.OPT_X_TLS_PROTOCOL_MIN, _TLS_1_2)
    # The last one: it makes the options before it count for this connection.
    raw.set_option(ldap.OPT_X_TLS_NEWCTX, 0)


def _begin_tls(connection: Connection, *, is_starttls: bool) -> None:
    """Let TLS begin now, to tell a wrong certificate from a server that is down."""
    raw, address = connection.raw, connection.address
    try:
        if is_starttls:
            raw.start_tls_s()
        else:
            # Any request begins the connection; this one asks for nothing.
            raw.search_ext_s("", ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])
    except (ldap.SERVER_DOWN, ldap.CONNECT_ERROR) as error:
        if _is_timeout(error):
            raise problem(error, address) from error
        options = connection.options
        found = certificate_problem(
            connection.settings, options.ca_file, options.connect_seconds, is_starttls=is_starttls
        )
        raise found or problem(error, address) from error
    except (ldap.PROTOCOL_ERROR, ldap.UNAVAILABLE, ldap.UNWILLING_TO_PERFORM, ldap.OPERATIONS_ERROR) as error:
        if not is_starttls:
            raise problem(error, address) from error
        advice = "give it a certificate, or use LDAPS."
        raise DirectoryProblem(
            "certificate", f"The LDAP server at {address} does not offer StartTLS: {advice}"
        ) from error
    except ldap.LDAPError as error:
        # Without a bind a server may refuse the question: TLS has begun.
        if is_starttls or isinstance(error, ldap.TIMEOUT):
            raise problem(error, address) from error


def _is_timeout(error: ldap.LDAPError) -> bool:
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return told.get("errno") == errno.ETIMEDOUT
