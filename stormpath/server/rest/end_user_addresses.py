"""The address of the end user whom a caller serves, as a header of the request names it.

It is believed because the caller has proved that it holds an API key. A request without credentials names no
address, whatever its headers say, and a forwarded one (``X-Forwarded-For``) never counts as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any, Final

from stormpath.server.schema.errors import ApiError, Code

HEADER: Final = "Stormpath-End-User-Address"

_VARIABLE: Final = f"HTTP_{HEADER.upper().replace('-', '_')}"

#: The longest text of an address: ``ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255``.
_LONGEST: Final = 45

#: A person, or an attacker, has a whole network of this size (RFC 6177).
_PREFIX: Final = 64


def read(env: Mapping[str, Any], credentials: str | None) -> str:
    """Return the address that an authenticated request names, or an empty text if it names none.

    An IPv6 address is returned as its /64 network, and one that stands for an IPv4 address as that. What is
    no address is refused: ignoring it would leave a login without its limit. So is a header that was added to
    a signed request on its way.
    """
    sent = env.get(_VARIABLE)
    if sent is None:
        return ""
    if not _is_signed(credentials or ""):
        raise _refusal("is not among the headers that the request signs")
    try:
        address = ip_address(sent if len(sent) <= _LONGEST else "")
    except ValueError:
        raise _refusal("must be one IPv4 or IPv6 address, without a port") from None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(IPv6Network((int(address), _PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(address)


def _is_signed(credentials: str) -> bool:
    """Tell whether the credentials, which were accepted, speak for the header too."""
    scheme, _, rest = credentials.partition(" ")
    if scheme.lower() != "sauthc1":
        return True
    names = rest.lower().partition("sauthc1signedheaders=")[2].partition(",")[0]
    return HEADER.lower() in names.strip().split(";")


def _refusal(reason: str) -> ApiError:
    return ApiError(Code.BAD_REQUEST, f"The header {HEADER} {reason}.")
