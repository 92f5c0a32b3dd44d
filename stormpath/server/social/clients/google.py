"""Google: OAuth 2.0 and the user info of OpenID Connect."""

from __future__ import annotations

from typing import Any, Final

from stormpath.server.social import endpoints
from stormpath.server.social.answers import kept, text, user_id_at, vouches
from stormpath.server.social.code_exchange import Tokens, exchange
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.profile import Credentials, Profile

#: The keys of the user info at the time of Google+, which mapping rules of applications name, and today's.
_FORMER_KEYS: Final = {
    "id": "sub",
    "firstName": "given_name",
    "lastName": "family_name",
    "profilePictureUrl": "picture",
}

#: The ``hd`` of a provider that takes accounts of any Workspace domain.
_ANY_DOMAIN: Final = "*"


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile of a Google account; a token that comes from elsewhere is checked first."""
    if credentials.code:
        tokens = exchange(talk, credentials, credentials.code, talk.url(endpoints.GOOGLE_TOKEN))
    else:
        tokens = Tokens(credentials.access_token or "", None)
        _check_client(talk, tokens.access)
    answer = talk.ask_for_object("the user info", talk.url(endpoints.GOOGLE_USERINFO), bearer=tokens.access)
    _check_domain(talk, answer)
    email = text(answer, "email")
    return Profile(
        user_id_at(talk, answer, "sub"),
        email,
        email is not None and vouches(answer),
        kept(talk, _with_former_keys(answer)),
        given_name=text(answer, "given_name"),
        surname=text(answer, "family_name"),
        access_token=tokens.access,
        refresh_token=tokens.refresh,
    )


def _check_client(talk: Conversation, token: str) -> None:
    """Refuse a token that was issued to another client, which could log in as anyone who uses that."""
    what = "the client of the token"
    answer = talk.ask_for_object(what, talk.url(endpoints.GOOGLE_TOKENINFO), query={"access_token": token})
    # An app on a phone has a client id of its own: then azp is the app, and aud the client that it asked for.
    if talk.client_id not in (answer.get("aud"), answer.get("azp")):
        raise talk.failure("has issued the token to another client: neither its aud nor its azp is ours")


def _check_domain(talk: Conversation, answer: dict[str, Any]) -> None:
    """Refuse accounts of other domains than the provider's ``hd``: that a page asks for it is no proof."""
    wanted, domain = talk.provider["hd"], text(answer, "hd")
    if wanted and (domain is None or wanted.lower() not in (domain.lower(), _ANY_DOMAIN)):
        raise talk.failure("has an account of another domain than the directory takes (hd)")


def _with_former_keys(answer: dict[str, Any]) -> dict[str, Any]:
    former = {old: answer[new] for old, new in _FORMER_KEYS.items() if new in answer}
    return {**former, **answer}
