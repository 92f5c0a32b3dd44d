"""An LDAP or Active Directory server, as the program of an agent uses it."""

from __future__ import annotations

import logging
import re
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, Self, cast

import ldap

from stormpath.agent import names, search
from stormpath.agent.changes.choose import choose
from stormpath.agent.configuration import AD, Configuration, Login
from stormpath.agent.connection import Connection, ConnectionOptions, Tls, connect, uses_tls
from stormpath.agent.contract import Account, Group, Tracker
from stormpath.agent.directory import (
    ACCEPTED,
    REFERRAL,
    REFUSED,
    SILENT,
    UNREACHABLE,
    UNUSABLE,
    DirectoryError,
)
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings
from stormpath.agent.entries import ID_ATTRIBUTES
from stormpath.agent.properties import STARTTLS

_log = logging.getLogger(__name__)

#: How long a bind may take, in seconds: a login waits for ten.
BIND_SECONDS: Final = 8.0

_OUTCOMES: Final = {
    "bind_refused": REFUSED,
    "unreachable": UNREACHABLE,
    "certificate": UNREACHABLE,
    "time_limit": SILENT,
    "referral": REFERRAL,
}
#: How servers refuse a password that is locked, expired or disabled: OpenLDAP's ppolicy, and 389 Directory.
_LOCKED: Final = (ldap.CONSTRAINT_VIOLATION, ldap.UNWILLING_TO_PERFORM, ldap.INSUFFICIENT_ACCESS)

_IDS: Final = ("entryUUID", "nsUniqueId", "ipaUniqueID")
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")

#: How many names a check shows.
EXAMPLES: Final = 3


class LdapDirectory:
    """A server under one configuration (`stormpath.agent.directory.Directory`)."""

    def __init__(self, settings: DirectorySettings, options: ConnectionOptions) -> None:
        self._settings = settings
        self._options = options

    @classmethod
    def open(
        cls,
        configuration: Configuration,
        *,
        ca_file: Path | str | None = None,
        tls: str | None = None,
        check_target: Callable[[str, int], None] | None = None,
        dial: Callable[[str, int], socket.socket] | None = None,
    ) -> Self:
        """Return the server of a configuration; raise `DirectoryError` for one that no server can have.

        ``tls`` is how an encrypted connection begins. ``check_target`` raises `DirectoryProblem` for a host
        and port that must not be connected to, and so does ``dial``, which connects.
        """
        with _told():
            settings = DirectorySettings.from_wire(
                {
                    "config": configuration.config,
                    "kind": configuration.kind,
                    "hashSchemes": configuration.hash_schemes,
                }
            )
        # LDAPS is what sslRequired says anyway; StartTLS is asked for by the file, and then required.
        wanted = cast(Tls, tls) if tls == STARTTLS else None
        return cls(settings, ConnectionOptions(ca_file, wanted, check_target, dial))

    def bind(self, login: Login) -> str:
        """Try the password of a login there, and return the outcome."""
        seconds = min(BIND_SECONDS, login.seconds)
        options = replace(self._options, connect_seconds=seconds, answer_seconds=seconds)
        try:
            outcome = self._bound(login, login.dn, options)
            if outcome != REFUSED:
                return outcome
            # Looked for also where no account is meant: the time must not tell that.
            present = self._present_dn(login.entry_id or str(uuid.uuid4()), options)
            if present is None or present == login.dn or login.entry_id is None:
                return outcome
            return self._bound(login, present, options)
        except DirectoryProblem as problem:
            _log.warning("A password could not be checked: %s", problem)
            return _OUTCOMES.get(problem.kind, UNUSABLE)

    @contextmanager
    def reader(self) -> Iterator[Tracker]:
        """Connect as the agent's user, to read."""
        with _told(), connect(self._settings, options=self._options) as connection:
            yield choose(connection, self._settings)

    def checks(self) -> Iterator[str]:
        """Try what the agent needs, step by step; yield what was found."""
        settings = self._settings
        with _told(), connect(settings, options=self._options, bind=False) as connection:
            yield f"The server at {settings.address} {_encryption(settings, self._options)}."
            connection.bind(settings.user_dn, settings.password)
            yield f"It accepts the bind of {settings.user_dn}."
            for base in dict.fromkeys((settings.base, settings.accounts.base, settings.groups.base)):
                _check_base(connection, base)
                yield f"It has the entry {base}."
            counts = _Counts()
            outcome = choose(connection, settings).run(counts, None)
            yield f"Changes are found by {outcome.report.get('tracker', 'full comparison')}."
            yield _counted("account", settings.accounts.filter, counts.accounts, counts.account_names)
            yield _counted("group", settings.groups.filter, counts.groups, counts.group_names)
            yield from outcome.report.get("notes", ())

    def _bound(self, login: Login, dn: str, options: ConnectionOptions) -> str:
        with connect(self._settings, options=options, bind=False) as connection:
            try:
                connection.bind(dn, login.password)
            except DirectoryProblem as problem:
                if problem.kind != "bind_refused" and not isinstance(problem.__cause__, _LOCKED):
                    raise
                self._log_refusal(dn, problem)
                return REFUSED
            is_meant = login.entry_id is None or self._is_entry(connection, dn, login.entry_id, options)
        return ACCEPTED if is_meant else REFUSED

    def _is_entry(self, connection: Connection, dn: str, entry_id: str, options: ConnectionOptions) -> bool:
        """Tell whether the entry that has bound is the one that logs in.

        Another entry may have its former name, and that one's password is good for itself only.
        """
        asked = search.Search(dn, "(objectClass=*)", ID_ATTRIBUTES, ldap.SCOPE_BASE)
        try:
            found = search.first(connection, asked)
        except DirectoryProblem:
            found = None
        if found is not None and found.id is not None:
            return found.id == entry_id
        # Not every server lets people read their own entry; the agent can read it.
        present = self._present_dn(entry_id, options)
        return present is not None and names.normalized(present) == names.normalized(dn)

    def _log_refusal(self, dn: str, problem: DirectoryProblem) -> None:
        if self._settings.kind == AD:
            from stormpath.agent.active_directory.binds import reason_of

            if (reason := reason_of(problem.diagnostics)) is not None:
                _log.info("The bind of %s was refused: %s.", dn, reason)

    def _present_dn(self, entry_id: str, options: ConnectionOptions) -> str | None:
        """Return the DN that an entry has now; ``None`` when it is not there."""
        with connect(self._settings, options=options) as connection:
            if self._settings.kind == AD:
                from stormpath.agent.active_directory.binds import present_dn

                return present_dn(connection, entry_id)
            if _ID.fullmatch(entry_id) is None:
                return None
            wanted = "".join(f"({each}={entry_id})" for each in _IDS)
            asked = search.Search(self._settings.base, f"(|{wanted})", search.NO_ATTRIBUTES)
            found = search.first(connection, asked)
        return None if found is None else found.dn


class _Counts:
    """A `contract.Sink` that counts."""

    def __init__(self) -> None:
        self.accounts = 0
        self.groups = 0
        self.account_names: list[str] = []
        self.group_names: list[str] = []

    def account(self, account: Account) -> None:
        self.accounts += 1
        if len(self.account_names) < EXAMPLES:
            self.account_names.append(account.dn)

    def group(self, group: Group) -> None:
        self.groups += 1
        if len(self.group_names) < EXAMPLES:
            self.group_names.append(group.dn)

    def members(self, group_id: str, keys: Iterable[str]) -> None:
        for _ in keys:
            pass

    def present(self, kind: str, ids: Iterable[str]) -> None:
        for _ in ids:
            pass

    def gone(self, kind: str, id: str) -> None:
        pass


@contextmanager
def _told() -> Iterator[None]:
    """Raise the problems of the rooms that speak LDAP as `DirectoryError`, within the block."""
    try:
        yield
    except DirectoryProblem as problem:
        raise DirectoryError(f"{problem}{_reason(problem)}") from problem


def _reason(problem: DirectoryProblem) -> str:
    """Return what Active Directory says about a bind of the agent's own that it refused."""
    from stormpath.agent.active_directory.binds import reason_of

    reason = reason_of(problem.diagnostics) if problem.kind == "bind_refused" else None
    return f" The server says that {reason}." if reason else ""


def _encryption(settings: DirectorySettings, options: ConnectionOptions) -> str:
    if not uses_tls(settings, options):
        return "is spoken to without encryption (sslRequired is false)"
    how: Literal["StartTLS", "LDAPS"] = "StartTLS" if options.tls == STARTTLS else "LDAPS"
    return f"is reached by {how}, and its certificate is valid"


def _check_base(connection: Connection, base: str) -> None:
    asked = search.Search(base, "(objectClass=*)", search.NO_ATTRIBUTES, ldap.SCOPE_BASE)
    if search.first(connection, asked) is None:
        raise DirectoryError(
            f"The server shows no entry {base} to agentUserDn: check baseDn, dnSuffix and its access rights."
        )


def _counted(kind: str, search_filter: str, number: int, names: list[str]) -> str:
    some = f", such as {' and '.join(names)}" if names else ""
    return f"{search_filter} matches {number} {kind}{'' if number == 1 else 's'}{some}."
