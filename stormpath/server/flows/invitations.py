"""Invitations of administrators: sent, listed, withdrawn, accepted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from stormpath.server.authentication import administrator_logins
from stormpath.server.domain import one_time_tokens
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.invitations import (
    LIFETIME_DAYS,
    MOST,
    MOST_AT_ONCE,
    InvitationText,
    Invited,
    PendingInvitation,
)
from stormpath.server.domain.one_time_tokens import INVITATION
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.mail import queue
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources.accounts.account import RULES as ACCOUNT_RULES
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.schema import ids
from stormpath.server.schema.email_kinds import INVITATION as INVITATION_EMAIL
from stormpath.server.schema.errors import ApiError, Code, not_found, shown
from stormpath.server.schema.query import fold

_DAY_MS: Final = 24 * 60 * 60 * 1000

#: Returns the tenant of a token, by its purpose and digest.
TenantOf = Callable[[str, str], str | None]

_ATTRIBUTES: Final = ACCOUNT_RULES.resource.by_name


class Invitations:
    """The contract of the console (``stormpath.server.domain.invitations.Invitations``)."""

    def __init__(self, digest: Callable[[str, str], str], tenant_of: TenantOf) -> None:
        self._digest = digest
        self._tenant_of = tenant_of

    def tenant_of(self, token: str) -> str | None:
        return self._tenant_of(INVITATION, self._digest(INVITATION, token))

    def invite(
        self, context: RequestContext, inviter: Row, emails: Sequence[str], text: InvitationText, link: str
    ) -> None:
        if not 0 < len(emails) <= MOST_AT_ONCE:
            raise ApiError(Code.INVALID, f"Name 1 to {MOST_AT_ONCE} addresses, not {len(emails)}.")
        addresses = {fold(each): each for each in (str(_ATTRIBUTES["email"].check(each)) for each in emails)}
        now = context.now_ms()
        expires_at = now + LIFETIME_DAYS * _DAY_MS
        with context.write() as unit:
            # Two requests at a time count one after the other.
            unit.lock("tenant", unit.tenant_id)
            directory = _directory(unit)
            waiting = unit.tokens.usable(INVITATION, now, MOST + 1)
            earlier = [each for each in waiting if fold(each.email) in addresses]
            if len(waiting) - len(earlier) + len(addresses) > MOST:
                raise ApiError(
                    Code.CONFLICT,
                    f"More than {MOST} invitations would wait: withdraw some of those that do first.",
                )
            for each in earlier:
                unit.tokens.spend(INVITATION, each.digest, now)
            for key, address in addresses.items():
                if unit.find("account", directory_id=directory["id"], email_key=key) is not None:
                    raise ApiError(
                        Code.NOT_UNIQUE, f"{shown(address)} is the email of an administrator already."
                    )
                token = ids.new_token()
                to = {**inviter, "email": address, "directory_id": directory["id"]}
                one_time_tokens.issue(context, unit, INVITATION, token, to, None, expires_at)
                queue.enqueue(
                    context, unit, _email(to, inviter, text, f"{link}{token}"), expires_at=expires_at
                )

    def pending(self, context: RequestContext) -> Sequence[PendingInvitation]:
        with context.read() as unit:
            found = unit.tokens.usable(INVITATION, context.now_ms(), MOST)
        return [
            PendingInvitation(each.digest, each.email, each.account_id, each.created_at, each.expires_at or 0)
            for each in found
        ]

    def withdraw(self, context: RequestContext, id: str) -> bool:
        with context.write() as unit:
            return unit.tokens.spend(INVITATION, id, context.now_ms())

    def find(self, context: RequestContext, token: str) -> Invited:
        with context.read() as unit:
            found = one_time_tokens.find(context, unit, INVITATION, token)
            inviter = administrator_logins.find(unit, found.account_id)
        if inviter is None:
            # An invitation ends with the rights of its inviter: it would be a way back in.
            raise one_time_tokens.invalid(INVITATION)
        return Invited(found.email, inviter.tenant, inviter.account)

    def accept(self, context: RequestContext, token: str, names: Mapping[str, str], password: str) -> Row:
        invited = self.find(context, token)
        with context.read() as unit:
            directory = _directory(unit)
        values: Values = {
            "directory_id": directory["id"],
            "email": invited.email,
            "username": invited.email,
            "email_verification_status": VERIFIED,
            **{_ATTRIBUTES[name].column: _ATTRIBUTES[name].check(text) for name, text in names.items()},
        }
        password = str(_ATTRIBUTES["password"].check(password))
        ACCOUNT_RULES.check_new(context, values, password)
        values["password_hash"] = context.passwords_of(fold(invited.email)).hash(password)
        with context.write() as unit:
            # First, under the account's lock: its change revokes its tokens in this order.
            unit.lock("account", invited.inviter["id"])
            one_time_tokens.spend(context, unit, INVITATION, token)
            return ACCOUNT_RULES.insert(context, unit, values)


def _email(to: Row, inviter: Row, text: InvitationText, link: str) -> EmailRequest:
    values = {
        "subject": text.subject,
        "message": text.message,
        "url": link,
        "days": str(LIFETIME_DAYS),
    }
    # The sender stays the service's own: mail servers refuse a sender that is not theirs. Answers go to the
    # inviter.
    return EmailRequest(
        INVITATION_EMAIL, to, values=values, from_name=text.from_name, reply_to=inviter["email"]
    )


def _directory(unit: Unit) -> Row:
    """Return the directory of administrators."""
    found = unit.find("directory", protected=True)
    if found is None:
        raise not_found()
    return found
