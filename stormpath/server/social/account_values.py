"""The values of an account from what a provider tells: by the default mapping, and the directory's rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.server.domain.storage import Row
from stormpath.server.mail import mailboxes
from stormpath.server.resources.accounts.account import ACCOUNT
from stormpath.server.schema import custom_data_keys, snake_case
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.profile import Profile

_CUSTOM_DATA: Final = "customData."

#: How deep a dotted name of a mapping rule leads.
_DEEPEST: Final = 32

_ABSENT: Final = object()

APOLOGY: Final = "Your login could not be completed. Please contact support if this goes on."


@dataclass(frozen=True, slots=True)
class AccountValues:
    """Values by column, those that the provider tells and that are valid; ``email`` is one of them.

    ``is_vouched_for`` says that the provider has verified that address.
    """

    columns: dict[str, str] = field(repr=False)
    custom_data: dict[str, Any] = field(repr=False)
    is_vouched_for: bool

    @property
    def email(self) -> str:
        """The e-mail address."""
        return self.columns["email"]


def of_profile(profile: Profile, rules: Row | None) -> AccountValues:
    """Return the values of a profile: the defaults, and over them the ``rules`` (userInfoMappingRules).

    Raises ``ApiError`` (7201) without an e-mail address.
    """
    given: dict[str, Any] = {
        "username": profile.username,
        "email": profile.email,
        "givenName": profile.given_name,
        "middleName": profile.middle_name,
        "surname": profile.surname,
    }
    custom_data: dict[str, Any] = {}
    for rule in (rules or {}).get("items") or ():
        value = _at(profile.user_info, rule["name"])
        if value is _ABSENT:
            continue
        for target in rule["accountAttributes"]:
            if target.startswith(_CUSTOM_DATA):
                custom_data[target.removeprefix(_CUSTOM_DATA)] = value
            elif value is not None:
                given[target] = value
    columns = {snake_case(name): text for name, value in given.items() if (text := _valid(name, value))}
    if "email" not in columns:
        raise ApiError(
            Code.PROVIDER_DATA_INCOMPLETE,
            APOLOGY,
            "The provider tells no e-mail address that an account can have: ask for the scope that contains "
            "it, or map one with the directory's userInfoMappingRules.",
        )
    custom_data_keys.check(custom_data)
    is_vouched_for = (
        profile.is_email_verified
        and profile.email is not None
        and mailboxes.is_same_address(profile.email, columns["email"])
    )
    return AccountValues(columns, custom_data, is_vouched_for)


def _valid(name: str, value: Any) -> str | None:
    """Return a value as the text of an account's attribute, or ``None`` where it cannot be one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        # Blanks around it are the provider's.
        checked: str = ACCOUNT.by_name[name].check(value.strip())
    except ApiError:
        # A name that is too long keeps no person out.
        return None
    return checked


def _at(user_info: Mapping[str, Any], name: str) -> Any:
    """Return what the user info has under a key, or under a dotted path of keys."""
    if name in user_info:
        return user_info[name]
    found: Any = user_info
    for key in name.split(".", _DEEPEST):
        if not isinstance(found, Mapping) or key not in found:
            return _ABSENT
        found = found[key]
    return found
