"""The exchange of an assertion: a login that ID Site or SAML reports (rest-auth 3.4)."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.oauth import checks, fields, hrefs, jwts
from stormpath.server.oauth.issue import Grantee, TokenResponse, issue
from stormpath.server.oauth.jwts import Verified
from stormpath.server.schema import HostName
from stormpath.server.schema.errors import ApiError, Code

AUTHENTICATED: Final = "AUTHENTICATED"

_PURPOSE: Final = "assertion"


def exchange(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    """Return tokens for the account that an assertion names; each assertion is good for one exchange."""
    verified = jwts.verify(context, values["token"])
    jwts.check_unexpired(context, verified)
    jwts.check_issued(context, verified)
    _check_purpose(verified)
    with context.read() as unit:
        _check_issuer(context, unit, application, verified)
        if verified.claims.get("status") != AUTHENTICATED:
            raise ApiError(
                Code.NOT_AUTHENTICATED,
                "The assertion is not about a login that succeeded.",
                f"The claim status must be {AUTHENTICATED}.",
            )
    _spend(context, verified)
    with context.read() as unit:
        account_id = _account(context, unit, application, values, verified)
    return issue(context, application, Grantee(account_id, fields.organization_of(values)))


def _check_purpose(verified: Verified) -> None:
    if verified.kind not in (None, jwts.ASSERTION) or verified.claims.get("aud") != verified.key_id:
        raise jwts.bad_signature()


def _check_issuer(context: RequestContext, unit: Unit, application: Row, verified: Verified) -> None:
    """Refuse an assertion that neither this application (SAML) nor the tenant's ID Site has issued."""
    issuer = verified.text("iss")
    if hrefs.is_of(context, issuer, "application", application["id"]) or issuer == _id_site(context, unit):
        return
    raise ApiError(Code.TOKEN_OF_ANOTHER_APPLICATION, "The assertion was not issued for this application.")


def _id_site(context: RequestContext, unit: Unit) -> str | None:
    site = unit.find("idSite", tenant_id=context.tenant_id)
    if site is None:
        return None
    host = site["domain_name"]
    if not host:
        declared = context.resources["idSite"].by_name["domainName"]
        if not isinstance(declared, HostName):
            return None
        host = f"{declared.under.format_map(site)}.{urlsplit(context.base_url).hostname}"
    return f"https://{host}"


def _account(
    context: RequestContext, unit: Unit, application: Row, values: Values, verified: Verified
) -> str:
    checks.check_application(application["status"])
    id = hrefs.id_in(context, verified.text("sub"), "account")
    account = None if id is None else unit.get("account", id)
    status = None if account is None else account["status"]
    is_reached = account is not None and unit.issued_tokens.is_let_in(application["id"], account["id"])
    checks.check_account(status, is_reached=is_reached)
    account_id = str(id)
    if not fields.contains(context, unit, application, values, account_id):
        checks.check_account(status, is_reached=False)
    return account_id


def _spend(context: RequestContext, verified: Verified) -> None:
    # Any text, such as a UUID, and written in ASCII: a lone surrogate has no bytes.
    id = verified.text("jti")
    if not id:
        raise ApiError(Code.TOKEN_REUSED, "The assertion has no jti, by which it could be used only once.")
    until = int(verified.claims["exp"]) * 1000
    if not context.is_first_use(_PURPOSE, f"{verified.key_id}/{id!a}", until):
        raise ApiError(Code.TOKEN_REUSED, "The assertion was used before; each is good for one exchange.")
