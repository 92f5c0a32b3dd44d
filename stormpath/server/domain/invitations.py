"""Invitations of further administrators: a link that was sent to an address, and is spent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row

LIFETIME_DAYS: Final = 7

#: So many of a tenant may wait at a time.
MOST: Final = 100

#: So many are sent at once.
MOST_AT_ONCE: Final = 20


class InvitationText(NamedTuple):
    """What the inviter writes: the name of the sender, the subject, and the message above the link."""

    from_name: str
    subject: str
    message: str


class PendingInvitation(NamedTuple):
    """An invitation that waits. ``id`` names it, and does not open it; times are milliseconds since 1970."""

    id: str
    email: str
    inviter_id: str
    created_at: int
    expires_at: int


class Invited(NamedTuple):
    """What an invitation offers: the address that it was sent to, the tenant, and who sent it."""

    email: str
    tenant: Row
    inviter: Row


class Invitations(Protocol):
    """The invitations of all tenants. A context says of which."""

    def tenant_of(self, token: str) -> str | None:
        """Return the id of the tenant of an invitation by its token, also of one that was spent."""

    def invite(
        self, context: RequestContext, inviter: Row, emails: Sequence[str], text: InvitationText, link: str
    ) -> None:
        """Send invitations, all or none; ``link`` is followed by the token.

        An earlier one of the same address is void. Raises ``ApiError`` for an address that is none, for one
        of an administrator, and for more than are allowed.
        """

    def pending(self, context: RequestContext) -> Sequence[PendingInvitation]:
        """Return those that wait, the latest first."""

    def withdraw(self, context: RequestContext, id: str) -> bool:
        """Make one void; tell whether it waited."""

    def find(self, context: RequestContext, token: str) -> Invited:
        """Return what a token offers, without spending it; raise 404 for one that is void.

        It is void as well when the inviter is an administrator no longer.
        """

    def accept(self, context: RequestContext, token: str, names: Mapping[str, str], password: str) -> Row:
        """Spend a token: store the account of the administrator, verified, and return it.

        ``names`` are attributes by name: ``givenName`` and ``surname``. Of several callers with one token,
        one gets an account. Raises ``ApiError`` for what no account may have; the token is not spent then.
        """
