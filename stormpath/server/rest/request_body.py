"""The body of a request as bytes, within a limit."""

from __future__ import annotations

import falcon

from stormpath.server.schema.errors import ApiError, Code


class RequestBody:
    """The bytes of a request's body, read at the first call. ``max_body`` is in bytes; more raises 413."""

    def __init__(self, req: falcon.Request, max_body: int) -> None:
        self._req = req
        self._max_body = max_body
        self._read: bytes | None = None

    def __call__(self) -> bytes:
        if self._read is None:
            self._read = self._receive()
        return self._read

    def _receive(self) -> bytes:
        length = self._req.content_length
        if length is None and "HTTP_TRANSFER_ENCODING" in self._req.env:
            received: bytes = self._req.stream.read(self._max_body + 1)
        elif not length:
            return b""
        elif length > self._max_body:
            raise self._too_large()
        else:
            received = self._req.bounded_stream.read()
        if len(received) > self._max_body:
            raise self._too_large()
        return received

    def _too_large(self) -> ApiError:
        return ApiError(Code.TOO_LARGE, f"The request body is larger than {self._max_body} bytes.")
