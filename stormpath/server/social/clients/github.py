"""GitHub: its REST API, on github.com or on an Enterprise Server."""

from __future__ import annotations

import base64
from typing import Any, Final
from urllib.parse import quote

from stormpath.server.social import endpoints
from stormpath.server.social.answers import at_path, kept, text, user_id_at
from stormpath.server.social.conversation import Conversation
from stormpath.server.social.profile import Credentials, Profile

_HEADERS: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def profile(talk: Conversation, credentials: Credentials) -> Profile:
    """Return the profile of a GitHub user, with the primary address if the user has confirmed it.

    The ``email`` of the profile is one that the user shows to everybody, and need not be the primary one.
    """
    token = credentials.access_token or ""
    _check_client(talk, token)
    answer = talk.ask_for_object(
        "the user", talk.url(endpoints.GITHUB_API, "/user"), bearer=token, headers=_HEADERS
    )
    email = _primary_address(talk, token)
    return Profile(
        user_id_at(talk, answer, "id"),
        email,
        email is not None,
        kept(talk, answer),
        username=text(answer, "login"),
        access_token=token,
    )


def _check_client(talk: Conversation, token: str) -> None:
    """Refuse a token of another OAuth app: GitHub knows it only for the app that it was issued to."""
    name = f"{talk.client_id}:{talk.client_secret}"
    basic = base64.b64encode(name.encode()).decode()
    reply = talk.ask(
        "the app of the token",
        talk.url(endpoints.GITHUB_API, f"/applications/{quote(talk.client_id, safe='')}/token"),
        headers={**_HEADERS, "Authorization": f"Basic {basic}"},
        json={"access_token": token},
    )
    if reply.status == 404:
        raise talk.refusal(reply, "the token is not valid, or was issued to another client")
    if at_path(talk.object_of(reply), "app.client_id") != talk.client_id:
        raise talk.failure("has issued the token to another app: its client_id is not ours")


def _primary_address(talk: Conversation, token: str) -> str | None:
    """Return the user's primary address if it is verified; none without the scope ``user:email``."""
    reply = talk.ask(
        "the e-mail addresses",
        talk.url(endpoints.GITHUB_API, "/user/emails"),
        query={"per_page": "100"},
        bearer=token,
        headers=_HEADERS,
    )
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise talk.refusal(reply)
    if not isinstance(reply.value, list):
        fault = reply.fault or "JSON that is no list"
        raise talk.failure(f"answered with {fault} when asked for {reply.what}")
    return next((text(each, "email") for each in reply.value if _is_primary(each)), None)


def _is_primary(address: Any) -> bool:
    return isinstance(address, dict) and address.get("primary") is True and address.get("verified") is True
