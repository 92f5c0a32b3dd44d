"""Account: a person, or anything else that logs in (rest-core 5.11, 6.9, 6.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from stormpath.server.domain.context import (
    Owner,
    RequestContext,
    Values,
)
from stormpath.server.domain.events import AccountRegistered
from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.resources.accounts import email_verification, new_password
from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.options import truth
from stormpath.server.resources.policies import account_creation_policy, account_schema
from stormpath.server.resources.policies.password_strength import MOST_REMEMBERED
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules, differing
from stormpath.server.resources.stores import default_stores
from stormpath.server.resources.stores.group_membership import RULES as MEMBERSHIP_RULES
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    Computed,
    CustomData,
    Link,
    OneTimeTokens,
    Option,
    Password,
    Resource,
    Text,
    Timestamp,
    TokenLink,
    ids,
    snake_case,
)
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)

HASH_FORMAT: Final = "passwordFormat"
WORKFLOW: Final = "registrationWorkflowEnabled"

ACCOUNT: Final = Resource(
    "account",
    "accounts",
    (
        # First: what is wrong with it is told before the lack of what it would have brought.
        Link(
            "providerData",
            to=("providerData",),
            companion=True,
            creatable=True,
            nullable=False,
            about="What the source of the account told about it.",
        ),
        Text(
            "username",
            min_length=1,
            unique_within=("directory_id",),
            searchable=True,
            nullable=False,
            about="The login name, unique in the directory; the email when none is given.",
        ),
        Text(
            "email",
            required=True,
            min_length=1,
            pattern=r"[^@\s]+@[^@\s]+",
            pattern_hint="an e-mail address such as joe@example.com",
            unique_within=("directory_id",),
            searchable=True,
            about="The e-mail address, unique in the directory.",
        ),
        Password("password", required=True, max_length=255, about="Taken in, never shown."),
        Text("givenName", min_length=1, searchable=True),
        Text("middleName", searchable=True),
        Text("surname", min_length=1, searchable=True),
        Computed("fullName", max_length=1000, about="Given name, middle name and surname."),
        Choice(
            "status",
            choices=(ENABLED, DISABLED, UNVERIFIED),
            default=ENABLED,
            searchable=True,
            about="Only ENABLED accounts can log in.",
        ),
        Choice(
            "emailVerificationStatus",
            choices=(VERIFIED, UNVERIFIED),
            default=UNVERIFIED,
            creatable=False,
            about="Whether the e-mail address was shown to be theirs.",
        ),
        TokenLink(
            "emailVerificationToken",
            tokens=OneTimeTokens(
                path="/accounts/emailVerificationTokens/{token}",
                concerns="account",
                leads_to="account",
                about="POST the token of a verification e-mail: its account is enabled.",
            ),
            about="What a verification e-mail leads to, while the address is still to be verified.",
        ),
        Timestamp("passwordModifiedAt", about="The last change of the password."),
        CustomData(),
        Link("directory", to=("directory",), nullable=False, fixed=True, about="The directory it is in."),
        TENANT_LINK,
        Collection("groups", of="group"),
        Collection("groupMemberships", of="groupMembership"),
        Collection("applications", of="application"),
        Collection("apiKeys", of="apiKey", accepts_items=True),
        Collection("linkedAccounts", of="account", searches_custom_data=True),
        Collection("accountLinks", of="accountLink"),
    ),
    about="A person, or anything else, that logs in.",
    top_level=("GET",),
    indexes=(("directory_id", "created_at"),),
    options=(
        Option(
            name=WORKFLOW,
            about="false creates the account without any e-mail workflow.",
            parse=truth(WORKFLOW),
        ),
        Option(
            name=HASH_FORMAT,
            about="mcf: the password is a hash in Modular Crypt Format, bcrypt or stormpath2.",
            parse=new_password.password_format,
        ),
    ),
)


class _PasswordChanged(Exception):
    """Somebody else changed the password meanwhile."""


def _nothing(unit: Unit) -> None:
    """Do nothing besides."""


class AccountRules(Rules):
    """An account's password is checked against its directory's policy and kept as a hash."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        store = default_stores.for_accounts(context, owner) if default_stores.routes(owner) else owner
        application = owner.row if owner.resource.name == "application" else None
        return replace(mirrors.refuse_creation(context, store), application=application)

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        directory_id = owner.row["directory_id"] if owner.resource.name == "group" else owner.id
        values = {**values, "directory_id": directory_id}
        values["username"] = values.get("username") or values["email"]
        password = values.pop("password")
        with context.read() as unit:
            account_schema.check_required(unit, directory_id, values)
            policy = _creation_policy(unit, directory_id)
            account_creation_policy.check_domain(values["email"], policy)
            self.check_unique(unit, values)
            if HASH_FORMAT not in options:
                new_password.check_strength(password, _strength(unit, directory_id))
        if HASH_FORMAT in options:
            context.passwords.check_imported(password)
            values["password_hash"] = password
        else:
            # Hashed before the transaction begins: it is slow, and others wait for the database's writer.
            values["password_hash"] = context.passwords.hash(password)
        is_greeted = options.get(WORKFLOW, True)
        if is_greeted:
            values = email_verification.prepared(policy, values)
        with context.write() as unit:
            account = self.insert(context, unit, values)
            if is_greeted:
                context.emit(unit, AccountRegistered(unit.tenant_id, account, policy, owner.application))
            if owner.resource.name == "group":
                MEMBERSHIP_RULES.insert(context, unit, {"account_id": account["id"], "group_id": owner.id})
        return account

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        if "password" not in changes:
            return super().update(context, row, changes)
        return self.change_password(context, row, changes)

    def change_password(
        self, context: RequestContext, row: Row, changes: Values, beside: Callable[[Unit], None] = _nothing
    ) -> Row:
        """Change an account's password, and whatever else is among the changes.

        ``beside`` is done in the same transaction, before: what it raises leaves everything as it was. It is
        done again when somebody was quicker and nothing of the first time is kept.
        """
        changes = dict(changes)
        password = changes.pop("password")
        with context.read() as unit:
            # What comes before the strength of a password in the order of checks (rest-core 6.22).
            mirrors.refuse_changes(unit, row["directory_id"], {"password": password})
            self._check_change(unit, row, changes)
            self.check_unique(unit, {**row, **changes}, except_id=row["id"])
            strength = _strength(unit, row["directory_id"])
            new_password.check_strength(password, strength)
        return self._update_with_password(context, row, changes, password, strength["prevent_reuse"], beside)

    def _update_with_password(
        self,
        context: RequestContext,
        row: Row,
        changes: Values,
        password: str,
        prevent_reuse: int,
        beside: Callable[[Unit], None],
    ) -> Row:
        fresh: str | None = None
        while True:
            with context.read() as unit:
                used = unit.passwords.latest(row["id"], prevent_reuse)
            # Each is a slow hash: made and compared while no transaction is open, for others wait for it.
            new_password.refuse_reuse(password, used, context.passwords)
            fresh = fresh or context.passwords.hash(password)
            with suppress(_PasswordChanged), context.write() as unit:
                unit.lock("account", row["id"])
                beside(unit)
                if unit.passwords.latest(row["id"], prevent_reuse) != used:
                    # There is one more that must not be used again.
                    raise _PasswordChanged
                return self.change(context, unit, row, {**changes, "password_hash": fresh})

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        values = {**values, "full_name": full_name(values), "created_at": context.now_ms()}
        if "password_hash" in values:
            values["password_modified_at"] = values["created_at"]
        if mirrors.is_mirror(unit, values["directory_id"]):
            # Whoever the source vouches for has shown the address to be theirs.
            values.setdefault("email_verification_status", VERIFIED)
        return super().insert(context, unit, values)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        # The full name is made of what the row holds now, not of what it held when the request came.
        row = self.locked(unit, row)
        self._check_change(unit, row, changes)
        if "password_hash" in changes:
            # With the present one, as many as a directory can ask for.
            unit.passwords.keep(row["id"], ids.new_id(), MOST_REMEMBERED - 1)
            changes = {**changes, "password_modified_at": context.now_ms()}
        changes = email_verification.changes_with(context, unit, row, changes)
        return super().change(context, unit, row, {**changes, "full_name": full_name({**row, **changes})})

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        mirrors.refuse_copied_by_agent(unit, row["directory_id"])
        self._refuse_owner(unit, row, None)
        super().remove(context, unit, row)

    def _check_change(self, unit: Unit, row: Row, changes: Values) -> None:
        """Refuse what the directory's source, schema or list of domains, or the owner's place forbid."""
        mirrors.refuse_changes(unit, row["directory_id"], differing(row, changes))
        self._refuse_owner(unit, row, changes)
        changed_names = [each for each in account_schema.NAMES if snake_case(each) in changes]
        account_schema.check_required(unit, row["directory_id"], changes, changed_names)
        if changes.get("email", row["email"]) != row["email"]:
            policy = _creation_policy(unit, row["directory_id"])
            account_creation_policy.check_domain(changes["email"], policy)

    def _refuse_owner(self, unit: Unit, row: Row, changes: Values | None) -> None:
        """Refuse to delete or disable the account that owns the tenant (rest-core 6.18)."""
        tenant = unit.get("tenant", unit.tenant_id)
        if tenant is None or tenant["owner_account_id"] != row["id"]:
            return
        if changes is None:
            raise ApiError(Code.OWNER_NOT_DELETABLE, "The account that owns the tenant cannot be deleted.")
        if changes.get("status", row["status"]) != row["status"]:
            raise ApiError(
                Code.OWNER_STATUS_FIXED, "The status of the account that owns the tenant is fixed."
            )


def full_name(values: Values) -> str:
    """Return the parts of the name that are there, joined by single spaces."""
    parts = (values.get(each) for each in ("given_name", "middle_name", "surname"))
    return " ".join(each.strip() for each in parts if each and each.strip())


def _strength(unit: Unit, directory_id: str) -> Row:
    # It shares its directory's id, and is missing only when the directory has just been deleted.
    row = unit.get("passwordStrength", directory_id)
    if row is None:
        raise not_found()
    return row


def _creation_policy(unit: Unit, directory_id: str) -> Row:
    policy = unit.get("accountCreationPolicy", directory_id)
    if policy is None:
        raise not_found()
    return policy


RULES: Final = AccountRules(ACCOUNT)
