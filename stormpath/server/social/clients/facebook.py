"""Facebook: the Graph API, with the proof that a request comes from a holder of the app's secret."""

from __future__ import annotations

import hmac
from typing import Final

from stormpath.server.social import endpoints
from stormpath.server.social.answers import kept, text, user_id_at
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.profile import Credentials, Profile

_FIELDS: Final = "id,name,email,first_name,middle_name,last_name"


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile of a Facebook user.

    Facebook does not say whether a user has confirmed the address, so it vouches for none.
    """
    token = credentials.access_token or ""
    _check_client(talk, token)
    proof = hmac.digest(talk.client_secret.encode(), token.encode(), "sha256").hex()
    talk.mask.hide(proof)
    answer = talk.ask_for_object(
        "the user info",
        talk.url(endpoints.FACEBOOK_GRAPH, "/me"),
        query={"fields": _FIELDS, "access_token": token, "appsecret_proof": proof},
    )
    return Profile(
        user_id_at(talk, answer, "id"),
        text(answer, "email"),
        False,
        kept(talk, answer),
        given_name=text(answer, "first_name"),
        middle_name=text(answer, "middle_name"),
        surname=text(answer, "last_name"),
        access_token=token,
    )


def _check_client(talk: Conversation, token: str) -> None:
    """Refuse a token of another app, or one that is not valid any more."""
    own_token = f"{talk.client_id}|{talk.client_secret}"
    talk.mask.hide(own_token)
    answer = talk.ask_for_object(
        "the app of the token",
        talk.url(endpoints.FACEBOOK_GRAPH, "/debug_token"),
        query={"input_token": token, "access_token": own_token},
    )
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("is_valid") is not True:
        raise talk.failure("says that the token is not valid", data)
    # A text today, a number in former versions; a missing or null one is the id of no app.
    if type(app_id := data.get("app_id")) not in (str, int) or str(app_id) != talk.client_id:
        raise talk.failure("has issued the token to another app: its app_id is not ours")
