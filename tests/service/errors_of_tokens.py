"""A real call for each error of tokens, as their validation and the grants report it."""

from __future__ import annotations

import time
from typing import Any

from service.calls import Answer, Api, Json
from service.errors_by_resource import Call, disable
from service.token_calls import (
    assertion,
    client_credentials,
    exchange,
    grant,
    log_in,
    refresh,
    resigned,
    revoke,
    validate,
)


def logged_in(api: Api) -> tuple[Json, Json, str]:
    """Return an application, ada's account, and her access token."""
    application, directory = api.application_with_directory()
    account = api.account(directory)
    return application, account, str(log_in(api, application)["access_token"])


def of_changed_account(api: Api, **changes: str) -> Answer:
    application, account, token = logged_in(api)
    assert api.post(account["href"], changes).status == 200
    return validate(api, application, token)


def with_claims(api: Api, **claims: Any) -> Answer:
    """Validate a token of which the caller's key has signed other claims."""
    application, _, token = logged_in(api)
    return validate(api, application, resigned(api, token, **claims))


def of_revoked(api: Api) -> Answer:
    application, _, token = logged_in(api)
    assert revoke(api, application, token).status == 200
    return validate(api, application, token)


def revoked_resource(api: Api) -> Answer:
    application, _ = api.application_with_directory()
    api.account(application)
    href = str(log_in(api, application)["stormpath_access_token_href"])
    assert api.delete(href).status == 204
    return api.get(href)


def of_another_application(api: Api) -> Answer:
    _, _, token = logged_in(api)
    return validate(api, api.application("Other"), token)


def of_disabled_application(api: Api) -> Answer:
    application, _, token = logged_in(api)
    assert disable(api, application).status == 200
    return validate(api, application, token)


def without_store(api: Api) -> Answer:
    application, _, token = logged_in(api)
    mapping = api.get(application["href"]).ok["defaultAccountStoreMapping"]
    assert api.delete(mapping["href"]).status == 204
    return validate(api, application, token)


def tampered(api: Api) -> Answer:
    application, _, token = logged_in(api)
    return validate(api, application, token[:-4] + "AAAA")


def exchanged_twice(api: Api) -> Answer:
    application, account, _ = logged_in(api)
    token = assertion(api, application, account, time.time())
    assert exchange(api, application, token).status == 200
    return exchange(api, application, token)


def not_authenticated(api: Api) -> Answer:
    application, account, _ = logged_in(api)
    return exchange(api, application, assertion(api, application, account, time.time(), status="REGISTERED"))


def wrong_secret(api: Api) -> Answer:
    application, account, _ = logged_in(api)
    return client_credentials(api, application, api.api_key(account) | {"secret": "wrong"})


PRODUCED: dict[tuple[str, int], Call] = {
    ("authTokens", 10010): lambda api: of_changed_account(api, status="DISABLED"),
    ("authTokens", 10011): lambda api: with_claims(api, exp=int(time.time()) - 1),
    ("authTokens", 10012): lambda api: with_claims(api, iat=int(time.time()) + 60),
    ("authTokens", 10013): of_revoked,
    ("authTokens", 10014): of_another_application,
    ("authTokens", 10015): of_disabled_application,
    ("authTokens", 10016): without_store,
    ("authTokens", 10017): tampered,
    ("accessToken", 10013): revoked_resource,
    ("accessToken", 1100): lambda api: api.post(logged_in(api)[1]["accessTokens"]["href"], {}),
    ("oauth/token", 401): wrong_secret,
    ("oauth/token", 2003): lambda api: grant(api, api.application(), "implicit"),
    ("oauth/token", 7104): lambda api: grant(
        api, api.application_with_directory()[0], "password", username="ada", password="Changeme1!"
    ),
    ("oauth/token", 10017): lambda api: refresh(api, api.application(), "a.b.c"),
    ("oauth/token", 11005): exchanged_twice,
    ("oauth/token", 12002): not_authenticated,
}
