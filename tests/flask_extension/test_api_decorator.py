"""``api_authentication_required``: views for programs, with API keys and bearer tokens."""

import time
from base64 import b64encode
from collections.abc import Iterator

import jwt
import pytest

from flask_extension.api_calls import (
    account_of,
    api_key,
    bearer,
    claims,
    log_in,
    other_person,
    shared_site,
    tokens,
    with_person,
)
from flask_extension.sites import Site, Where
from flask_stormpath import api_authentication_required, user
from stormpath.api_auth import ApiRequestAuthenticator
from stormpath.resources.api_key import ApiKey


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    with shared_site(where, STORMPATH_ENABLE_OAUTH=True, WTF_CSRF_ENABLED=False) as site:

        @site.app.route("/api", methods=["GET", "POST"])
        @api_authentication_required
        def view() -> str:
            """Say who calls."""
            return str(user.email)

        @site.app.route("/orders")
        @api_authentication_required(scopes=["orders"])
        def orders() -> str:
            return str(user.email)

        assert (view.__name__, view.__doc__) == ("view", "Say who calls.")
        yield site


@pytest.fixture
def api(shared: Site) -> Site:
    return with_person(shared)


def test_an_api_key_lets_its_account_in_and_costs_one_request(api: Site):
    key = api_key(api)
    api.browser.get("/api", auth=(key.id, key.secret))
    requests = api.count()

    answer = api.browser.get("/api", auth=(key.id, key.secret))

    assert answer.text == api.address
    assert requests == 1


def test_a_bearer_token_lets_its_account_in_and_costs_one_request_for_a_while(api: Site):
    text = tokens(api).json["access_token"]
    requests = api.count()

    answers = [api.browser.post("/api", headers=bearer(text)) for _ in range(3)]

    assert {each.text for each in answers} == {api.address}
    assert requests == 1


def test_a_token_that_the_sdk_has_issued_for_a_key_lets_its_account_in_with_its_scopes(api: Site):
    key = api_key(api)
    headers = {"Authorization": basic(key)}
    issue = ApiRequestAuthenticator(api.application).authenticate
    body = {"grant_type": "client_credentials", "scope": "orders"}
    with_scope = issue(headers, "POST", body=body, scopes=["orders"])
    without = issue(headers, "POST", body={"grant_type": "client_credentials"}, scopes=["orders"])
    assert with_scope
    assert without

    assert api.browser.get("/orders", headers=bearer(str(with_scope.token))).text == api.address
    refused = api.browser.get("/orders", headers=bearer(str(without.token)))
    assert refused.status_code == 403
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]
    assert api.browser.get("/orders", auth=(key.id, key.secret)).text == api.address


def basic(key: ApiKey) -> str:
    return "Basic " + b64encode(f"{key.id}:{key.secret}".encode()).decode()


def test_a_token_with_a_scope_that_was_added_to_it_has_the_scope(api: Site):
    text = tokens(api).json["access_token"]
    key = api.manager.client.auth
    header = jwt.get_unverified_header(text)
    again = jwt.encode(claims(text) | {"scope": "orders"}, key.secret, "HS256", headers=header)

    assert api.browser.get("/orders", headers=bearer(text)).status_code == 403
    assert api.browser.get("/orders", headers=bearer(again)).text == api.address


def test_a_session_is_not_enough(api: Site):
    log_in(api)
    requests = api.count()

    answer = api.browser.get("/api")

    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=site"
    assert requests == 0


def test_the_header_wins_over_the_session_of_another_person_and_leaves_it(api: Site):
    jane = other_person(api)
    text = tokens(api, username=jane.email).json["access_token"]
    log_in(api)

    assert api.browser.get("/api", headers=bearer(text)).text == jane.email
    assert api.browser.get("/").text == f"Welcome {api.address}"


def test_the_caller_is_not_logged_in_afterwards(api: Site):
    text = tokens(api).json["access_token"]
    api.browser.get("/api", headers=bearer(text))

    assert not api.is_logged_in()
    with api.browser.session_transaction() as session:
        assert "_user_id" not in session


OTHERS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    "Bearer {refresh}",
    "Bearer {unsigned}",
    "Bearer {expired}",
    "Bearer {other_key}",
    "Bearer {token} {token}",
    "Bearer {token}, Bearer {token}",
    "Token {token}",
    "Basic wrong",
    "Basic {token}",
    "Bearer {long}",
]


def test_other_credentials_are_401_without_a_request(api: Site):
    granted = tokens(api).json
    said, now = claims(granted["access_token"]), int(time.time())
    secret = api.manager.client.auth.secret
    texts = {
        "token": granted["access_token"],
        "refresh": granted["refresh_token"],
        "unsigned": jwt.encode(said, "", "none"),
        "expired": jwt.encode(said | {"exp": now - 1}, secret, "HS256"),
        "other_key": jwt.encode(said, "another-secret-of-more-than-32-bytes", "HS256"),
        "long": "a" * 10_000,
    }
    requests = api.count()

    for header in OTHERS:
        answer = api.browser.get("/api", headers={"Authorization": header.format(**texts)})

        assert (header, answer.status_code, answer.data) == (header, 401, b"")
        assert "error=invalid_token" in answer.headers["WWW-Authenticate"]
    assert requests == 0


def test_tokens_and_keys_of_another_application_are_401(api: Site, new_site):
    other = new_site(STORMPATH_ENABLE_OAUTH=True)
    other.add("jane@example.com")
    other.address = "jane@example.com"
    key = api_key(other)

    assert api.browser.get("/api", headers=bearer(tokens(other).json["access_token"])).status_code == 401
    assert api.browser.get("/api", auth=(key.id, key.secret)).status_code == 401


def test_a_disabled_account_and_a_disabled_key_are_401(api: Site):
    key = api_key(api)
    text = tokens(api).json["access_token"]
    assert api.browser.get("/api", headers=bearer(text)).status_code == 200
    account = account_of(api)

    key.status = "DISABLED"
    key.save()
    assert api.browser.get("/api", auth=(key.id, key.secret)).status_code == 401
    account.status = "DISABLED"
    account.save()
    assert api.browser.get("/api", headers=bearer(text)).status_code == 401


def test_a_token_that_was_made_up_with_the_id_of_a_real_one_is_not_known(api: Site):
    said = claims(tokens(api).json["access_token"])
    key = api.manager.client.auth
    headers = {"kid": key.id, "stt": "access"}
    text = jwt.encode(said | {"jti": "x" * 22}, key.secret, "HS256", headers=headers)

    assert api.browser.get("/api", headers=bearer(text)).status_code == 401


def test_it_is_switched_off_as_login_required_is(new_site):
    site = new_site(LOGIN_DISABLED=True)
    site.app.add_url_rule("/api", "api", api_authentication_required(lambda: f"{bool(user)}"))

    assert site.browser.get("/api").text == "False"
