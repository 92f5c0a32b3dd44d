"""The account of a person at a provider: found by the provider's own id of the person, or made.

An identity is a directory, which has one provider, and the id that the provider gives to one person only. An
e-mail address is none: it can be changed, given up, and claimed without being one's own. So an account that
has an identity is found by nothing else. One that has none yet, because it was copied from another service,
is joined by its address if both sides have verified that, and by no other.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.authentication import account_stores
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.provider_identities import ProviderIdentity
from stormpath.server.domain.storage import NotUnique, Row, Unit
from stormpath.server.mail import mailboxes
from stormpath.server.resources.accounts import account
from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.policies import account_creation_policy
from stormpath.server.schema import SecretLookup
from stormpath.server.schema.errors import ApiError, Code, not_found
from stormpath.server.schema.query import fold
from stormpath.server.social import account_values
from stormpath.server.social.account_values import AccountValues
from stormpath.server.social.profile import Profile

#: The name of a person whose provider tells none (rest-auth 5.3).
_NO_NAME: Final = "NOT_PROVIDED"


class Own(NamedTuple):
    """The account of a person in the provider's directory, and whether this login has made it."""

    row: Row
    is_new: bool


def account_of(context: RequestContext, directory: Row, profile: Profile) -> Own:
    """Return the account of a person in a directory, as the provider tells of it now.

    A disabled account is returned as it is. Raises ``ApiError``, and then nothing is changed.
    """
    with context.read() as unit:
        rules = unit.get("userInfoMappingRules", directory["id"])
    values = account_values.of_profile(profile, rules)
    try:
        return _store(context, directory, profile, values)
    except (NotUnique, ApiError) as error:
        if isinstance(error, ApiError) and error.code != Code.NOT_UNIQUE:
            raise
        # Another login of the person may have been faster: now there is an account.
        try:
            return _store(context, directory, profile, values)
        except NotUnique:
            raise _taken() from error


def _store(context: RequestContext, directory: Row, profile: Profile, values: AccountValues) -> Own:
    with context.write() as unit:
        account_id = unit.provider_identities.account_of(directory["id"], profile.user_id)
        known = None if account_id is None else _locked(unit, account_id)
        if known is not None:
            return Own(_refreshed(context, unit, known, profile, values), is_new=False)
        joined = _joined(unit, directory, values)
        if joined is not None:
            unit.provider_identities.add(_identity(context, joined, profile))
            return Own(_refreshed(context, unit, joined, profile, values), is_new=False)
        created = _create(context, unit, directory, profile, values)
        unit.provider_identities.add(_identity(context, created, profile))
        return Own(created, is_new=True)


def _locked(unit: Unit, account_id: str) -> Row | None:
    unit.lock("account", account_id)
    return unit.get("account", account_id)


def _joined(unit: Unit, directory: Row, values: AccountValues) -> Row | None:
    """Return the account without an identity that has the same address, verified on both sides."""
    found = unit.find("account", directory_id=directory["id"], email_key=fold(values.email))
    if found is None or not values.is_vouched_for:
        return None
    found = _locked(unit, found["id"])
    if found is None or found["email_verification_status"] != VERIFIED:
        return None
    if not mailboxes.is_same_address(found["email"], values.email):
        return None
    return found if unit.provider_identities.user_of(found["id"]) is None else None


def _refreshed(context: RequestContext, unit: Unit, row: Row, profile: Profile, values: AccountValues) -> Row:
    """Store what the provider tells of a known person; names that another account has stay as they were."""
    try:
        account_stores.check_account_status(row["status"])
    except ApiError:
        return row
    unit.provider_identities.update(_identity(context, row, profile))
    changes: Values = dict(values.columns)
    for column in ("email", "username"):
        if column in changes and _is_taken(unit, row["directory_id"], column, changes[column], row["id"]):
            del changes[column]
    if "email" in changes:
        changes["email_verification_status"] = VERIFIED if values.is_vouched_for else UNVERIFIED
    if values.custom_data:
        changes["custom_data"] = values.custom_data
    return account.RULES.copy(context, unit, row, changes)


def _create(
    context: RequestContext, unit: Unit, directory: Row, profile: Profile, values: AccountValues
) -> Row:
    policy = unit.get("accountCreationPolicy", directory["id"])
    if policy is None:
        # The directory has just been deleted.
        raise not_found()
    account_creation_policy.check_domain(values.email, policy)
    if _is_taken(unit, directory["id"], "email", values.email, None):
        raise _taken()
    new: dict[str, Any] = {
        "given_name": _NO_NAME,
        "surname": _NO_NAME,
        **values.columns,
        "username": _free_username(unit, directory["id"], profile, values),
        "directory_id": directory["id"],
        "email_verification_status": VERIFIED if values.is_vouched_for else UNVERIFIED,
    }
    if values.custom_data:
        new["custom_data"] = values.custom_data
    return account.RULES.insert(context, unit, new)


def _taken() -> ApiError:
    return ApiError(
        Code.NOT_UNIQUE,
        "Account with that email already exists. Please choose another email.",
        "Another account of the directory has the e-mail address that the provider tells. It is not joined: "
        "it belongs to another user of the provider, or the address is not verified on both sides.",
    )


def _free_username(unit: Unit, directory_id: str, profile: Profile, values: AccountValues) -> str:
    """Return the login name at the provider, or else the address, or else the provider's id."""
    for name in (values.columns.get("username"), values.email):
        if name is not None and not _is_taken(unit, directory_id, "username", name, None):
            return name
    return profile.user_id


def _is_taken(unit: Unit, directory_id: str, column: str, value: str, except_id: str | None) -> bool:
    found = unit.find("account", directory_id=directory_id, **{f"{column}_key": fold(value)})
    return found is not None and found["id"] != except_id


def _identity(context: RequestContext, row: Row, profile: Profile) -> ProviderIdentity:
    declared = context.resources["providerData"].by_name

    def sealed(name: str, token: str | None) -> bytes | None:
        shown = declared[name]
        if token is None or not isinstance(shown, SecretLookup):
            return None
        return context.secrets.seal(token, shown.belongs_to(row["id"]))

    return ProviderIdentity(
        account_id=row["id"],
        directory_id=row["directory_id"],
        user_id=profile.user_id,
        access_token=sealed("accessToken", profile.access_token),
        access_token_secret=sealed("accessTokenSecret", profile.access_token_secret),
        refresh_token=sealed("refreshToken", profile.refresh_token),
        user_info=profile.user_info,
        modified_at=context.now_ms(),
    )
