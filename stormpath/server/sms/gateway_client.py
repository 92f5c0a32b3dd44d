"""The client for the operator's gateway: the one of all requests, without limits on where that may be.

The operator names it, as the mail server of the service, and no tenant can.
"""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.outbound import Fetch
from stormpath.server.outbound.allowed_targets import HTTP, AllowedTargets
from stormpath.server.outbound.client import SECONDS, Client

_ANYWHERE: Final = AllowedTargets.parse("0.0.0.0/0, ::/0", "1-65535", HTTP)


def gateway_fetch(ca: str | None = None, seconds: float = SECONDS) -> Fetch:
    """Return the function that sends requests to a gateway; ``ca`` and ``seconds`` are as for `Client`."""
    return Client(_ANYWHERE, ca, seconds=seconds).for_tenant("")
