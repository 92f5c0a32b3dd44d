"""Sending the e-mail again that asks to verify an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stormpath.resources.attributes import Text
from stormpath.resources.collection import CollectionResource
from stormpath.resources.links import Link
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.account import Account
    from stormpath.resources.directory import Directory
    from stormpath.resources.group import Group
    from stormpath.resources.organization import Organization


class VerificationEmail(Resource):
    """An e-mail that was put on its way; the service tells nothing more of it."""

    login = Text(writable=True)
    account_store: Link[Directory | Group | Organization] = Link("AccountStore", writable=True)


class EmailVerificationToken(Resource):
    """What a verification e-mail leads to; the href ends in the token."""


class VerificationEmailList(CollectionResource[VerificationEmail]):
    """Where verification e-mails are sent from; they cannot be read."""

    resource_class = VerificationEmail

    def resend(self, account: Account | str | None = None, account_store: Any = None) -> VerificationEmail:
        """Send the e-mail, with the same token, again to an account of a store; one request.

        ``account`` is the account (its username is sent, and read first where it is not held) or a username
        or e-mail; ``account_store`` a resource, its href, or ``{"name_key": ...}``. An account that was never
        asked gets a token; to one that is verified nothing is sent. ``ValueError`` when one is missing.
        ``Error``: code 2016 when the store has no such account, 5114 when the store is not the application's,
        6101 when its directory verifies nobody, status 429 after too many e-mails.
        """
        if not account or not account_store:
            raise ValueError("resend needs both an account and the account_store it is in")
        login = account if isinstance(account, str) else account.username
        body = VerificationEmail._body_from({"login": login, "account_store": account_store})
        try:
            reply = self._store.create_resource(self._get_create_path(), body)
        finally:
            # One that waits for no token is given a new one.
            if isinstance(account, str):
                self._store.uncache_login(account)
            else:
                self._store.uncache_resource(account.href)
        return VerificationEmail(self._client, properties=reply)

    def _refuse_reading(self) -> None:
        raise ValueError("verification e-mails cannot be read; send one with resend(account, account_store)")
