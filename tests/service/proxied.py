"""A caller whose requests arrive other than they were signed, as through a proxy."""

import io
import json
import time
from typing import Any
from uuid import uuid4

from service.calls import Json, basic
from stormpath import sauthc1
from stormpath.server.app import Service

USUAL = {"Accept": "application/json", "Accept-Encoding": "gzip", "Content-Type": "application/json"}


class Proxied:
    """A caller whose requests arrive changed: it signs some headers, and others are sent."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.key_id, self.secret = service.local_api_key()

    def signed(self, url: str, method: str = "GET", body: bytes = b"", headers: Json = USUAL) -> Json:
        return headers | sauthc1.sign(
            method,
            url,
            headers.items(),
            body,
            key_id=self.key_id,
            secret=self.secret,
            timestamp=sauthc1.timestamp_at(time.time()),
            nonce=str(uuid4()),
        )

    def basic(self, host: str) -> Json:
        return USUAL | basic(self.key_id, self.secret) | {"Host": host}

    def send(self, path: str, headers: Json, method: str = "GET", body: bytes = b"") -> tuple[int, Json]:
        """Send exactly this, and return the status and the JSON of the answer."""
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        }
        for name, value in headers.items():
            variable = name.upper().replace("-", "_")
            environ[variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value
        told: list[str] = []
        answer = b"".join(self.service(environ, lambda status, headers, *_: told.append(status)))
        return int(told[0].split()[0]), json.loads(answer) if answer[:1] == b"{" else {}
