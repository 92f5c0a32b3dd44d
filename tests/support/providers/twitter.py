"""X (Twitter) as its documentation describes it: it checks the signature of OAuth 1.0a by RFC 5849."""

import base64
import hmac
import re
from typing import ClassVar
from urllib.parse import quote, unquote

from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Answer, Sent, StandIn

_PATH = "/1.1/account/verify_credentials.json"


class Twitter(StandIn):
    kind = "twitter"
    endpoints: ClassVar = {"twitter_verify_url": _PATH}
    routes: ClassVar = {("GET", _PATH): "verify"}

    def verify(self, sent: Sent) -> Answer:
        found = re.findall(r'(\w+)="([^"]*)"', sent.headers.get("authorization", ""))
        oauth = {unquote(name): unquote(value) for name, value in found}
        given = oauth.pop("oauth_signature", "")
        person = self.of_token(oauth.get("oauth_token"))
        if person is None:
            return _refused(89, "Invalid or expired token.")
        # A token of another client is as unknown as one of nobody.
        secrets = (CLIENT_SECRET, person.token_secret)
        right = signature(sent.method, self.url + sent.path, sent.query | oauth, *secrets)
        is_ours = oauth.get("oauth_consumer_key") == person.client_id == CLIENT_ID
        if given != right or not is_ours or "oauth_nonce" not in oauth:
            return _refused(32, "Could not authenticate you.")
        wants_email = sent.query.get("include_email") == "true"
        return Answer(
            200,
            {
                "id": int(person.id),
                "id_str": person.id,
                "name": f"{person.given_name} {person.surname}",
                "screen_name": person.username,
                **({"email": person.email if person.verified else None} if wants_email else {}),
                **person.extra,
            },
        )


def signature(
    method: str, url: str, parameters: dict[str, str], client_secret: str, token_secret: str
) -> str:
    """Return the signature by HMAC-SHA1 of a request, all of whose parameters have different names."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(map(_encoded, (method, url, normalized)))
    key = f"{_encoded(client_secret)}&{_encoded(token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _refused(code: int, message: str) -> Answer:
    return Answer(401, {"errors": [{"code": code, "message": message}]})
