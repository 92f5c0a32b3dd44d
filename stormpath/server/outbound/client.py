"""The one client for all requests of the service to other systems.

A tenant may name the URL, and an attacker may answer. So a request is bounded in time, in
size and in redirects; it goes only where `AllowedTargets` allows, at every redirect; and a slow system holds
a few threads. It uses no proxy, cookie or password of the environment.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from functools import partial
from typing import Final

from stormpath import forks
from stormpath.server.domain.outbound import NO_HEADERS, Fetch, FetchError, HttpAnswer
from stormpath.server.outbound import urls
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.outbound.exchange import Bounds, exchange
from stormpath.server.outbound.lookups import Lookups
from stormpath.server.outbound.slots import MOST, MOST_OF_ONE, Slots, TooMany
from stormpath.server.outbound.sockets import trusting
from stormpath.server.outbound.urls import Url

#: How long a request may take in all, with its look-up of the name and its redirects, in seconds.
SECONDS: Final = 10.0

#: How long a request waits for others that are under way, in seconds, at most as many as may be.
PATIENCE: Final = 2.0

#: The largest body, of an answer and of a request, in bytes.
MOST_BYTES: Final = 1024 * 1024

MOST_REDIRECTS: Final = 3

_METHODS: Final = frozenset({"GET", "POST"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

#: Headers that go to another origin, too. Any other may hold a secret.
_FOR_ALL: Final = frozenset({"accept", "accept-language", "user-agent"})


class Client:
    """Sends requests to other systems. Threads may share it, and processes that are forked.

    ``ca`` is a file of certificates in PEM that are trusted besides those of the system; ``ValueError`` when
    it cannot be used. It holds no connection open between requests.
    """

    def __init__(
        self,
        targets: AllowedTargets,
        ca: str | None = None,
        *,
        seconds: float = SECONDS,
        most_bytes: int = MOST_BYTES,
        most: int = MOST,
        most_of_one: int = MOST_OF_ONE,
        patience: float = PATIENCE,
    ) -> None:
        self._targets = targets
        self._ca = ca
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._slots = Slots(most, most_of_one, patience)
        self._lookup_slots = Slots(most, most_of_one)
        if ca is not None:
            # Read now, so that a wrong file is noticed at the start.
            _ = self._tls

    def for_tenant(self, tenant_id: str) -> Fetch:
        """Return the function that sends requests on behalf of a tenant."""
        return partial(self.send, tenant_id)

    def send(
        self,
        tenant_id: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        body: bytes | None = None,
    ) -> HttpAnswer:
        """Send a request on behalf of a tenant and return the answer, as `Fetch` says. Not in a unit of work.

        Raises `FetchError`, also when too many requests are under way and none ends in time.
        """
        if method not in _METHODS:
            raise ValueError(f"{method!r} is not one of {', '.join(sorted(_METHODS))}")
        if body is not None and len(body) > MOST_BYTES:
            raise FetchError(f"the body to be sent has more than {MOST_BYTES} bytes")
        target = urls.parse(url)
        try:
            self._slots.take(tenant_id)
        except TooMany as error:
            raise FetchError(f"{target.origin}: too many requests at a time: {error}") from None
        try:
            return self._follow(method, target, headers, body, self._bounds(tenant_id))
        finally:
            self._slots.leave(tenant_id)

    def _follow(
        self, method: str, url: Url, headers: Mapping[str, str], body: bytes | None, bounds: Bounds
    ) -> HttpAnswer:
        for _ in range(MOST_REDIRECTS + 1):
            answer = exchange(method, url, headers, body, bounds)
            location = answer.headers.get("location")
            # A POST is not sent again, elsewhere: what it says is for its first target.
            if method != "GET" or answer.status not in _REDIRECTS or location is None:
                return answer
            try:
                target = url.leads_to(location)
            except FetchError as error:
                raise FetchError(f"{url.origin}: {error}") from None
            if target.origin != url.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _FOR_ALL}
            url = target
        raise FetchError(f"{url.origin}: more than {MOST_REDIRECTS} redirects")

    def _bounds(self, tenant_id: str) -> Bounds:
        return Bounds(
            self._targets,
            Lookups(self._lookup_slots, tenant_id),
            lambda: self._tls,
            time.monotonic() + self._seconds,
            self._seconds,
            self._most_bytes,
        )

    @forks.cached_property
    def _tls(self) -> ssl.SSLContext:
        # Made once: reading the system's certificates takes some ten milliseconds.
        context = trusting(self._ca, also_system=True)
        context.set_alpn_protocols(["http/1.1"])
        return context
