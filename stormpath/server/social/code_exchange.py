"""The exchange of a code for an access token (RFC 6749, 4.1.3), which is the same at all providers."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.social.conversation import Conversation
from stormpath.server.social.credentials import TOKEN, redirect_uri_for
from stormpath.server.social.profile import Credentials

_WHAT: Final = "an access token for the code"


class Tokens(NamedTuple):
    """The tokens that a code was exchanged for."""

    access: str
    refresh: str | None


def exchange(talk: Conversation, credentials: Credentials, code: str, url: str) -> Tokens:
    """Return the tokens for a code. Our client authenticates itself in the form (``client_secret_post``).

    They are issued to our client: the provider gives them to no client without its secret.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": talk.client_id,
        "client_secret": talk.client_secret,
    }
    if redirect_uri := redirect_uri_for(talk.provider, credentials):
        form["redirect_uri"] = redirect_uri
    reply = talk.ask(_WHAT, url, form=form)
    answer = talk.object_of(reply)
    # Some answer an error with status 200.
    if "error" in answer:
        raise talk.refusal(reply)
    access = _token(talk, answer, "access_token")
    if access is None:
        raise talk.failure(f"gave no access_token when asked for {_WHAT}")
    kind = answer.get("token_type", "bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise talk.failure("gave a token whose token_type is not bearer")
    return Tokens(access, _token(talk, answer, "refresh_token"))


def _token(talk: Conversation, answer: dict[str, Any], name: str) -> str | None:
    token = answer.get(name)
    if token is None or token == "":
        return None
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise talk.failure(f"gave something as {name} that is no token")
    talk.mask.hide(token)
    return token
