"""The validation of an access token at the service: ``GET /applications/{id}/authTokens/{jwt}``."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row
from stormpath.server.oauth import checks


def validate(context: RequestContext, application: Row, values: Values) -> Values:
    """Return the ``id`` of an access token that is valid for the application, or raise its error."""
    return {"id": checks.access_token(context, application["id"], values["token"]).id}
