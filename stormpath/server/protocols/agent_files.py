"""The file that an agent is set up with: GET and POST of ``/agents/{id}/download``, for administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import falcon

from stormpath.server.agents import keys
from stormpath.server.agents.properties_file import NAME, properties_file
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.rest import conditional
from stormpath.server.rest.body_limits import USUAL
from stormpath.server.rest.hrefs import Hrefs
from stormpath.server.rest.messages import Request, Response, context_of, existing, json_body
from stormpath.server.rest.protocols import Protocol
from stormpath.server.rest.routes import Path
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import check_size

Json = dict[str, Any]

DOWNLOAD: Final = "/agents/{id}/download"


class AgentFiles:
    """The file of each agent, below the service's ``root``. It holds the agent's key."""

    def __init__(self, hrefs: Hrefs, render_error: Callable[[Response, ApiError], None]) -> None:
        self._hrefs = hrefs
        self._render_error = render_error

    def paths(self) -> list[Path]:
        """Return the path, whole, with its protocol."""
        protocol = Protocol(self._render_error, lambda path: USUAL)
        responders = {"GET": self.download, "POST": self.replace_key}
        return [Path(f"{self._hrefs.root}{DOWNLOAD[1:]}", responders, protocol=protocol)]

    def download(self, req: Request, resp: Response, id: str) -> None:
        """GET of the properties file of an agent, with its key."""
        context, row = self._agent(req, id)
        self._send_file(resp, row, keys.key_of(context, row))

    def replace_key(self, req: Request, resp: Response, id: str) -> None:
        """POST: the agent gets another key, in a new file; the old one is of no use from now on."""
        # Clients echo the href.
        if set(json_body(req)) - {"href"}:
            raise ApiError(Code.UNKNOWN_ATTRIBUTE, "The request takes no attributes: send an empty body.")
        context, row = self._agent(req, id)
        self._send_file(resp, row, keys.replace_key(context, row))

    def _agent(self, req: Request, id: str) -> tuple[RequestContext, Row]:
        check_size(req.query_string)
        context = context_of(req)
        with context.read() as unit:
            return context, existing(unit, "agent", id)

    def _send_file(self, resp: Response, row: Row, key: str) -> None:
        # No cache may keep it.
        conditional.note_secret()
        resp.content_type = falcon.MEDIA_TEXT
        resp.downloadable_as = NAME
        resp.data = properties_file(row["id"], key, self._hrefs.base_url)


def described() -> dict[str, Json]:
    """Return the OpenAPI description of the file, by its path. The calls of agents are not the API's."""
    id = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    about = {
        "get": ("read", "The properties file of the agent, with its key."),
        "post": ("write", "Replace the key of the agent: the file with the new one."),
    }
    operations = {
        method: {
            "operationId": f"{name}_agents_id_download",
            "tags": ["agents"],
            "description": description,
            "responses": {"200": _FILE, "default": _ERROR},
        }
        for method, (name, description) in about.items()
    }
    operations["post"]["requestBody"] = {"content": {"application/json": {"schema": _NOTHING}}}
    return {DOWNLOAD: {"parameters": [id], **operations}}


_FILE: Final[Json] = {
    "description": "The file.",
    "content": {falcon.MEDIA_TEXT: {"schema": {"type": "string"}}},
}
_NOTHING: Final[Json] = {"type": "object", "additionalProperties": False}
_ERROR: Final[Json] = {
    "description": "Refused: the code says why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
