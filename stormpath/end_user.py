"""The address of the end user for whom an application sends requests, in this thread or task alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

# By executor: a client of another service does not send it.
_addresses: ContextVar[Mapping[Any, str]] = ContextVar("stormpath_end_user", default=MappingProxyType({}))


def text_of(address: "str | IPv4Address | IPv6Address") -> str:
    """Return an address as it is sent; ``ValueError`` for anything else, such as one with a port."""
    from ipaddress import IPv4Address, IPv6Address, ip_address

    try:
        # A number, or bytes, would be an address for it, too.
        if not isinstance(address, str | IPv4Address | IPv6Address):
            raise ValueError
        return str(ip_address(address)).partition("%")[0]
    except ValueError:
        raise ValueError(
            f"The end user's address must be an IPv4 or IPv6 address without a port, not {address!r:.80}."
        ) from None


@contextmanager
def sent_by(executor: Any, address: str) -> Iterator[None]:
    """Let an executor send the address with each POST of the block."""
    if executor.end_user is None:
        executor.end_user = partial(address_for, executor)
    token = _addresses.set({**_addresses.get(), executor: address})
    try:
        yield
    finally:
        _addresses.reset(token)


def address_for(executor: Any) -> str | None:
    """Return the address that an executor sends now, or ``None``."""
    return _addresses.get().get(executor)
