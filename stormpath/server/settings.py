"""The settings of the service: each with its default, its environment variable, its bounds and its help."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple, Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from stormpath.sauthc1 import DEFAULT_PORTS, host_value

_T = TypeVar("_T")

DEFAULT_BASE_URL: Final = "http://localhost:8080/v1"

DEFAULT_PHONE_REGION: Final = "US"

#: A login with such a hash takes one core for a second.
DEFAULT_MAX_BCRYPT_COST: Final = 14

#: A signature may be for each of them, and verifying one costs a digest.
MOST_ALIASES: Final = 8

_KEY: Final = "setting"


class Setting(NamedTuple):
    """A setting besides its name, type and default, which are those of its field in :class:`Settings`.

    ``help`` is reStructuredText, for the table in ``docs/server.rst``. ``parse`` makes the value of the text
    in the environment, and raises ``ValueError`` when the text is no number. ``least`` is the smallest value,
    with its meaning. A secret is a field that ``repr`` leaves out. ``is_endpoint`` marks the URL of a social
    provider.
    """

    help: str
    parse: Callable[[str], Any] = str
    least: tuple[float, str] | None = None
    is_endpoint: bool = False


def _setting(default: _T, help: str, *, secret: bool = False, least: tuple[float, str] | None = None) -> _T:
    """Return the field of a setting; its text in the environment is read as the type of its default."""
    parse = type(default) if isinstance(default, int | float) else str
    return field(default=default, repr=not secret, metadata={_KEY: Setting(help, parse, least)})


def _cap(default: int, help: str) -> int:
    return _setting(default, f"{help}; 0 lifts the limit.", least=(0, "no limit"))


def _endpoint(default: str, help: str) -> str:
    return field(default=default, metadata={_KEY: Setting(help, is_endpoint=True)})


def _switch(text: str) -> bool:
    """Return the meaning of ``on`` or ``off``, as settings say it."""
    found = {"on": True, "off": False, "1": True, "0": False, "true": True, "false": False}.get(text.lower())
    if found is None:
        raise ValueError(text)
    return found


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one running service; each field's metadata is its :class:`Setting`."""

    # It may hold a password.
    database: str = field(
        repr=False,
        metadata={
            _KEY: Setting(
                "The database's URL, as for ``--database``. A client without arguments opens it, too."
            )
        },
    )
    base_url: str = _setting(DEFAULT_BASE_URL, "The beginning of every href, as for ``--base-url``.")
    base_url_aliases: str = _setting(
        "",
        f"Other base URLs of the service, with commas between, {MOST_ALIASES} at most: inside a network,"
        " behind a proxy, or a former one. Requests and hrefs under them are accepted: :doc:`proxy`.",
    )
    secret_key: str | None = _setting(
        None, "32 bytes in base64: the key under which secrets in the database are encrypted.", secret=True
    )
    secret_key_file: str | None = _setting(None, "A file that holds that key instead.")
    password_hashing: str = _setting("argon2id", "The hash of new passwords; there is no other choice.")
    signature_window: int = _setting(
        15 * 60, "Seconds by which the date of a signed request may differ from now."
    )
    key_cache: float = _setting(
        1.0, "Seconds for which another process may go on accepting an API key after it was disabled."
    )
    statement_timeout: float = _setting(
        10.0,
        "Seconds that one statement may take in the database; its request gets 503.",
        least=(0.1, "a tenth of a second"),
    )
    database_connections: int = _setting(
        16,
        "Connections to the database that a process opens at most; a request that finds none free for five"
        " seconds gets 503. PostgreSQL allows 100 (``max_connections``) to the workers of all machines.",
        least=(4, "one for requests, and three of its own"),
    )
    max_body: int = _setting(11 * 1024 * 1024, "The largest request body, in bytes.")
    hash_slots: int = field(
        default_factory=lambda: os.cpu_count() or 1,
        metadata={
            _KEY: Setting(
                "The number of passwords that a process hashes at a time; by default the machine's cores,"
                " shared by the workers.",
                int,
                (1, "one at a time"),
            )
        },
    )
    max_bcrypt_cost: int = _setting(
        DEFAULT_MAX_BCRYPT_COST, "The highest cost of imported bcrypt hashes; at 14 a login takes a second."
    )
    max_links: int = _setting(100, "The number of links to others that an account may have.")
    smtp_url: str | None = _setting(
        None,
        "The mail server, ``smtp://user:password@host:587`` or ``smtps://...:465``. Without one, e-mails stay"
        " in the outbox, except those of tenants with a mail server of their own.",
        secret=True,
    )
    mail_from: str | None = _setting(
        None,
        "The sender where a template names none: an address, or ``Name <address>``. Without it, the sender is"
        " the owner of the tenant.",
    )
    tenant_mail_targets: str = _setting(
        "",
        "Networks, addresses and host names, with commas between, where mail servers of tenants may be"
        " although they are not public: ``10.0.0.0/8, mail.internal``.",
    )
    tenant_mail_ports: str = _setting(
        "25,465,587,2525",
        "The ports, or ranges such as ``1024-65535``, at which mail servers of tenants may be.",
    )
    outbound_targets: str = _setting(
        "",
        "Networks, addresses and host names, with commas between, to which HTTP requests for tenants may go"
        " although they are not public: ``10.0.0.0/8, login.internal``.",
    )
    outbound_ports: str = _setting(
        "80,443", "The ports, or ranges such as ``8000-8999``, to which HTTP requests for tenants may go."
    )
    outbound_ca: str | None = _setting(
        None,
        "A file of certificates in PEM that HTTP requests for tenants trust besides those of the system: of a"
        " certificate authority of your own.",
    )
    agents: bool = field(
        default=False,
        metadata={
            _KEY: Setting(
                "Whether ``stormpath serve`` runs the agents of mirrored directories itself, where no program"
                " of theirs does; ``on`` is what ``--agents`` says. Needs the extra ``ldap``.",
                _switch,
            )
        },
    )
    agent_targets: str = _setting(
        "",
        "Networks, addresses and host names, with commas between, where the LDAP servers of agents that"
        " ``stormpath serve`` runs may be although they are not public: ``10.0.0.0/8, ldap.internal``.",
    )
    agent_ports: str = _setting(
        "389,636,3268,3269",
        "The ports, or ranges such as ``1024-65535``, at which these LDAP servers may be.",
    )
    mails_per_address: int = _cap(
        20, "E-mails of one kind that one address gets in an hour, from all directories"
    )
    mails_per_account: int = _cap(20, "E-mails of one kind that one account gets in an hour")
    mails_per_directory: int = _cap(
        5000, "E-mails of one kind that all accounts of one directory get in an hour"
    )

    sms_url: str | None = _setting(
        None,
        "The gateway for text messages, ``https://user:password@host/path``: each is posted there. User and"
        " password are sent as HTTP Basic. Without one, text messages stay in the outbox: :doc:`sms`.",
        secret=True,
    )
    sms_header: str | None = _setting(
        None, "One more header for the gateway, such as ``Authorization: Bearer TOKEN``.", secret=True
    )
    sms_body: str = _setting(
        "To=${to}&From=${from}&Body=${text}",
        "What is posted, a form or JSON, with ``${to}``, ``${text}`` and ``${from}`` in its values.",
    )
    sms_from: str | None = _setting(None, "The sender of text messages, as the gateway wants it.")
    sms_per_number: int = _cap(5, "Text messages that one phone number gets in an hour, from all directories")
    sms_per_account: int = _cap(10, "Text messages that one account gets in an hour")
    sms_per_directory: int = _cap(500, "Text messages that all accounts of one directory get in an hour")

    guesses_per_account: int = _cap(
        10, "Wrong passwords, or secrets, for one account or login name in five minutes"
    )
    guesses_per_address: int = _cap(
        100,
        "Wrong passwords, or secrets, from one address of end users in five minutes, where the caller names"
        " it: :doc:`limits`",
    )
    guesses_per_key: int = _cap(
        20_000, "Wrong passwords, or secrets, that one calling API key sends in five minutes"
    )
    security_events_days: int = _setting(
        90,
        "Days for which security events are stored: :ref:`stored-events`; 0 stores none, and removes those"
        " that are.",
        least=(0, "none"),
    )
    security_events_per_kind: int = _cap(
        100_000, "Security events of one kind, the newest, that are stored of one tenant"
    )
    phone_region: str = _setting(
        DEFAULT_PHONE_REGION,
        "The country (ISO 3166) of phone numbers that are written without one: ``DE``, ``GB``.",
    )
    redis_url: str | None = _setting(
        None,
        "A Redis server, ``redis://:password@host:6379/0``, that counts wrong passwords; without one, the"
        " database does. Needs the extra ``redis``.",
        secret=True,
    )

    console: bool = field(
        default=True,
        metadata={
            _KEY: Setting(
                "Whether ``stormpath serve`` shows the Admin Console; ``off`` is what ``--no-console`` says.",
                _switch,
            )
        },
    )

    console_registration: bool = field(
        default=False,
        metadata={
            _KEY: Setting(
                "Whether anyone may register a tenant of their own at ``/register`` of the Admin Console.",
                _switch,
            )
        },
    )

    # The public addresses of social providers: a compatible service has others.
    google_token_url: str = _endpoint(
        "https://oauth2.googleapis.com/token", "Where codes of Google are exchanged for tokens."
    )
    google_tokeninfo_url: str = _endpoint(
        "https://oauth2.googleapis.com/tokeninfo", "Where Google says to which client it has issued a token."
    )
    google_userinfo_url: str = _endpoint(
        "https://openidconnect.googleapis.com/v1/userinfo", "The OpenID Connect user info of Google."
    )
    facebook_graph_url: str = _endpoint(
        "https://graph.facebook.com/v24.0", "The Graph API of Facebook, with its version."
    )
    github_api_url: str = _endpoint(
        "https://api.github.com",
        "The REST API of GitHub; that of a GitHub Enterprise Server is ``https://<host>/api/v3``.",
    )
    linkedin_token_url: str = _endpoint(
        "https://www.linkedin.com/oauth/v2/accessToken", "Where codes of LinkedIn are exchanged for tokens."
    )
    linkedin_introspection_url: str = _endpoint(
        "https://www.linkedin.com/oauth/v2/introspectToken",
        "Where LinkedIn says to which client it has issued a token.",
    )
    linkedin_userinfo_url: str = _endpoint(
        "https://api.linkedin.com/v2/userinfo", "The OpenID Connect user info of LinkedIn."
    )
    twitter_verify_url: str = _endpoint(
        "https://api.twitter.com/1.1/account/verify_credentials.json",
        "Where X (Twitter) says whose token a signed request has.",
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Return the settings of the environment; those ``given`` (and not ``None``) win.

        Raises ``ValueError`` when no database is named, or the text of a number is no number.
        """
        source = os.environ if environ is None else environ
        found: dict[str, Any] = {
            name: _read(name, text) for name in SETTINGS if (text := source.get(variable_of(name)))
        }
        found |= {name: value for name, value in given.items() if value is not None}
        if "database" not in found:
            raise ValueError("No database is named: give its URL, or set STORMPATH_DATABASE.")
        return cls(**found).normalized()

    def normalized(self) -> Self:
        """Return the settings with base URLs in one spelling; ``ValueError`` for wrong URLs and numbers.

        Their host is in lower case, and they have neither the default port nor a slash at the end.
        """
        base_url = _one_spelling("The base URL", self.base_url)
        aliases = {_one_spelling("A base URL's alias", each): None for each in self.aliases}
        aliases.pop(base_url, None)
        if len(aliases) > MOST_ALIASES:
            raise ValueError(
                f"{variable_of('base_url_aliases')} may name {MOST_ALIASES} base URLs, not {len(aliases)}."
            )
        for name, setting in SETTINGS.items():
            if setting.least is not None:
                _check_least(name, getattr(self, name), *setting.least)
            if setting.is_endpoint:
                _check_endpoint(name, getattr(self, name))
        return replace(self, base_url=base_url, base_url_aliases=",".join(aliases))

    @property
    def aliases(self) -> tuple[str, ...]:
        """The aliases of the base URL, one by one."""
        return tuple(each.strip() for each in self.base_url_aliases.split(",") if each.strip())


#: Every setting by the name of its field, in the order of the fields.
SETTINGS: Final[dict[str, Setting]] = {each.name: each.metadata[_KEY] for each in fields(Settings)}


def variable_of(name: str) -> str:
    """Return the environment variable of a setting: ``STORMPATH_MAX_BODY`` of ``max_body``."""
    return f"STORMPATH_{name.upper()}"


def _read(name: str, text: str) -> Any:
    try:
        return SETTINGS[name].parse(text)
    except ValueError as error:
        raise ValueError(f"{variable_of(name)} must be {_wanted(name)}, not {text!r}.") from error


def _wanted(name: str) -> str:
    return "on or off" if SETTINGS[name].parse is _switch else "a number"


def _one_spelling(what: str, url: str) -> str:
    """Return a base URL as all its spellings are written."""
    parts = _parts_of_url(url.strip())
    if parts is None or parts.query or parts.fragment:
        raise ValueError(f"{what} must look like https://id.example.com/v1; {_shown(url)!r} does not.")
    user, at, _ = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user}{at}{host_value(url.strip())}{parts.path.rstrip('/')}"


def _parts_of_url(url: str) -> SplitResult | None:
    """Return the parts of a URL of a web server; ``None`` if it is none."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in DEFAULT_PORTS and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if is_one and not re.search(r"[\s\\]", url) else None


def _shown(url: str) -> str:
    # What is before the host may be a password.
    return f"***@{url.rpartition('@')[2]}" if "@" in url else url


def _check_endpoint(name: str, url: str) -> None:
    parts = _parts_of_url(url)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(
            f"{variable_of(name)} must be a URL such as https://id.example.com/token, not {_shown(url)!r}."
        )


def _check_least(name: str, value: float, least: float, meaning: str) -> None:
    if value < least:
        raise ValueError(f"{variable_of(name)} must be {least} ({meaning}) or more, not {value}.")
