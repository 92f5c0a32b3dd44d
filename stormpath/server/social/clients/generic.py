"""Any other provider of OAuth 2.0, by the endpoints of its directory (rest-auth 5.5).

There is no common way to ask such a provider to whom it has issued a token: its tokens are not checked.
"""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.social.answers import kept, text, user_id_at, vouches
from stormpath.server.social.code_exchange import exchange
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.profile import Credentials, Profile

_BEARER: Final = "bearer"


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile at the resource endpoint, by the names that providers usually give its members."""
    if credentials.code:
        token = exchange(talk, credentials, credentials.code, talk.provider["token_endpoint"]).access
    else:
        token = credentials.access_token or ""
    answer = _resource(talk, token)
    email = text(answer, "email")
    return Profile(
        user_id_at(talk, answer, talk.provider["id_field"]),
        email,
        email is not None and vouches(answer),
        kept(talk, answer),
        username=text(answer, "login", "preferred_username", "username"),
        given_name=text(answer, "given_name", "givenName", "first_name", "firstName"),
        middle_name=text(answer, "middle_name", "middleName"),
        surname=text(answer, "family_name", "familyName", "last_name", "lastName"),
        access_token=token,
    )


def _resource(talk: Conversation, token: str) -> dict[str, Any]:
    url, place = talk.provider["resource_endpoint"], talk.provider["access_token_type"]
    if place == _BEARER:
        return talk.ask_for_object("the user info", url, bearer=token)
    return talk.ask_for_object("the user info", url, query={place: token})
