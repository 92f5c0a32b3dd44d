"""LinkedIn: OAuth 2.0, and "Sign In with LinkedIn using OpenID Connect"."""

from __future__ import annotations

from stormpath.server.social import endpoints
from stormpath.server.social.answers import kept, text, user_id_at, vouches
from stormpath.server.social.code_exchange import exchange
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.profile import Credentials, Profile


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile of a LinkedIn member; a token that comes from elsewhere is checked first."""
    if credentials.code:
        token = exchange(talk, credentials, credentials.code, talk.url(endpoints.LINKEDIN_TOKEN)).access
    else:
        token = credentials.access_token or ""
        _check_client(talk, token)
    answer = talk.ask_for_object("the user info", talk.url(endpoints.LINKEDIN_USERINFO), bearer=token)
    email = text(answer, "email")
    return Profile(
        user_id_at(talk, answer, "sub"),
        email,
        email is not None and vouches(answer),
        kept(talk, answer),
        given_name=text(answer, "given_name"),
        surname=text(answer, "family_name"),
        access_token=token,
    )


def _check_client(talk: Conversation, token: str) -> None:
    """Refuse a token that was issued to another client, or is not active."""
    form = {"client_id": talk.client_id, "client_secret": talk.client_secret, "token": token}
    url = talk.url(endpoints.LINKEDIN_INTROSPECTION)
    answer = talk.ask_for_object("the client of the token", url, form=form)
    if answer.get("active") is not True:
        raise talk.failure("says that the token is not active")
    if answer.get("client_id") != talk.client_id:
        raise talk.failure("has issued the token to another client: its client_id is not ours")
