"""A plain client for requests of the service: it reaches loopback, and follows no redirect."""

from __future__ import annotations

from collections.abc import Mapping

import urllib3

from stormpath.server.domain.outbound import NO_HEADERS, FetchError, HttpAnswer


class PlainFetch:
    """Sends requests within ``seconds``. It stands for the guarded client, which refuses loopback."""

    def __init__(self, seconds: float = 5) -> None:
        self._http = urllib3.PoolManager(timeout=seconds, retries=False)

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
    ) -> HttpAnswer:
        try:
            answer = self._http.request(method, url, headers=dict(headers), body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise FetchError(type(error).__name__) from None
        if method == "GET" and 300 <= answer.status < 400:
            raise FetchError("a redirect to an address that is not allowed")
        received = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, received, answer.data)
