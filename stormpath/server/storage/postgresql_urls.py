"""URLs of PostgreSQL databases. libpq reads them, so that they mean what they mean to ``psql``.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import unquote

import psycopg
from psycopg import conninfo, pq

from stormpath.server.domain.storage import CannotOpen

#: The one parameter that is not libpq's: after how many runs of a statement it is prepared.
PREPARE_THRESHOLD: Final = "prepare_threshold"

#: Parameters that hold secrets.
SECRETS: Final = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)

_SCHEME: Final = re.compile(r"postgres(?:ql)?(?:\+\w+)?://", re.IGNORECASE)

_USER: Final = re.compile("postgresql://[^@/]*@")

#: A name of the form that libpq's parameters have: others may be a part of a password.
_NAME: Final = re.compile(r"[A-Za-z]\w{0,39}", re.ASCII)

_LONGEST: Final = 8192


class PostgresqlUrl:
    """A database of PostgreSQL, and how it is reached.

    ``parameters`` are those of the URL by libpq's names. What it leaves out comes from where libpq takes it:
    the service file, the environment, defaults. ``prepares`` says whether the URL decides about prepared
    statements; then ``prepare_threshold`` is psycopg's, and ``None`` means that there are none.
    """

    __slots__ = ("identity", "parameters", "prepare_threshold", "prepares", "shown")

    #: Whether it lives in this process alone, as a database of SQLite may.
    is_in_memory: Final = False

    def __init__(self, text: str) -> None:
        parts = _parts_of(text)
        given = {each.name: each.value for each in parts.query}
        _refuse_unknown(given)
        rest = "&".join(each.text for each in parts.query if each.name != PREPARE_THRESHOLD)
        self.parameters: Mapping[str, str] = _parsed(parts.address + (f"?{rest}" if rest else ""))
        self.prepares = PREPARE_THRESHOLD in given
        self.prepare_threshold = _threshold(given[PREPARE_THRESHOLD]) if self.prepares else None
        #: What is the same for all spellings of the URL. It may hold a password.
        self.identity = f"postgresql {sorted(self.parameters.items())} {given.get(PREPARE_THRESHOLD)}"
        #: The URL for people: without secrets.
        self.shown = _without_secrets(parts)

    def __repr__(self) -> str:
        return f"<PostgresqlUrl {self.shown}>"


class _Parameter(NamedTuple):
    name: str
    value: str
    text: str


class _Parts(NamedTuple):
    address: str
    query: list[_Parameter]


def _parts_of(text: str) -> _Parts:
    if len(text) > _LONGEST or not text.isprintable():
        raise _malformed("it is longer than 8192 characters, or has a character that must be percent-encoded")
    address = _SCHEME.sub("postgresql://", text, count=1)
    # As libpq does: there is a user, perhaps with a password, if an @ comes before the first slash.
    user = _USER.match(address)
    address_only, mark, query = address[user.end() if user else 0 :].partition("?")
    if "@" in address_only:
        raise _malformed("a password, a user and the name of a database are percent-encoded: %40 is an @")
    if user:
        address_only = user.group() + address_only
    return _Parts(address_only, list(_parameters(query)) if mark else [])


def _parameters(query: str) -> Iterator[_Parameter]:
    for text in query.split("&"):
        name, equals, value = text.partition("=")
        name = unquote(name)
        if not equals:
            # Not shown: it may be a part of a password.
            raise _malformed("one of its parameters has no value; write & in a value as %26")
        if "=" in value:
            raise _malformed(f"write = in the value of {_named(name)} as %3D")
        yield _Parameter(name, unquote(value), text)


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        # The one parameter that libpq takes from JDBC.
        if name not in _known() and (name, value) != ("ssl", "true"):
            raise CannotOpen(
                f"The URL of the database has {_named(name)}, which is no parameter of PostgreSQL's URLs: "
                "https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS has them."
            )


@cache
def _known() -> frozenset[str]:
    """Return the parameters of this libpq, and ours."""
    return frozenset(each.keyword.decode() for each in pq.Conninfo.get_defaults()) | {PREPARE_THRESHOLD}


def _named(name: str) -> str:
    return f"the parameter {name}" if _NAME.fullmatch(name) else "a parameter that it does not name"


def _parsed(url: str) -> dict[str, str]:
    try:
        found = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items()}
    except (psycopg.Error, ValueError):
        # Not chained: libpq shows what it could not read, and that may be a password.
        raise _malformed("its parts cannot be told apart; a password is percent-encoded") from None
    for port in filter(None, found.get("port", "").split(",")):
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise _malformed("a port is no number from 1 to 65535; a password is percent-encoded")
    return found


def _malformed(reason: str) -> CannotOpen:
    return CannotOpen(
        "The URL of the database is not written like postgresql://user:password@host:5432/name?sslmode=require"
        f": {reason}."
    )


def _threshold(text: str) -> int | None:
    if text in ("none", "0"):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise CannotOpen(
            f"{PREPARE_THRESHOLD} in the URL of the database must be none, or a number of runs after which a "
            "statement is prepared."
        )
    return int(text)


def _without_secrets(parts: _Parts) -> str:
    address = re.sub(r"^(postgresql://[^:@/]*):[^@/]*@", r"\1:***@", parts.address)
    shown = [each.text for each in parts.query if each.name not in SECRETS]
    return address + (f"?{'&'.join(shown)}" if shown else "")
