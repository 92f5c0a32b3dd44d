"""The upgrade of a database from before tokens: its applications issue them, by the usual rules."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api, Json, link
from service.old_databases import fill, rows_at
from service.token_calls import (
    claims_of,
    client_credentials,
    is_valid,
    log_in,
    oauth_error,
    refresh,
    set_policy,
    validate,
)
from stormpath.server.app import open_service


@pytest.fixture(params=["0011", "0013"])
def upgraded(request: pytest.FixtureRequest, database_url: str) -> Iterator[Api]:
    """The caller of a service on a database that an older version has left."""
    fill(database_url, request.param)
    with closing(open_service(database_url)) as service:
        yield Api(service, service.base_url, service.tenant_id, *rows_at(request.param)["api_key"])


def test_older_policies_get_the_usual_rules(upgraded: Api):
    made = upgraded.get(upgraded.application("New")["oAuthPolicy"]["href"]).ok

    applications = upgraded.get("/applications", expand="oAuthPolicy").items
    assert len(applications) > 2
    for each in applications:
        policy = each["oAuthPolicy"]
        assert set(policy) == set(made)
        assert policy["refreshTokenRotation"] == made["refreshTokenRotation"] == "DISABLED"
        assert policy["revokeTokensOnPasswordChange"] == made["revokeTokensOnPasswordChange"] == "ENABLED"


def test_lifetimes_that_were_set_before_are_kept(database_url: str):
    fill(database_url, "0013")
    with closing(open_service(database_url)) as service:
        api = Api(service, service.base_url, service.tenant_id, *rows_at("0013")["api_key"])
        (shop,) = api.get("/applications", name="Shop").items

        policy = api.get(shop["oAuthPolicy"]["href"]).ok
        tokens = log_in(api, shop)

    assert (policy["accessTokenTtl"], policy["refreshTokenTtl"]) == ("PT5M", "P7D")
    claims = claims_of(tokens["refresh_token"])
    assert (tokens["expires_in"], claims["exp"] - claims["iat"]) == (300, 7 * 86_400)


def test_older_accounts_get_tokens(upgraded: Api):
    application = next(
        each for each in upgraded.get("/applications").items if each["name"] in ("Shop", "Atlas")
    )
    (ada,) = upgraded.get(application["accounts"]["href"], username="ada").items
    for kind in ("accessTokens", "refreshTokens"):
        assert upgraded.get(ada[kind]["href"]).items == []

    tokens = log_in(upgraded, application)
    key: Json = next(iter(upgraded.get(ada["apiKeys"]["href"]).items), None) or upgraded.api_key(ada)
    by_key = client_credentials(upgraded, application, key).ok

    for each in (tokens, by_key):
        assert is_valid(upgraded, application, each["access_token"])
        assert upgraded.get(each["stormpath_access_token_href"]).ok["account"] == link(ada)
    set_policy(upgraded, application, refreshTokenRotation="ENABLED")
    second = refresh(upgraded, application, tokens["refresh_token"]).ok
    assert second["refresh_token"] != tokens["refresh_token"]
    upgraded.post(ada["href"], {"password": "Otherwise2!"})
    assert validate(upgraded, application, tokens["access_token"]).error == (404, 10013)
    assert oauth_error(refresh(upgraded, application, second["refresh_token"]))[2] == 10013
