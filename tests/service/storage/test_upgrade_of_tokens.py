"""The upgrade of a database from before tokens: its applications issue them, by the usual rules."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api, link
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


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Api]:
    """The caller of a service on a database that an older version has left."""
    fill(database_url, "0013")
    with closing(open_service(database_url)) as service:
        yield Api(service, service.base_url, service.tenant_id, *rows_at("0013")["api_key"])


def test_older_applications_issue_tokens(upgraded: Api):
    check_policies(upgraded)
    check_tokens(upgraded)


def check_policies(upgraded: Api) -> None:
    """Fail unless old policies have the rules that a new one has, and their own lifetimes."""
    made = upgraded.get(upgraded.application("New")["oAuthPolicy"]["href"]).ok

    applications = upgraded.get("/applications", expand="oAuthPolicy").items
    assert len(applications) > 2
    for each in applications:
        policy = each["oAuthPolicy"]
        assert set(policy) == set(made)
        assert policy["refreshTokenRotation"] == made["refreshTokenRotation"] == "DISABLED"
        assert policy["revokeTokensOnPasswordChange"] == made["revokeTokensOnPasswordChange"] == "ENABLED"


def check_tokens(upgraded: Api) -> None:
    """Fail unless an old account gets tokens for its password and its API key, which end when they should."""
    (application,) = upgraded.get("/applications", name="Shop").items
    (ada,) = upgraded.get(application["accounts"]["href"], username="ada").items
    for kind in ("accessTokens", "refreshTokens"):
        assert upgraded.get(ada[kind]["href"]).items == []

    tokens = log_in(upgraded, application)
    claims = claims_of(tokens["refresh_token"])
    assert (tokens["expires_in"], claims["exp"] - claims["iat"]) == (300, 7 * 86_400)
    (key,) = upgraded.get(ada["apiKeys"]["href"]).items
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
