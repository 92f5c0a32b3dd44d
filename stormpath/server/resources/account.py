"""Account: a person, or anything else that logs in (rest-core 5.11, 6.9, 6.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import (
    DISABLED,
    ENABLED,
    TENANT_LINK,
    Choice,
    Collection,
    Computed,
    CustomData,
    Link,
    Option,
    Password,
    Resource,
    Text,
    Timestamp,
)
from stormpath.server.refusals import Code, Refusal
from stormpath.server.resources import default_stores, password_policy
from stormpath.server.resources.group_membership import RULES as MEMBERSHIP_RULES
from stormpath.server.resources.options import truth
from stormpath.server.resources.rules import Rules
from stormpath.server.work import Owner, Values, Work

UNVERIFIED: Final = "UNVERIFIED"

ACCOUNT: Final = Resource(
    "account",
    "accounts",
    (
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
            choices=("VERIFIED", UNVERIFIED),
            default=UNVERIFIED,
            creatable=False,
            about="Whether the e-mail address was shown to be theirs.",
        ),
        Timestamp("passwordModifiedAt", about="The last change of the password."),
        CustomData(),
        Link("directory", to=("directory",), nullable=False, fixed=True, about="The directory it is in."),
        TENANT_LINK,
        Collection("groups", of="group"),
        Collection("groupMemberships", of="groupMembership"),
        Collection("applications", of="application"),
    ),
    about="A person, or anything else, that logs in.",
    top_level=("GET",),
    indexes=(("directory_id", "created_at"),),
    options=(
        Option(
            name="registrationWorkflowEnabled",
            about="false creates the account without any e-mail workflow.",
            parse=truth("registrationWorkflowEnabled"),
        ),
    ),
)


class AccountRules(Rules):
    """An account's password is checked against its directory's policy and kept as a hash."""

    def place(self, work: Work, owner: Owner) -> Owner:
        return default_stores.for_accounts(work, owner) if owner.resource.name == "application" else owner

    def create(self, work: Work, owner: Owner, values: Values, options: Mapping[str, Any]) -> Row:
        directory_id = owner.row["directory_id"] if owner.resource.name == "group" else owner.id
        values = {**values, "directory_id": directory_id}
        values["username"] = values.get("username") or values["email"]
        with work.read() as unit:
            self.check_unique(unit, values)
        # Hashed before the transaction begins: it is slow, and others wait for the database's writer.
        values |= self._hashed(work, values)
        with work.write() as unit:
            account = self.insert(work, unit, values)
            if owner.resource.name == "group":
                MEMBERSHIP_RULES.insert(work, unit, {"account_id": account["id"], "group_id": owner.id})
        return account

    def update(self, work: Work, row: Row, changes: Values) -> Row:
        if "password" in changes:
            # What comes before the strength of a password in the order of checks (rest-core 6.22).
            with work.read() as unit:
                self._refuse_owner(unit, row, changes)
                self.check_unique(unit, {**row, **changes}, except_id=row["id"])
            changes = {**changes, **self._hashed(work, changes)}
        with work.write() as unit:
            return self.change(work, unit, row, changes)

    def insert(self, work: Work, unit: Unit, values: Values) -> Row:
        values = {**_without_password(values), "full_name": full_name(values), "created_at": work.now_ms()}
        if "password_hash" in values:
            values["password_modified_at"] = values["created_at"]
        return super().insert(work, unit, values)

    def change(self, work: Work, unit: Unit, row: Row, changes: Values) -> Row:
        # The full name is made of what the row holds now, not of what it held when the request came.
        row = self.locked(unit, row)
        self._refuse_owner(unit, row, changes)
        changes = _without_password(changes)
        return super().change(work, unit, row, {**changes, "full_name": full_name({**row, **changes})})

    def remove(self, work: Work, unit: Unit, row: Row) -> None:
        self._refuse_owner(unit, row, None)
        super().remove(work, unit, row)

    def _hashed(self, work: Work, values: Values) -> Values:
        password = values.pop("password")
        password_policy.DEFAULT.check(password)
        return {"password_hash": work.passwords.hash(password), "password_modified_at": work.now_ms()}

    def _refuse_owner(self, unit: Unit, row: Row, changes: Values | None) -> None:
        """Refuse to delete or disable the account that owns the tenant (rest-core 6.18)."""
        tenant = unit.get("tenant", unit.tenant_id)
        if tenant is None or tenant["owner_account_id"] != row["id"]:
            return
        if changes is None:
            raise Refusal(Code.OWNER_NOT_DELETABLE, "The account that owns the tenant cannot be deleted.")
        if changes.get("status", row["status"]) != row["status"]:
            raise Refusal(Code.OWNER_STATUS_FIXED, "The status of the account that owns the tenant is fixed.")


def full_name(values: Values) -> str:
    """Return the parts of the name that are there, joined by single spaces."""
    parts = (values.get(each) for each in ("given_name", "middle_name", "surname"))
    return " ".join(each.strip() for each in parts if each and each.strip())


def _without_password(values: Values) -> Values:
    return {column: value for column, value in values.items() if column != "password"}


RULES: Final = AccountRules(ACCOUNT)
