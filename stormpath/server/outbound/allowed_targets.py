"""The addresses and ports to which the service connects for its tenants.

A tenant names any host, and the service connects to it from inside the operator's network. So it connects to
public addresses only, unless the operator allows others, and only at the ports of such servers: a tenant
cannot find out what else answers there. Names are resolved once, and what is checked is what is connected to.
The operator's own mail server is not restricted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from stormpath.server.settings import variable_of

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: IANA's special-purpose registries, not Python's ``is_global``, which differs between versions.
_NOT_PUBLIC: Final = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this network, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers (CGNAT)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to an IPv4 address
        "3fff::/20",  # documentation
    )
)

#: All of IPv6 that is public lies in it.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")

#: Addresses that lead to the IPv4 address in their last four bytes, where one can say to which.
_NAT64: Final = IPv6Network("64:ff9b::/96")

_HOST_NAME: Final = re.compile(r"[0-9a-z_](?:[0-9a-z_.-]*[0-9a-z])?")
_PORTS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


#: Mail servers of tenants, HTTP requests, and LDAP servers: the beginnings of the names of their settings.
MAIL: Final = "tenant_mail"
HTTP: Final = "outbound"
LDAP: Final = "agent"


class NotAllowed(OSError):
    """A target is not allowed. The message is for the operator, and not for the tenant."""


@dataclass(frozen=True, slots=True)
class AllowedTargets:
    """Public addresses, and those of ``networks`` and ``hosts``, at ``ports``: ranges with both ends.

    ``what`` begins the names of the settings that say so, for errors: ``tenant_mail``, ``outbound`` or
    ``agent``.
    """

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    ports: tuple[tuple[int, int], ...] = ((25, 25), (465, 465), (587, 587), (2525, 2525))
    what: str = MAIL

    @classmethod
    def parse(cls, targets: str, ports: str, what: str = MAIL) -> AllowedTargets:
        """Read the two settings; raise ``ValueError`` with one line for what cannot be read."""
        of_targets, of_ports = variable_of(f"{what}_targets"), variable_of(f"{what}_ports")
        networks, hosts = [], set()
        for each in _items(targets):
            try:
                networks.append(ip_network(each))
            except ValueError:
                hosts.add(_host_name(each, of_targets))
        ranges = tuple(_port_range(each, of_ports) for each in _items(ports))
        return cls(tuple(networks), frozenset(hosts), ranges, what)

    def check_port(self, port: int) -> None:
        """Raise `NotAllowed` for a port at which such servers are not."""
        if not any(low <= port <= high for low, high in self.ports):
            raise NotAllowed(f"port {port} is not among those of {variable_of(f'{self.what}_ports')}")

    def check_address(self, host: str, address: str) -> None:
        """Raise `NotAllowed` unless a host may be connected to at that address."""
        if _folded(host) in self.hosts:
            return
        # Without the zone of a link-local address.
        found = ip_address(address.partition("%")[0])
        target = _embedded(found) or found
        if not _is_public(target) and not any(target in each or found in each for each in self.networks):
            raise NotAllowed(f"{address} is not public, and not in {variable_of(f'{self.what}_targets')}")


#: The mail servers of tenants without any setting.
PUBLIC: Final = AllowedTargets()


def _embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address to which an IPv6 address leads, if it can be reached by that."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in each for each in _NOT_PUBLIC)


def _items(text: str) -> list[str]:
    return [each for each in (part.strip() for part in text.split(",")) if each]


def _folded(host: str) -> str:
    return host.lower().rstrip(".")


def _host_name(text: str, variable: str) -> str:
    name = _folded(text)
    # Digits alone, or hex, are other spellings of addresses, which no comparison of names would find.
    if not _HOST_NAME.fullmatch(name) or re.fullmatch(r"[\d.]+|0x.*", name):
        raise ValueError(
            f"{variable} must be networks, addresses and host names with commas between, "
            f"as in 10.0.0.0/8, host.internal; {text!r} is none of them."
        )
    return name


def _port_range(text: str, variable: str) -> tuple[int, int]:
    found = _PORTS.fullmatch(text)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= low <= high <= 65535:
        raise ValueError(
            f"{variable} must be ports and ranges with commas between, as in 25, 1024-65535; "
            f"{text!r} is neither."
        )
    return low, high
