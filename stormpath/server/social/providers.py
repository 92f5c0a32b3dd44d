"""Asks providers about the people who have logged in there."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.profile import Credentials, Profile


def profile_of(context: RequestContext, provider: Row, credentials: Credentials) -> Profile:
    """Return the profile of a person."""
    raise ApiError(Code.PROVIDER_FAILED, "to be merged")
