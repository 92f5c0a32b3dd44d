"""X (Twitter): OAuth 1.0a. Its signature (RFC 5849) proves that the token was issued to our client."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from stormpath.server.social import endpoints
from stormpath.server.social.answers import kept, text, user_id_at
from stormpath.server.social.conversation import Conversation, with_query
from stormpath.server.social.profile import Credentials, Profile

_QUERY: Final = {"include_email": "true", "skip_status": "true"}


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile of a user of X, which tells an address only if the user has confirmed it."""
    token, token_secret = credentials.access_token or "", credentials.access_token_secret or ""
    url = with_query(talk.url(endpoints.TWITTER_VERIFY), _QUERY)
    header = authorization(
        "GET", url, (talk.client_id, talk.client_secret), (token, token_secret), now_s=talk.now_s
    )
    answer = talk.ask_for_object("the user", url, headers={"Authorization": header})
    email = text(answer, "email")
    return Profile(
        user_id_at(talk, answer, "id_str"),
        email,
        email is not None,
        kept(talk, answer),
        username=text(answer, "screen_name"),
        access_token=token,
        access_token_secret=token_secret,
    )


class _Secrets(NamedTuple):
    """The secrets of a signature, by the names that oauthlib gives them."""

    client_secret: str
    resource_owner_secret: str


def authorization(
    method: str,
    url: str,
    client: tuple[str, str],
    token: tuple[str, str],
    *,
    now_s: int,
    nonce: str | None = None,
) -> str:
    """Return the header ``Authorization`` of a request that is signed by HMAC-SHA1 (RFC 5849, 3).

    ``client`` and ``token`` are each a key and its secret; ``nonce`` is random unless given.
    """
    # Loaded at the first such login: a service without any need not have it. Step by step, because the
    # library's own client writes the token and the signature to its log.
    from oauthlib.oauth1.rfc5849 import parameters, signature

    own = [
        ("oauth_consumer_key", client[0]),
        ("oauth_nonce", nonce or secrets.token_hex(16)),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", str(now_s)),
        ("oauth_token", token[0]),
        ("oauth_version", "1.0"),
    ]
    signed = own + signature.collect_parameters(uri_query=urlsplit(url).query)
    base = signature.signature_base_string(
        method, signature.base_string_uri(url), signature.normalize_parameters(signed)
    )
    proof = signature.sign_hmac_sha1_with_client(base, _Secrets(client[1], token[1]))
    return str(parameters.prepare_headers([*own, ("oauth_signature", proof)])["Authorization"])
