"""AccountLink: two accounts of one person, in different directories (rest-core 5.16)."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.logins import LinkEnd
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.resources.policies import administrators
from stormpath.server.resources.rules import Rules
from stormpath.server.schema import Hidden, Link, Resource
from stormpath.server.schema.errors import ApiError, Code


def _side(name: str) -> Link:
    return Link(
        name,
        to=("account",),
        required=True,
        creatable=True,
        fixed=True,
        malformed=Code.LINK_MALFORMED,
        about="One of the two accounts; they are in different directories.",
    )


ACCOUNT_LINK: Final = Resource(
    "accountLink",
    "accountLinks",
    (
        _side("leftAccount"),
        _side("rightAccount"),
        Hidden("tenantId", column_kind="id", nullable=False, refers_to="tenant"),
    ),
    about="Two accounts that belong to one person; left and right have no meaning.",
    verbs=("GET", "DELETE"),
    top_level=("POST",),
    unique=(("left_account_id", "right_account_id"),),
)


class AccountLinkRules(Rules):
    """An account has at most one link into each other directory, and none within its own."""

    def insert(self, context: RequestContext, unit: Unit, values: Values) -> Row:
        left_id, right_id = values["left_account_id"], values["right_account_id"]
        if left_id == right_id:
            raise ApiError(Code.LINKED_TO_ITSELF, "An account cannot be linked to itself.")
        # Locks are taken in one order, so that two links between the same accounts do not deadlock.
        for each in (left_id, right_id):
            # A login of the one account can lead to the other.
            administrators.refuse_another(context, unit, each)
        for each in sorted((left_id, right_id)):
            unit.lock("account", each)
        left, right = unit.get("account", left_id), unit.get("account", right_id)
        if left is None or right is None:
            raise self.missing_reference()
        _check_directories(left, right)
        _check_links(context, unit, left, right)
        return super().insert(context, unit, values)

    def not_unique(self, column: str) -> ApiError:
        return ApiError(Code.CONFLICT, "The accounts have just been linked.")


def _check_directories(left: Row, right: Row) -> None:
    if left["directory_id"] == right["directory_id"]:
        raise ApiError(
            Code.LINKED_WITHIN_DIRECTORY,
            "The accounts are in one directory.",
            "Only accounts of different directories can be linked.",
        )


def _check_links(context: RequestContext, unit: Unit, left: Row, right: Row) -> None:
    links = {each["id"]: unit.account_links.of_account(each["id"]) for each in (left, right)}
    for each in links[left["id"]]:
        if each.account_id == right["id"]:
            raise _linked_already(each)
    for one, other in ((left, right), (right, left)):
        if any(each.directory_id == other["directory_id"] for each in links[one["id"]]):
            raise _linked_into_directory(one, other)
    if any(len(each) >= context.max_links for each in links.values()):
        raise ApiError(
            Code.TOO_MANY_LINKS,
            f"An account can have {context.max_links} links; one of these has as many.",
        )


def _linked_into_directory(one: Row, other: Row) -> ApiError:
    return ApiError(
        Code.LINKED_INTO_DIRECTORY,
        "One of the accounts is linked to another account of that directory already.",
        f"{one['username']} is linked to another account of the directory of "
        f"{other['username']}: delete that link first.",
    )


def _linked_already(link: LinkEnd) -> ApiError:
    return ApiError(
        Code.ALREADY_LINKED,
        "These accounts are already linked.",
        existing=("accountLink", link.link_id),
    )


RULES: Final = AccountLinkRules(ACCOUNT_LINK)
