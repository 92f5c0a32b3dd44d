"""The body of a request as bytes: within a limit, and complete."""

from __future__ import annotations

from collections.abc import Callable

import falcon

from stormpath.server.rest.body_limits import USUAL
from stormpath.server.rest.concurrency_limits import ConcurrencyLimits, Place
from stormpath.server.schema.errors import ApiError, Code


class RequestBody:
    """The bytes of a request's body, received at the first call, which raises 413 for too many of them.

    ``most`` returns the most bytes at a path. The thread waits while they come: how many do so at a time is
    bounded, for callers that have proved who they are (``is_from_caller``) and for others apart.
    """

    def __init__(self, req: falcon.Request, most: Callable[[str], int], limits: ConcurrencyLimits) -> None:
        self.is_from_caller = False
        self._req = req
        self._most = most
        self._limits = limits
        self._received: bytes | None = None
        self._large: Place | None = None
        self._whole = limits.whole
        if self._whole is not None and not req.content_length and "HTTP_TRANSFER_ENCODING" not in req.env:
            self._whole.add(self)

    def __call__(self) -> bytes:
        if self._received is None:
            self._received = self._receive()
            if self._whole is not None:
                self._whole.add(self)
        return self._received

    def done(self) -> None:
        """End the request: another one with a large body may begin."""
        if self._whole is not None:
            self._whole.remove(self)
        if self._large is not None:
            self._large.leave()
            self._large = None

    def _receive(self) -> bytes:
        length = self._req.content_length
        is_chunked = length is None and "HTTP_TRANSFER_ENCODING" in self._req.env
        if not length and not is_chunked:
            return b""
        limit = self._most(self._req.path)
        if length is not None and length > limit:
            raise _too_large(limit)
        if limit > USUAL if length is None else length > USUAL:
            self._large = self._limits.large_bodies.take()
        waiting = self._limits.bodies_of_callers if self.is_from_caller else self._limits.bodies_of_strangers
        with waiting.take():
            received: bytes = self._req.stream.read(limit + 1 if length is None else length)
        if len(received) > limit:
            raise _too_large(limit)
        if length is not None and len(received) < length:
            # The connection broke, or was given up by the server.
            raise ApiError(
                Code.REQUEST_TIMEOUT,
                "The request was not complete in time.",
                f"The body should have {length} bytes, and {len(received)} came.",
            )
        return received


def _too_large(limit: int) -> ApiError:
    return ApiError(Code.TOO_LARGE, f"The request body is larger than {limit} bytes.")
