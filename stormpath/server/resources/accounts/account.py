"""Account: a person, or anything else that logs in (rest-core 5.11, 6.9, 6.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.events import AccountRegistered, AddressChanged, PasswordChanged
from stormpath.server.domain.logins import FEW_COLONS, MOST_COLONS
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.accounts import email_verification, guessable_password, new_password
from stormpath.server.resources.accounts.email_verification import UNVERIFIED, VERIFIED
from stormpath.server.resources.accounts.new_password import HASH_FORMAT
from stormpath.server.resources.options import boolean
from stormpath.server.resources.policies import account_creation_policy, account_schema, administrators
from stormpath.server.resources.policies.password_strength import MAX_PASSWORD_HISTORY
from stormpath.server.resources.providers import mirrors
from stormpath.server.resources.rules import Rules, effective_changes
from stormpath.server.resources.stores import default_stores
from stormpath.server.resources.stores.group_membership import RULES as MEMBERSHIP_RULES
from stormpath.server.resources.stores.store_mappings import store_of
from stormpath.server.schema import (
    DISABLED,
    ENABLED,
    LOCKED,
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
from stormpath.server.schema.addresses import EmailAddress
from stormpath.server.schema.errors import ApiError, Code, not_found
from stormpath.server.schema.password_forms import prepared
from stormpath.server.schema.query import fold

WORKFLOW: Final = "registrationWorkflowEnabled"

_FEW_COLONS_HINT: Final = f"at most {MOST_COLONS} colons"

ACCOUNT: Final = Resource(
    "account",
    "accounts",
    (
        # First: its own errors are reported before those of attributes that it would have supplied.
        Link(
            "providerData",
            to=("providerData",),
            companion=True,
            creatable=True,
            nullable=False,
            about="Data about the account from its directory's provider.",
        ),
        Text(
            "username",
            min_length=1,
            strips=True,
            pattern=FEW_COLONS,
            pattern_hint=_FEW_COLONS_HINT,
            unique_within=("directory_id",),
            searchable=True,
            nullable=False,
            about="The login name, unique in the directory; by default the email.",
        ),
        EmailAddress(
            "email",
            required=True,
            pattern=FEW_COLONS,
            pattern_hint=_FEW_COLONS_HINT,
            unique_within=("directory_id",),
            searchable=True,
            about="The e-mail address, unique in the directory.",
        ),
        Password("password", required=True, about="Accepted, never shown."),
        Text("givenName", min_length=1, searchable=True),
        Text("middleName", searchable=True),
        Text("surname", min_length=1, searchable=True),
        Computed("fullName", max_length=1000, joins=True, about="Given name, middle name and surname."),
        Choice(
            "status",
            choices=(ENABLED, DISABLED, UNVERIFIED, LOCKED),
            default=ENABLED,
            searchable=True,
            about="Only ENABLED accounts can log in.",
        ),
        Choice(
            "emailVerificationStatus",
            choices=(VERIFIED, UNVERIFIED),
            default=UNVERIFIED,
            creatable=False,
            about="Whether the account's owner has verified the e-mail address.",
        ),
        TokenLink(
            "emailVerificationToken",
            tokens=OneTimeTokens(
                path="/accounts/emailVerificationTokens/{token}",
                concerns="account",
                leads_to="account",
                about="POST the token of a verification e-mail: its account is verified and enabled.",
            ),
            about="The token of the verification e-mail, while the address is unverified.",
        ),
        Timestamp("passwordModifiedAt", about="The last change of the password."),
        CustomData(),
        Link("directory", to=("directory",), nullable=False, fixed=True, about="The directory it is in."),
        TENANT_LINK,
        Collection("groups", of="group"),
        Collection("groupMemberships", of="groupMembership"),
        Collection("applications", of="application"),
        Collection("apiKeys", of="apiKey", accepts_items=True),
        Collection("accessTokens", of="accessToken"),
        Collection("refreshTokens", of="refreshToken"),
        Collection("factors", of="factor", accepts_items=True),
        Collection("phones", of="phone", accepts_items=True),
        Collection("linkedAccounts", of="account", searches_custom_data=True),
        Collection("accountLinks", of="accountLink"),
    ),
    about="A person, or anything else, that logs in.",
    top_level=("GET",),
    indexes=(("directory_id", "created_at"), ("tenant_id", "status")),
    text_index=True,
    options=(
        Option(
            name=WORKFLOW,
            about="false creates the account without any e-mail workflow.",
            parse=boolean(WORKFLOW),
        ),
        Option(
            name=HASH_FORMAT,
            about="mcf: the password is a hash in Modular Crypt Format, bcrypt or stormpath2.",
            parse=new_password.password_format,
            # The hash would become the password.
            refused_on_update=True,
        ),
    ),
)


class _PasswordChanged(Exception):
    """Another request changed the password meanwhile."""


def _do_nothing(unit: Unit) -> None:
    """Leave the transaction as it is."""


class AccountRules(Rules):
    """An account's password is checked against its directory's policy and stored as a hash."""

    def place(self, context: RequestContext, owner: Owner) -> Owner:
        if (named := store_of(owner.also)) is not None:
            store = default_stores.mapped(context, owner, named)
        else:
            store = default_stores.for_accounts(context, owner) if default_stores.apply_to(owner) else owner
        application = owner.row if owner.resource.name == "application" else None
        return replace(mirrors.refuse_creation(context, store), application=application)

    def create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        directory_id = owner.row["directory_id"] if owner.resource.name == "group" else owner.id
        values = {**values, "directory_id": directory_id}
        values["username"] = values.get("username") or values["email"]
        try:
            return self._create(context, owner, values, options)
        except ApiError as error:
            if error.code == Code.NOT_UNIQUE:
                # A request at the same moment was faster: the first name that is taken now is told.
                with context.read() as unit:
                    self.check_unique(unit, values)
            raise

    def _create(
        self, context: RequestContext, owner: Owner, values: Values, options: Mapping[str, Any]
    ) -> Row:
        values = dict(values)
        password, is_hash = values.pop("password"), HASH_FORMAT in options
        policy = self.check_new(context, values, None if is_hash else password, owner.application)
        # Hashed before the transaction begins: it is slow, and others wait for the database's writer.
        values["password_hash"] = (
            _imported(context, password)
            if is_hash
            else context.passwords_of(fold(values["email"])).hash(password)
        )
        if not options.get(WORKFLOW, True):
            return self._insert_into(context, owner, values, None)
        return self._insert_into(context, owner, email_verification.apply_policy(policy, values), policy)

    def unique_texts(self, row: Row) -> list[Text]:
        # An e-mail that is also the username, because none was given, is told as an e-mail that is taken.
        is_email_first = row["username"] == row["email"]
        return sorted(super().unique_texts(row), key=lambda each: is_email_first and each.name != "email")

    def check_new(
        self, context: RequestContext, values: Values, password: str | None, application: Row | None = None
    ) -> Row:
        """Check a new account, and its password unless that is a hash; return the creation policy."""
        directory_id = values["directory_id"]
        with context.read() as unit:
            account_schema.check_required(unit, directory_id, values)
            policy = _creation_policy(unit, directory_id)
            account_creation_policy.check_domain(values["email"], policy)
            self.check_unique(unit, values)
            if password is not None:
                check_password(unit, password, values, application)
        return policy

    def _insert_into(self, context: RequestContext, owner: Owner, values: Values, policy: Row | None) -> Row:
        """Insert an account into a directory or group; with a policy, its e-mail workflow starts."""
        with context.write() as unit:
            account = self.insert(context, unit, values)
            if policy is not None:
                context.emit(unit, AccountRegistered(unit.tenant_id, account, policy, owner.application))
            if owner.resource.name == "group":
                MEMBERSHIP_RULES.insert(context, unit, {"account_id": account["id"], "group_id": owner.id})
        return account

    def update(self, context: RequestContext, row: Row, changes: Values) -> Row:
        administrators.refuse_identity_of_another(context, row, changes)
        if "password" not in changes:
            return super().update(context, row, changes)
        return self.change_password(context, row, changes)

    def change_password(
        self,
        context: RequestContext,
        row: Row,
        changes: Values,
        before_change: Callable[[Unit], None] = _do_nothing,
        application: Row | None = None,
    ) -> Row:
        """Change an account's password, and its other attributes that are among the changes.

        ``application`` is the one that the change came through, if it is known. ``before_change`` runs first
        in the same transaction: an error that it raises undoes everything. It runs again, in a new
        transaction, if a concurrent request has changed the password.
        """
        changes = dict(changes)
        password = changes.pop("password")
        with context.read() as unit:
            # The checks that come before the strength of the password (rest-core 6.22).
            mirrors.refuse_changes(unit, row["directory_id"], {"password": password})
            self._check_change(unit, row, changes)
            self.check_unique(unit, {**row, **changes}, except_id=row["id"])
            # Names that change with the password are checked as they will be.
            strength = check_password(unit, password, {**row, **changes}, application)
        prevent_reuse = strength["prevent_reuse"]
        return self._update_with_password(context, row, changes, password, prevent_reuse, before_change)

    def _update_with_password(
        self,
        context: RequestContext,
        row: Row,
        changes: Values,
        password: str,
        prevent_reuse: int,
        before_change: Callable[[Unit], None],
    ) -> Row:
        new_hash: str | None = None
        passwords = context.passwords_of(row["id"])
        while True:
            with context.read() as unit:
                used = unit.passwords.latest(row["id"], prevent_reuse)
            # Hashes are slow: they are made and compared outside of a transaction, for which others wait.
            new_password.refuse_reuse(password, used, passwords)
            new_hash = new_hash or passwords.hash(password)
            with suppress(_PasswordChanged), context.write() as unit:
                unit.lock("account", row["id"])
                before_change(unit)
                if unit.passwords.latest(row["id"], prevent_reuse) != used:
                    # One more password must not be used again.
                    raise _PasswordChanged
                return self.change(context, unit, row, {**changes, "password_hash": new_hash})

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        values = {**values, "full_name": full_name(values), "created_at": context.now_ms()}
        if "password_hash" in values:
            values["password_modified_at"] = values["created_at"]
        if mirrors.is_mirror(unit, values["directory_id"]):
            # The source of a mirror directory has verified the addresses of its accounts.
            values.setdefault("email_verification_status", VERIFIED)
        return super().insert(context, unit, values)

    def change(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        # The full name is made of the row as it is now, not as it was when the request came.
        row = self.lock_and_reread(unit, row)
        self._check_change(unit, row, changes)
        if "password_hash" in changes:
            # With the present hash, as many as a directory can ask for.
            unit.passwords.keep(row["id"], ids.new_id(), MAX_PASSWORD_HISTORY - 1)
            changes = {**changes, "password_modified_at": context.now_ms()}
        has_new_address = email_verification.has_new_address(row, changes)
        changes = email_verification.add_changes(context, unit, row, changes)
        changed = super().change(context, unit, row, {**changes, "full_name": full_name({**row, **changes})})
        if "password_hash" in changes:
            context.emit(unit, PasswordChanged(unit.tenant_id, account_id=row["id"]))
        if has_new_address:
            context.emit(unit, AddressChanged(unit.tenant_id, row, changed))
        return changed

    def copy(self, context: RequestContext, unit: Unit, row: Row, changes: Values) -> Row:
        """Store what the source of a mirror directory tells about an account of it."""
        if "password_hash" in changes:
            changes = {**changes, "password_modified_at": context.now_ms()}
        full = full_name({**row, **changes})
        changed = super().change(context, unit, row, {**changes, "full_name": full})
        if "password_hash" in changes:
            context.emit(unit, PasswordChanged(unit.tenant_id, account_id=row["id"]))
        return changed

    def erase(self, context: RequestContext, unit: Unit, row: Row) -> None:
        """Remove an account that the source of its mirror directory has no more."""
        super().remove(context, unit, row)

    def remove(self, context: RequestContext, unit: Unit, row: Row) -> None:
        mirrors.refuse_copied_by_agent(unit, row["directory_id"])
        self._refuse_tenant_owner(unit, row, None)
        administrators.refuse_another(context, unit, row["id"])
        super().remove(context, unit, row)

    def _check_change(self, unit: Unit, row: Row, changes: Values) -> None:
        """Refuse changes that a mirror, the schema, the allowed domains or the tenant's owner forbid."""
        mirrors.refuse_changes(unit, row["directory_id"], effective_changes(row, changes))
        self._refuse_tenant_owner(unit, row, changes)
        changed_names = [each for each in account_schema.NAMES if snake_case(each) in changes]
        account_schema.check_required(unit, row["directory_id"], changes, changed_names)
        if changes.get("email", row["email"]) != row["email"]:
            policy = _creation_policy(unit, row["directory_id"])
            account_creation_policy.check_domain(changes["email"], policy)

    def _refuse_tenant_owner(self, unit: Unit, row: Row, changes: Values | None) -> None:
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
    """Return the non-empty parts of the name, joined by single spaces."""
    parts = (values.get(each) for each in ("given_name", "middle_name", "surname"))
    return " ".join(each.strip() for each in parts if each and each.strip())


def _imported(context: RequestContext, password_hash: str) -> str:
    context.passwords.check_imported(password_hash)
    return password_hash


def check_password(unit: Unit, password: str, account: Values, application: Row | None) -> Row:
    """Check the password that an account is about to have; return the strength that its directory wants."""
    # It has its directory's id, and is missing only if the directory has just been deleted.
    strength = unit.get("passwordStrength", account["directory_id"])
    if strength is None:
        raise not_found()
    password = prepared(password)
    new_password.check_strength(password, strength)
    if strength["prevent_common"]:
        guessable_password.refuse_guessable(unit, password, account, application)
    return strength


def _creation_policy(unit: Unit, directory_id: str) -> Row:
    policy = unit.get("accountCreationPolicy", directory_id)
    if policy is None:
        raise not_found()
    return policy


RULES: Final = AccountRules(ACCOUNT)
