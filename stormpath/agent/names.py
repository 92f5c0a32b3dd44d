"""Distinguished names (RFC 4514): compared, joined, and as the keys that name entries in groups.

Servers compare names without regard to letter case, spaces and the order within an RDN, and they escape
characters in different ways; what is compared here is a normalised form.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final

import ldap
import ldap.dn

#: One RDN: its attributes and values, sorted.
Rdn = tuple[tuple[str, str], ...]
Name = tuple[Rdn, ...]

#: Longer names are refused before anything works on them.
MAX_LENGTH: Final = 4000

_DIGEST_LENGTH: Final = 32
_SPACES: Final = re.compile(r"\s+")
# RFC 4512 1.4: a descriptor, or the numbers of an OID.
_DESCRIPTOR: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+")
#: Other spellings of the types that occur in names (RFC 4519; RFC 2985 for the last).
_ALIASES: Final = {
    "commonname": "cn",
    "2.5.4.3": "cn",
    "surname": "sn",
    "2.5.4.4": "sn",
    "countryname": "c",
    "2.5.4.6": "c",
    "localityname": "l",
    "2.5.4.7": "l",
    "stateorprovincename": "st",
    "2.5.4.8": "st",
    "streetaddress": "street",
    "2.5.4.9": "street",
    "organizationname": "o",
    "2.5.4.10": "o",
    "organizationalunitname": "ou",
    "2.5.4.11": "ou",
    "gn": "givenname",
    "2.5.4.42": "givenname",
    "userid": "uid",
    "0.9.2342.19200300.100.1.1": "uid",
    "rfc822mailbox": "mail",
    "0.9.2342.19200300.100.1.3": "mail",
    "domaincomponent": "dc",
    "0.9.2342.19200300.100.1.25": "dc",
    "emailaddress": "email",
    "1.2.840.113549.1.9.1": "email",
}


class NameInvalid(ValueError):
    """A text is no distinguished name."""


def normalized(dn: str) -> Name:
    """Return the comparable form of a name; raise ``NameInvalid``."""
    # What is longer is refused before it is parsed.
    if len(dn) > MAX_LENGTH:
        raise NameInvalid(f"A DN has at most {MAX_LENGTH} characters.")
    return _normalized(dn)


# The entries of a server lie below a few names, and its groups have the same members.
@lru_cache(maxsize=4096)
def _normalized(dn: str) -> Name:
    return tuple(
        tuple(sorted((_type(attribute), _value(value)) for attribute, value, _ in rdn)) for rdn in _parts(dn)
    )


def _parts(dn: str) -> list[list[tuple[str, str, int]]]:
    try:
        parts: list[list[tuple[str, str, int]]] = ldap.dn.str2dn(dn)
    except UnicodeDecodeError:
        # A value in binary (``1.2.3=#0403ff``) is no text: the spelling of the whole name is compared.
        return [[("", dn, 0)]]
    except (ldap.LDAPError, ValueError) as error:
        raise NameInvalid(f"{dn!r} is not a DN, as in ou=People,dc=example,dc=com.") from error
    return parts


def _type(attribute: str) -> str:
    folded = attribute.casefold()
    return _ALIASES.get(folded, folded)


def _value(value: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", value).strip()).casefold()


def key_of(dn: str) -> str:
    """Return the key by which groups name the entry: ``dn:`` and a digest of the normalised name."""
    # ``repr`` quotes each value: no value can look like two.
    written = repr(normalized(dn)).encode("utf-8", "surrogatepass")
    return f"dn:{hashlib.sha256(written).hexdigest()[:_DIGEST_LENGTH]}"


def is_below(dn: str, base: str) -> bool:
    """Tell whether a name is the base or lies below it."""
    name, above = normalized(dn), normalized(base)
    return not above or name[-len(above) :] == above


def below(suffix: str | None, base: str) -> str:
    """Return the name of a search base: ``suffix`` is relative to ``base``, or already ends with it."""
    if suffix is None or not (relative := suffix.strip().rstrip(",").strip()):
        return base
    if is_below(relative, base):
        return relative
    return f"{relative},{base}"


def own_values(dn: str) -> dict[str, set[str]]:
    """Return what an entry's own RDN says: folded attribute types, and normalised values."""
    values: dict[str, set[str]] = {}
    for attribute, value in next(iter(normalized(dn)), ()):
        values.setdefault(attribute, set()).add(value)
    return values


def is_own_value(own: dict[str, set[str]], attribute: str, value: str) -> bool:
    """Tell whether a value of an attribute is one that the entry is named by."""
    return _value(value) in own.get(_type(attribute), ())


def is_descriptor(text: str) -> bool:
    """Tell whether a text may be the name of an attribute or a class (RFC 4512 1.4)."""
    return len(text) <= 255 and _DESCRIPTOR.fullmatch(text) is not None
