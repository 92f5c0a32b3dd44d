"""The registration of tenants by people who have none yet, where a setting opens it.

Nothing is stored before the address is confirmed: what was typed, with a hash of the password, is in the
link itself, encrypted under the service's key. A stranger who registers often grows nothing but the outbox,
which is limited and expires. The tenant's id is in the link, too: a link that is used twice would create it
twice, which the database refuses.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec

from stormpath.server.authentication import guesses
from stormpath.server.domain.administrators import ContextIn, NewTenant
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import NotUnique, Row, Unit
from stormpath.server.mail import queue, rate_limits
from stormpath.server.mail.templates import EmailRequest
from stormpath.server.resources import RULES
from stormpath.server.resources.accounts.account import RULES as ACCOUNT_RULES
from stormpath.server.resources.accounts.account import check_password
from stormpath.server.resources.accounts.email_verification import VERIFIED
from stormpath.server.schema import ids, required
from stormpath.server.schema.email_kinds import TENANT_CREATED, TENANT_REGISTRATION
from stormpath.server.schema.errors import ApiError, Code, not_found
from stormpath.server.schema.query import fold
from stormpath.server.setup.bootstrap import create_tenant

LIFETIME_HOURS: Final = 24

#: The most of each text: together they make a link that mail programs do not break.
LONGEST_NAME: Final = 80

_HOUR_MS: Final = 60 * 60 * 1000
_PURPOSE: Final = "tenant registration"
_LONGEST_TOKEN: Final = 4000
#: Two words name a tenant: there are some 4,000 names, of which some are taken.
_TRIES: Final = 50

_ATTRIBUTES: Final = ACCOUNT_RULES.resource.by_name


class _Draft(msgspec.Struct, frozen=True):
    """What is in a link."""

    tenant_id: str
    given_name: str
    surname: str
    email: str
    company: str
    password_hash: str
    expires_at: int


class Registrations:
    """The contract of the console (``stormpath.server.domain.administrators.Registrations``)."""

    def __init__(self, own_tenant_id: str) -> None:
        self._own_tenant_id = own_tenant_id

    def ask(self, context_in: ContextIn, new: NewTenant, link: str) -> None:
        context = context_in(self._own_tenant_id)
        names = {
            name: _checked(name, text)
            for name, text in (("givenName", new.given_name), ("surname", new.surname), ("email", new.email))
        }
        company = new.company.strip()
        if not company:
            raise required("company")
        if len(company) > LONGEST_NAME:
            raise _too_long("company", company)
        password = str(_ATTRIBUTES["password"].check(new.password))
        with context.read() as unit:
            # As strong as that of every administrator: the policy of their directories is fixed.
            directory_id = _directory_id(unit)
            values = {
                "directory_id": directory_id,
                "email": names["email"],
                "username": names["email"],
                "given_name": names["givenName"],
                "surname": names["surname"],
            }
            check_password(unit, password, values, None)
        now = context.now_ms()
        draft = _Draft(
            tenant_id=ids.new_id(now),
            given_name=names["givenName"],
            surname=names["surname"],
            email=names["email"],
            company=company,
            password_hash=context.passwords_of(fold(names["email"])).hash(password),
            expires_at=now + LIFETIME_HOURS * _HOUR_MS,
        )
        self._send(context, draft, f"{link}{_sealed(context, draft)}")

    def email_of(self, context: RequestContext, token: str) -> str:
        draft = _opened(context, token)
        if _is_there(context, draft):
            raise not_found()
        return draft.email

    def confirm(self, context_in: ContextIn, token: str, password: str, link: str) -> Row | None:
        own = context_in(self._own_tenant_id)
        draft = _opened(own, token)
        if _is_there(context_in(draft.tenant_id), draft):
            raise not_found()
        # The person who typed the address may be another one than the one who reads its mail: without the
        # password, the reader would confirm an account that the other one can use.
        with guesses.counted(own, f"registration\0{draft.tenant_id}") as guess:
            if not own.passwords_of(fold(draft.email)).verify(password, draft.password_hash):
                return None
            guess.was_right()
        return _created(context_in(draft.tenant_id), draft, link)

    def _send(self, context: RequestContext, draft: _Draft, url: str) -> None:
        with context.write() as unit:
            tenant = unit.get("tenant", unit.tenant_id)
            owner = None if tenant is None else unit.get("account", tenant["owner_account_id"])
            if owner is None:
                raise not_found()
            # The e-mail is one of the service's own tenant, in whose outbox it waits; it is counted for its
            # address, and with all registrations.
            to = {**owner, "email": draft.email, "directory_id": _directory_id(unit)}
            counted = {**to, "id": f"registration of {fold(draft.email)}"}
            values = {"url": url, "hours": str(LIFETIME_HOURS)}
            request = EmailRequest(TENANT_REGISTRATION, to, values=values)
            is_refused = rate_limits.refusal(context, unit, counted, TENANT_REGISTRATION) is not None
            add = queue.write_decoy if is_refused else queue.enqueue_unlimited
            add(context, unit, request, draft.expires_at)


def _created(context: RequestContext, draft: _Draft, link: str) -> Row:
    for _ in range(_TRIES):
        try:
            with context.write() as unit:
                return _create(context, unit, draft, link)
        except NotUnique:
            # Another request used the link a moment ago; or else the name is taken, and another one is tried.
            if _is_there(context, draft):
                raise not_found() from None
    raise ApiError(Code.UNAVAILABLE, "No name for the tenant was free. Please try again.")


def _create(context: RequestContext, unit: Unit, draft: _Draft, link: str) -> Row:
    create_tenant(context, unit)
    tenant = unit.get("tenant", unit.tenant_id)
    owner = None if tenant is None else unit.get("account", tenant["owner_account_id"])
    if tenant is None or owner is None:
        raise not_found()
    RULES["tenant"].change(context, unit, tenant, {"custom_data": {"company": draft.company}})
    changes = {
        "username": draft.email,
        "email": draft.email,
        "given_name": draft.given_name,
        "surname": draft.surname,
        "password_hash": draft.password_hash,
        "email_verification_status": VERIFIED,
    }
    account = ACCOUNT_RULES.change(context, unit, owner, changes)
    values = {"tenant": tenant["key"], "url": f"{link}{tenant['key']}"}
    queue.enqueue(context, unit, EmailRequest(TENANT_CREATED, account, values=values), limited=False)
    return account


def _is_there(context: RequestContext, draft: _Draft) -> bool:
    with context.storage.read(draft.tenant_id) as unit:
        return unit.get("tenant", draft.tenant_id) is not None


def _checked(name: str, text: str) -> str:
    text = str(_ATTRIBUTES[name].check(text.strip()))
    if len(text) > LONGEST_NAME:
        raise _too_long(name, text)
    return text


def _too_long(name: str, text: str) -> ApiError:
    return ApiError(Code.TOO_LONG, f"{name} maximum length is {LONGEST_NAME}, and yours is {len(text)}.")


def _sealed(context: RequestContext, draft: _Draft) -> str:
    sealed = context.secrets.seal(msgspec.json.encode(draft).decode(), _PURPOSE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(context: RequestContext, token: str) -> _Draft:
    """Return what is in a token; raise 404 for one that was not made here or has expired."""
    if not 0 < len(token) <= _LONGEST_TOKEN or not token.isascii():
        raise not_found()
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        draft = msgspec.json.decode(context.secrets.open(sealed, _PURPOSE), type=_Draft)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise not_found() from None
    if draft.expires_at <= context.now_ms():
        raise not_found()
    return draft


def _directory_id(unit: Unit) -> str:
    found = unit.find("directory", protected=True)
    if found is None:
        raise not_found()
    return str(found["id"])
