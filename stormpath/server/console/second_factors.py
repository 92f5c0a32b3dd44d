"""The second factors of an account, as pages show them and as a login is proved with them.

All of it is done by the API: factors, challenges, and the limits on guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stormpath.server.console.texts import gettext
from stormpath.server.rest.in_process import InProcessApi
from stormpath.server.schema.errors import ApiError, Code, not_found

Json = dict[str, Any]

APP: Final = "google-authenticator"
PHONE: Final = "SMS"
RECOVERY_CODES: Final = "recovery-codes"

#: The order in which a person is asked for them.
_ORDER: Final = (APP, PHONE, RECOVERY_CODES)

_LABELS: Final = {
    APP: "Authenticator app",
    PHONE: "Text message",
    RECOVERY_CODES: "Recovery code",
}

#: An account is shown so many factors.
_MOST: Final = 50

_VERIFIED: Final = "VERIFIED"

#: Errors of a code that cannot be right any more: each says what to do.
_ENDED: Final = frozenset(
    {
        Code.CHALLENGE_ENDED,
        Code.CODE_EXPIRED,
        Code.TOO_MANY_CODES,
        Code.FACTOR_DISABLED,
        Code.PHONE_DISABLED,
    }
)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor. ``detail`` tells one of a kind from another: the end of a number, the name in an app."""

    id: str
    kind: str
    label: str
    detail: str
    is_verified: bool
    is_enabled: bool
    remaining: int | None
    created_at: str
    phone_id: str = ""

    @property
    def is_message(self) -> bool:
        """Whether its codes are sent."""
        return self.kind == PHONE


def all_of(api: InProcessApi, account: str, *, usable: bool = False) -> list[Factor]:
    """Return the factors of an account (its path), in the order in which they are asked for. One request.

    Those that are ``usable`` prove a login: they were proved once, and are enabled. Recovery codes count also
    where they are all that is left, and when all are used: a deletion makes no login easier.
    """
    query: Json = {"limit": _MOST, "expand": "phone"}
    if usable:
        query |= {"status": "ENABLED", "verificationStatus": _VERIFIED}
    found = [_factor(each) for each in api.get(f"{account}/factors", query)["items"]]
    return sorted(found, key=lambda each: _ORDER.index(each.kind))


def send_code(api: InProcessApi, factor: Factor) -> str:
    """Let a code be sent to a phone; return the id of its challenge. Raises ``ApiError`` if none is sent."""
    made = api.post(f"/factors/{factor.id}/challenges", {})
    return str(made["href"]).rpartition("/")[2]


def is_right(api: InProcessApi, account: str, factor: Factor, code: str, challenge: str = "") -> bool:
    """Tell whether a code is right for a factor, which spends it.

    ``challenge`` is the id of that for which a message was sent. Raises ``ApiError`` where no code is taken:
    too many were wrong (429), or the challenge has ended.
    """
    if factor.is_message:
        answer = _answered(api, account, challenge, code)
    else:
        answer = api.post(f"/factors/{factor.id}/challenges", {"code": code})
    return bool(answer["status"] == "SUCCESS")


def problem_of(error: ApiError) -> str:
    """Return what a person is told of a code that was not taken; other errors are raised again."""
    if error.code == Code.TOO_MANY_REQUESTS:
        return gettext("Too many codes were wrong. Please wait a few minutes.")
    if error.code in _ENDED or error.status in (400, 404, 409):
        return gettext("This code cannot be used any more. Please ask for another one.")
    raise error


def _answered(api: InProcessApi, account: str, challenge: str, code: str) -> Json:
    """Answer a challenge of that account: the id comes from a form."""
    if not challenge.isalnum():
        raise not_found()
    found = api.get(f"/challenges/{challenge}")
    if api.path_of(found["account"]["href"]) != account:
        raise not_found()
    return api.post(f"/challenges/{challenge}", {"code": code})


def _factor(body: Mapping[str, Any]) -> Factor:
    kind, phone = str(body["type"]), body.get("phone") or {}
    detail = f"… {phone['number'][-4:]}" if "number" in phone else str(body.get("accountName") or "")
    return Factor(
        id=str(body["href"]).rpartition("/")[2],
        kind=kind,
        label=gettext(_LABELS[kind]),
        detail=detail,
        is_verified=body["verificationStatus"] == _VERIFIED,
        is_enabled=body["status"] == "ENABLED",
        remaining=body.get("remaining"),
        created_at=body["createdAt"],
        phone_id=str(phone.get("href", "")).rpartition("/")[2],
    )
