"""Logins at each provider through the API, from its directory to the account."""

from __future__ import annotations

import pytest

from service.calls import Api
from service.provider_bodies import social
from service.social_logins import asking, log_in
from service.token_calls import grant, oauth_error
from support.providers.stand_in import StandIn

pytestmark = pytest.mark.either_database

SECRET = "the-secret-of-adas-token"

#: Providers that can be asked to whom they have issued a token.
TOLD = ("google", "facebook", "github", "linkedin")


@pytest.fixture(params=[*TOLD, "twitter"])
def provider(request: pytest.FixtureRequest) -> StandIn:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, StandIn)
    return found


def test_a_login_makes_an_account_with_what_the_provider_tells(api: Api, provider: StandIn):
    provider.add()
    application = api.application()
    api.mapping(application, api.directory(provider=social(provider.kind)))
    data = {"accessToken": "the-token-of-ada", "accessTokenSecret": SECRET}

    with asking(api, provider):
        account = log_in(api, application, provider.kind, **data).made
        again = log_in(api, application, provider.kind, **data).ok

    assert again == account
    assert account["email"] == "ada@example.com"
    # Facebook does not say that it has confirmed the addresses that it tells.
    verified = "UNVERIFIED" if provider.kind == "facebook" else "VERIFIED"
    assert account["emailVerificationStatus"] == verified
    kept = api.get(account["providerData"]["href"]).ok
    assert kept["accessToken"] == "the-token-of-ada"
    assert kept.get("accessTokenSecret") == (SECRET if provider.kind == "twitter" else None)
    assert kept["userInfo"]


@pytest.mark.parametrize("provider", TOLD, indirect=True)
def test_a_token_that_was_issued_to_another_client_lets_nobody_in(api: Api, provider: StandIn):
    """The other client may be anybody's: its owner has the tokens of all who log in there."""
    provider.add(client_id="the client of mallory")
    application = api.application()
    directory = api.directory(provider=social(provider.kind))
    api.mapping(application, directory)
    data = {"accessToken": "the-token-of-ada", "accessTokenSecret": SECRET}

    with asking(api, provider):
        refused = log_in(api, application, provider.kind, **data)
        no_tokens = grant(api, application, "stormpath_social", providerId=provider.kind, **data)

    assert refused.error == (400, 7200)
    assert oauth_error(no_tokens)[2] == 7200
    assert api.get(directory["accounts"]["href"]).items == []
