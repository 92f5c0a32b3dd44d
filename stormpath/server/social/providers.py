"""Profiles of people at providers: one way to ask for them, whichever provider it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row
from stormpath.server.resources.providers.provider import GENERIC
from stormpath.server.schema.errors import Code
from stormpath.server.social import credentials as checks
from stormpath.server.social.clients import facebook, generic, github, google, linkedin, twitter
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.credentials import Takes
from stormpath.server.social.profile import Credentials, Profile


class Client(NamedTuple):
    """A client of one kind of provider: what it takes, and how it asks for a profile."""

    profile: Callable[[Conversation, Credentials], Profile]
    takes: Takes


#: The clients, by ``providerType``.
CLIENTS: Final = {
    "google": Client(google.profile, Takes(without_redirect_uri=Code.REQUIRED)),
    "facebook": Client(facebook.profile, Takes(code=False)),
    "github": Client(github.profile, Takes(code=False)),
    "linkedin": Client(linkedin.profile, Takes(without_redirect_uri=Code.REDIRECT_URI_MISSING)),
    "twitter": Client(twitter.profile, Takes(code=False, token_secret=True)),
    GENERIC: Client(generic.profile, Takes()),
}


def check(provider: Row, credentials: Credentials) -> None:
    """Raise ``ApiError`` for credentials that the provider does not take; nothing is sent to it."""
    checks.check(CLIENTS[provider["provider_type"]].takes, provider, credentials)


def profile_of(context: RequestContext, provider: Row, credentials: Credentials) -> Profile:
    """Return the profile of the person who logged in at a provider, whose row is that of a directory.

    Costs one to three requests to the provider; no unit of work may be open meanwhile. Raises ``ApiError``:
    7200 when the provider, or its answer, does not allow the login; the errors of ``check``.
    """
    check(provider, credentials)
    talk = Conversation(context, provider)
    talk.mask.hide(credentials.code, credentials.access_token, credentials.access_token_secret)
    return CLIENTS[provider["provider_type"]].profile(talk, credentials)
