"""Administrators across tenants, and the requests of people who are in none yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row

#: The most tenants that an e-mail lists.
MOST_TENANTS: int = 50


class AdministeredTenant(NamedTuple):
    """A tenant in which an address is that of an administrator, with the account."""

    tenant_id: str
    key: str
    account_id: str


#: Returns a context in a tenant.
ContextIn = Callable[[str], RequestContext]


class NewTenant(NamedTuple):
    """What a person types to register. ``password`` is as it was typed."""

    given_name: str
    surname: str
    email: str
    company: str
    password: str


class Registrations(Protocol):
    """The registration of new tenants. Nothing is stored before the link of the e-mail was used."""

    def ask(self, context_in: ContextIn, new: NewTenant, link: str) -> None:
        """Send the e-mail, whose link is ``link`` and a token; the same work for every address.

        Raises ``ApiError`` for values and passwords that no account may have.
        """

    def email_of(self, context: RequestContext, token: str) -> str:
        """Return the address of a token; raise 404 for one that is none, is spent or has expired."""

    def confirm(self, context_in: ContextIn, token: str, password: str, link: str) -> Row | None:
        """Create the tenant of a token, and return its owner's account; ``None`` for a wrong password.

        The welcome e-mail leads to ``link``, which is followed by the tenant's key. Of several callers with
        one token, one creates it; the others get 404.
        """
