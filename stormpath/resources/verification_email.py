"""Verification e-mails: requests to verify the e-mail address of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.criteria import check_account_store, check_lookup, needed
from stormpath.resources.expansion import Expansion
from stormpath.resources.links import Link
from stormpath.resources.protocols import JsonObject
from stormpath.resources.resource import Resource
from stormpath.resources.templates import alters_data

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization


class VerificationEmail(Resource):
    """An e-mail that was queued. The service returns nothing else about it."""

    login = Text(writable=True)
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)


class EmailVerificationToken(Resource):
    """The token in a verification e-mail; its href ends in the token."""


class VerificationEmailList(CollectionResource[VerificationEmail]):
    """The verification e-mails of an application. They can be sent again, not read."""

    resource_class = VerificationEmail

    @alters_data
    def resend(self, account: Account | str | None = None, account_store: Any = None) -> VerificationEmail:
        """Send the e-mail, with the same token, again to an account of a store; one request.

        ``account`` is an account (its username is sent, and fetched first where it is not held), a username
        or an e-mail; ``account_store`` a resource, its href, or ``{"name_key": ...}``. An account without a
        token gets one; a verified account gets no e-mail. ``ValueError`` when either argument is missing.
        ``Error``: code 2016 when the store has no such account, 5114 when the store is not the application's,
        6101 when its directory does not verify addresses, status 429 after too many e-mails.
        """
        if not account or not account_store:
            raise ValueError("resend needs both an account and the account_store it is in")
        check_account_store(account_store)
        login = account if isinstance(account, str) else needed("account.username", account.username)
        body = VerificationEmail._body_from({"login": login, "account_store": account_store})
        try:
            reply = self._store.create_resource(self._get_create_path(), body)
        finally:
            # The account may have got a new token.
            if isinstance(account, str):
                self._store.uncache_login(account)
            else:
                self._store.uncache_resource(account.href)
        return VerificationEmail(self._client, properties=reply)

    def _prepare_for_create(
        self, properties: Mapping[str, Any] | None = None, expand: Expansion | None = None, **params: Any
    ) -> tuple[str, JsonObject, JsonObject]:
        check_lookup(properties or {}, "login")
        return super()._prepare_for_create(properties, expand, **params)

    def _refuse_reading(self) -> None:
        raise ValueError("verification e-mails cannot be read; send one with resend(account, account_store)")
