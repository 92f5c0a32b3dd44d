"""The logins that have begun at a provider and have not come back, in the session of the browser.

A state that comes back counts only in the session in which it began, for the provider at which it began,
once, and for a quarter of an hour.
"""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from flask import session

#: Where the session keeps them.
KEY: Final = "stormpath_social"
#: In seconds, for the person's own login at the provider.
LIFETIME: Final = 900
#: In characters. The session is a cookie, which browsers drop when it is longer than 4096 bytes: the oldest
#: login makes room, as when links to a login are opened again and again.
LARGEST: Final = 1_800
LONGEST_TARGET: Final = 700


@dataclass(frozen=True)
class LoginState:
    """A login that has begun: what must come back, what is checked then, where the person goes then."""

    provider_id: str
    state: str
    redirect_uri: str
    target: str | None = None
    #: Of PKCE; at a provider of OAuth 1.0a the secret of the request token.
    verifier: str = ""
    nonce: str = ""
    since: int = 0


_FIELDS: Final = {each.name for each in fields(LoginState)}


def add(login: LoginState) -> None:
    """Keep a login that begins now. A target that is too long for a cookie is left out."""
    kept = asdict(login) | {"since": int(time.time())}
    if len(login.target or "") > LONGEST_TARGET:
        kept["target"] = None
    waiting = [*_waiting(), kept]
    while len(waiting) > 1 and len(json.dumps(waiting)) > LARGEST:
        del waiting[0]
    session[KEY] = waiting


def take(provider_id: str, state: str) -> LoginState | None:
    """Return the login that has begun in this browser with a state, and forget it; None if there is none."""
    waiting = _waiting() if state else []
    for each in waiting:
        is_same = hmac.compare_digest(each["state"].encode(), state.encode("utf-8", "replace"))
        if is_same and each["provider_id"] == provider_id:
            session[KEY] = [other for other in waiting if other is not each]
            return LoginState(**each)
    return None


def _waiting() -> list[dict[str, Any]]:
    oldest = time.time() - LIFETIME
    return [each for each in session.get(KEY, ()) if each.keys() == _FIELDS and each["since"] > oldest]
