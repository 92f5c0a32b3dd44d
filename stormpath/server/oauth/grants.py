"""The grants: each with its fields and the function that exchanges them for tokens (rest-auth 3.3).

Another grant is another entry of :data:`GRANTS`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stormpath.server.authentication import guesses, login, login_events
from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.events import LoginSucceeded
from stormpath.server.domain.issued_tokens import ClientKey
from stormpath.server.domain.storage import Row
from stormpath.server.oauth import assertions, factor_challenges, fields, refreshing
from stormpath.server.oauth.issue import Grantee, NotReached, TokenResponse, issue
from stormpath.server.resources.applications import provider_login
from stormpath.server.schema import ENABLED, Attribute, Text, ids
from stormpath.server.schema.errors import ApiError, Code, shown
from stormpath.server.social import login as social_login

_NO_SECRET: Final = "no key has this secret"  # noqa: S105  # Not a secret.


class InvalidClient(ApiError):
    """The API key that a form names gets no tokens: unknown, wrong, disabled, or not of the application."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAUTHENTICATED,
            "The client credentials are wrong.",
            "client_id and client_secret must be the id and secret of an enabled API key whose account is "
            "enabled and in an enabled account store of the application.",
        )


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant: its fields, as declared for the reader of bodies, and its rule."""

    fields: tuple[Attribute, ...]
    exchange: Callable[[RequestContext, Row, Values], TokenResponse]


def exchange(context: RequestContext, application: Row, grant: Grant, values: Values) -> TokenResponse:
    """Return the tokens for the checked fields of a grant."""
    return grant.exchange(context, application, fields.with_store(values))


def grant_named(name: str | None) -> Grant:
    """Return the grant of a ``grant_type``."""
    if name is None:
        raise ApiError(Code.REQUIRED, "grant_type is required; it cannot be null, empty, or blank.")
    found = GRANTS.get(name)
    if found is None:
        raise ApiError(
            Code.NOT_A_CHOICE,
            f"grant_type {shown(name)} is not supported.",
            f"grant_type must be one of {', '.join(GRANTS)}; {shown(name)} is not.",
        )
    return found


def _password(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    passwords = login.passwords_of(values["username"], values["password"])
    found = login.authenticate(context, application, values, passwords)
    by_password = (found.login.account_id, found.login.password_modified_at)
    to = Grantee(found.account_id, fields.organization_of(values), password_of=by_password)
    return issue(context, application, to)


def _client_credentials(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    facts = {"application_id": application["id"]}
    try:
        tokens = _to_client(context, application, values, facts)
    except ApiError as error:
        if "account_id" not in facts:
            facts["login"] = login.digest_of(context, values["client_id"])[: login.LOGGED]
        login_events.report_refusal(context, error, facts)
        raise
    context.report(LoginSucceeded(context.tenant_id, **facts))
    return tokens


def _to_client(
    context: RequestContext, application: Row, values: Values, facts: dict[str, str]
) -> TokenResponse:
    try:
        return issue(context, application, _client(context, application, values, facts), is_refreshable=False)
    except NotReached:
        raise InvalidClient from None


def _client(context: RequestContext, application: Row, values: Values, facts: dict[str, str]) -> Grantee:
    """Return whom an API key of the form stands for; what becomes known is added to the facts for the log."""
    client_id = values["client_id"]
    refuse_disabled(application)
    # Its secret has 256 random bits.
    counted = guesses.counted(context, guesses.subject_of_key(client_id), is_guessable=False)
    with counted as guess, context.read() as unit:
        key = unit.issued_tokens.client_key(client_id) if ids.may_be_key_id(client_id) else None
        # The secret first. What a key may do here is looked up for those alone who know it, so that time does
        # not tell whose it is.
        if not _has_secret(context, key, values["client_secret"]) or key is None:
            raise InvalidClient
        guess.was_right()
        facts["account_id"] = key.account_id
        if key.status != ENABLED or key.account_status != ENABLED:
            raise InvalidClient
        if not fields.contains(context, unit, application, values, key.account_id):
            raise InvalidClient
    return Grantee(key.account_id, fields.organization_of(values), api_key_id=key.id)


def _has_secret(context: RequestContext, key: ClientKey | None, given: str) -> bool:
    if key is None:
        # As much work as to decrypt a secret.
        context.secrets.seal(_NO_SECRET, _NO_SECRET)
    expected = _NO_SECRET if key is None else context.secrets.open(key.secret, key.id)
    return hmac.compare_digest(expected.encode(), given.encode()) and key is not None


def refuse_disabled(application: Row) -> None:
    """Refuse a grant of an application that is not enabled."""
    if application["status"] != ENABLED:
        raise ApiError(
            Code.APPLICATION_DISABLED,
            "The application cannot be used.",
            f"The application '{application['name']}' is DISABLED: it issues no tokens.",
        )


def _social(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    entered = social_login.enter(context, Owner(context.resources["application"], application), values)
    return issue(context, application, Grantee(entered.account_id, fields.organization_of(values)))


_ASSERTION: Final = Grant(
    (fields.secret("token", "The assertion of ID Site or SAML: a JSON Web Token."), *fields.STORES),
    assertions.exchange,
)

GRANTS: Final[dict[str, Grant]] = {
    "password": Grant(
        (
            Text(
                "username",
                required=True,
                max_length=4096,
                sortable=False,
                about="The username or e-mail address of an account.",
            ),
            fields.secret("password", "Its password.", longest=4096),
            *fields.STORES,
        ),
        _password,
    ),
    "refresh_token": Grant((fields.secret("refresh_token", "A refresh token."),), refreshing.exchange),
    "client_credentials": Grant(
        (
            fields.secret("client_id", "The id of an account's API key.", ("apiKeyId",)),
            fields.secret("client_secret", "Its secret.", ("apiKeySecret",)),
            *fields.STORES,
        ),
        _client_credentials,
    ),
    "stormpath_social": Grant(
        (provider_login.PROVIDER_ID, *provider_login.CREDENTIALS, *fields.STORES), _social
    ),
    "stormpath_factor_challenge": Grant(
        (factor_challenges.CHALLENGE, factor_challenges.CODE), factor_challenges.exchange
    ),
    "stormpath_token": _ASSERTION,
    # The older name.
    "id_site_token": _ASSERTION,
}
