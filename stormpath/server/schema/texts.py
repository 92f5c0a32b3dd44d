"""Kinds of text with rules of their own: passwords, secrets, inherited texts, URLs of pages, host names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from stormpath.server.schema.attributes import Attribute, Column, Text
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.password_forms import LONGEST, LONGEST_TYPED, prepared

#: One part of a host name (RFC 1123, section 2.1).
_LABEL: Final = "[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"

#: No spaces, control characters, brackets or quotes, and no marks of writing direction.
_URL_CHARACTER: Final = r"[^\s\x00-\x1f\x7f-\x9f<>\"\\\u200e\u200f\u202a-\u202e\u2066-\u2069]"

_SCRIPT_SCHEMES: Final = frozenset({"javascript", "vbscript", "data"})


@dataclass(frozen=True, kw_only=True)
class Password(Text):
    """A password: stored as a hash, never part of an answer. Its length is that of its prepared form."""

    max_length: int = LONGEST
    sortable: bool = False
    shown: ClassVar[bool] = False

    def columns(self) -> tuple[Column, ...]:
        return (Column("password_hash", "hash"),)

    def check(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) <= LONGEST_TYPED:
            super().check(prepared(value))
            # As it was typed: so earlier hashes of it are recognized.
            return value
        return super().check(value)


@dataclass(frozen=True, kw_only=True)
class Secret(Text):
    """A text that is encrypted in the database and decrypted for answers.

    Its default is not stored: it is shown where there is no text. One that is ``shown_while`` a column has a
    value is null in rows where it has another.
    """

    shown_while: tuple[str, str] | None = None
    sortable: bool = False

    kind = "sealed"

    @property
    def initial(self) -> Any:
        return None

    def check(self, value: Any) -> Any:
        checked = super().check(value)
        return None if checked == self.default else checked

    def belongs_to(self, id: str) -> str:
        """Return the name it is encrypted for, so that it cannot be moved to another row or column."""
        return f"{id}/{self.name}"

    def is_shown_in(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row shows it."""
        return self.shown_while is None or row[self.shown_while[0]] == self.shown_while[1]


@dataclass(frozen=True, kw_only=True)
class HiddenSecret(Secret):
    """A secret that no JSON shows and only the service decrypts, such as a private key."""

    creatable: bool = False
    updatable: bool = False

    shown: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class OfSecret(Attribute):
    """An object that follows from a secret of the same row, by the function ``read``.

    Where the row does not show the secret, it is null.
    """

    secret: Secret
    read: Callable[[str, Mapping[str, Any]], Any]
    creatable: bool = False
    updatable: bool = False
    nullable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "object"}

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class TextOfSecret(OfSecret):
    """A text that follows from a secret of the same row, and from its other columns."""

    nullable: bool = True

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "string"}


@dataclass(frozen=True, kw_only=True)
class ShownOnce(Attribute):
    """Texts that the answer to the creation shows, and no other: they are not stored, or as digests alone.

    The rules put them into the row that they return. Every other row shows null.
    """

    creatable: bool = False
    updatable: bool = False

    schema_type: ClassVar[Mapping[str, Any]] = {"type": "array", "items": {"type": "string"}}

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class InheritedText(Text):
    """A text whose value is that of the tenant's owner, from the column ``of_owner``, until it is set.

    A value configured for its column (see ``storage.tables.Tables``) goes before the owner's.
    """

    of_owner: str
    sortable: bool = False


@dataclass(frozen=True, kw_only=True)
class PageUrl(Text):
    """A URL for browsers. A path alone (``/passwordReset``) is a page of the service: shown with its host.

    Mobile apps have schemes of their own, so any scheme is accepted but those that run a script in the URL.
    Characters that would end the URL in a text, or disguise it, must be percent-encoded.
    """

    pattern: str | None = rf"(/|[A-Za-z][A-Za-z0-9+.-]*://(?!/){_URL_CHARACTER}){_URL_CHARACTER}*"
    pattern_hint: str = "a URL such as https://app.example.com/verify, or a path such as /verify"
    sortable: bool = False

    def check(self, value: Any) -> Any:
        value = super().check(value)
        if value.partition(":")[0].lower() in _SCRIPT_SCHEMES:
            raise ApiError(Code.BAD_FORMAT, f"{self.name} is not in the right format: {self.pattern_hint}")
        return value


@dataclass(frozen=True, kw_only=True)
class HostName(Text):
    """The name of a host. While none is stored, it is a subdomain of the service's own host.

    ``under`` is the part before that host, with columns of the row in braces: ``{dns_label}.apps``.
    """

    under: str
    max_length: int = 253
    pattern: str | None = rf"({_LABEL}\.)*{_LABEL}"
    pattern_hint: str = "a host name such as login.example.com"
    sortable: bool = False

    def columns(self) -> tuple[Column, ...]:
        return super().columns() if self.updatable else ()
