"""Every setting of the service, its default and its environment variable."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

DEFAULT_BASE_URL: Final = "http://localhost:8080/v1"

#: A second of a core for each login.
DEFAULT_MAX_BCRYPT_COST: Final = 14


@dataclass(frozen=True, slots=True)
class Settings:
    """What one running service is told.

    ``base_url`` begins every href; ``secret_key`` is 32 bytes in base64, ``secret_key_file`` names a file
    that holds them. Times are in seconds: ``signature_window`` is how far a request's date may be from now,
    ``key_cache`` how long another process may go on accepting an API key after it was disabled.
    ``max_body`` is in bytes; ``hash_slots`` is how many passwords this process hashes at a time;
    ``max_bcrypt_cost`` the highest cost that imported bcrypt hashes may have. ``max_links`` is how many links
    an account may have.

    ``smtp_url`` is the mail server of tenants without one of their own; without it, their e-mails stay in
    the outbox. ``mail_from`` is the sender's address (``Name <address>`` or the address alone) where a
    template names none. ``mails_per_address``, ``mails_per_account`` and ``mails_per_directory`` are how many
    e-mails may be caused in an hour: 20, 20 and 5000 by default. Beyond that, what would send one more is
    refused (429); 0 lifts the limit.
    """

    database: str
    base_url: str = DEFAULT_BASE_URL
    secret_key: str | None = field(default=None, repr=False)
    secret_key_file: str | None = None
    password_hashing: str = "argon2id"  # noqa: S105  # The name of a scheme.
    signature_window: int = 15 * 60
    key_cache: float = 1.0
    max_body: int = 11 * 1024 * 1024
    hash_slots: int = field(default_factory=lambda: os.cpu_count() or 1)
    max_bcrypt_cost: int = DEFAULT_MAX_BCRYPT_COST
    max_links: int = 100
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    mails_per_address: int = 20
    mails_per_account: int = 20
    mails_per_directory: int = 5000

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """Return the settings of the environment; those ``given`` (and not ``None``) win.

        Raises ``ValueError`` when there is no database, or a number is none.
        """
        source = os.environ if environ is None else environ
        found: dict[str, Any] = {
            name: _read(variable, source[variable], name)
            for name, variable in ENVIRONMENT.items()
            if source.get(variable)
        }
        found |= {name: value for name, value in given.items() if value is not None}
        if "database" not in found:
            raise ValueError("No database is named: give its URL, or set STORMPATH_DATABASE.")
        return cls(**found).normalized()

    def normalized(self) -> Self:
        """Return the settings with a base URL that has no trailing slash; ``ValueError`` for wrong ones."""
        if not re.match(r"https?://[^/?#]+[^?#]*$", self.base_url):
            raise ValueError(
                f"The base URL must look like https://id.example.com/v1; {self.base_url!r} does not."
            )
        for name in _CAPS:
            if getattr(self, name) < 0:
                raise ValueError(
                    f"{ENVIRONMENT[name]} must be 0 (no limit) or more, not {getattr(self, name)}."
                )
        return replace(self, base_url=self.base_url.rstrip("/"))


#: The environment variable of each setting.
ENVIRONMENT: Final = {
    "database": "STORMPATH_DATABASE",
    "base_url": "STORMPATH_BASE_URL",
    "secret_key": "STORMPATH_SECRET_KEY",
    "secret_key_file": "STORMPATH_SECRET_KEY_FILE",
    "password_hashing": "STORMPATH_PASSWORD_HASHING",
    "signature_window": "STORMPATH_SIGNATURE_WINDOW",
    "key_cache": "STORMPATH_KEY_CACHE",
    "max_body": "STORMPATH_MAX_BODY",
    "hash_slots": "STORMPATH_HASH_SLOTS",
    "max_bcrypt_cost": "STORMPATH_MAX_BCRYPT_COST",
    "max_links": "STORMPATH_MAX_LINKS",
    "smtp_url": "STORMPATH_SMTP_URL",
    "mail_from": "STORMPATH_MAIL_FROM",
    "mails_per_address": "STORMPATH_MAILS_PER_ADDRESS",
    "mails_per_account": "STORMPATH_MAILS_PER_ACCOUNT",
    "mails_per_directory": "STORMPATH_MAILS_PER_DIRECTORY",
}

_NUMBERS: Final = {
    "signature_window": int,
    "key_cache": float,
    "max_body": int,
    "hash_slots": int,
    "max_bcrypt_cost": int,
    "max_links": int,
    "mails_per_address": int,
    "mails_per_account": int,
    "mails_per_directory": int,
}


_CAPS: Final = ("mails_per_address", "mails_per_account", "mails_per_directory")


def _read(variable: str, text: str, name: str) -> Any:
    number = _NUMBERS.get(name)
    if number is None:
        return text
    try:
        return number(text)
    except ValueError as error:
        raise ValueError(f"{variable} must be a number, not {text!r}.") from error
