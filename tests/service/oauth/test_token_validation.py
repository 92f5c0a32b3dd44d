"""``GET /applications/{id}/authTokens/{jwt}``: each check, and their order (rest-auth 3.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest

from service.calls import Api, Json, basic, id_of
from service.clock import Clock
from service.tenant_setup import new_api_key, new_tenant
from service.token_calls import (
    claims_of,
    client_credentials,
    header_of,
    is_valid,
    log_in,
    resigned,
    revoke,
    set_policy,
    signed,
    validate,
)
from stormpath.server.app import Service
from support.depth import SampleOf


@dataclass
class Case:
    """A token and its world, which each of ``FAULTS`` changes so that one check of the token fails."""

    api: Api
    application: Json
    directory: Json
    account: Json
    tokens: Json
    token: str
    at: Json
    other: Json

    def resign(self, header: Json | None = None, **claims: object) -> None:
        self.token = resigned(self.api, self.token, header, **claims)


def no_signature(case: Case) -> None:
    text, _, signature = case.token.rpartition(".")
    case.token = f"{text}.{signature[::-1]}"


def from_the_future(case: Case) -> None:
    case.resign(iat=claims_of(case.token)["iat"] + 3600)


def expired(case: Case) -> None:
    case.resign(exp=claims_of(case.token)["iat"] - 1)


def of_another(case: Case) -> None:
    case.at = case.other


def for_refreshing(case: Case) -> None:
    # The refresh token, with the claims that the other faults have changed.
    changed = claims_of(case.token)
    kept = claims_of(case.tokens["refresh_token"])
    case.resign({"stt": "refresh"}, **(changed | {"jti": kept["jti"], "rti": None}))


def revoked(case: Case) -> None:
    case.api.delete(case.tokens["stormpath_access_token_href"])


def application_disabled(case: Case) -> None:
    case.api.post(case.application["href"], {"status": "DISABLED"})


def account_disabled(case: Case) -> None:
    case.api.post(case.account["href"], {"status": "DISABLED"})


def out_of_all_stores(case: Case) -> None:
    case.api.post(case.directory["href"], {"status": "DISABLED"})


#: In the order of the checks: what fails each, and its error.
FAULTS: list[tuple[Callable[[Case], None], tuple[int, int]]] = [
    (no_signature, (400, 10017)),
    (from_the_future, (400, 10012)),
    (expired, (400, 10011)),
    (of_another, (400, 10014)),
    (for_refreshing, (400, 10013)),
    (revoked, (404, 10013)),
    (application_disabled, (400, 10015)),
    (account_disabled, (400, 10010)),
    (out_of_all_stores, (400, 10016)),
]


@pytest.fixture
def case(api: Api, application: Json, directory: Json, ada: Json) -> Case:
    tokens = log_in(api, application)
    other = api.application("Another")
    return Case(api, application, directory, ada, tokens, tokens["access_token"], application, other)


def fault(case: Case, faults: list[Callable[[Case], None]]) -> tuple[int, int]:
    """Return the error of a new token with these faults, and undo what was done to others than the token."""
    case.tokens = log_in(case.api, case.application)
    case.token, case.at = case.tokens["access_token"], case.application
    assert validate(case.api, case.at, case.token).status == 302
    # The signature last: what is signed once more has a right one.
    for each in sorted(faults, key=lambda fails: fails is no_signature):
        each(case)

    error = validate(case.api, case.at, case.token).error

    for resource in (case.application, case.account, case.directory):
        if case.api.get(resource["href"])["status"] != "ENABLED":
            case.api.post(resource["href"], {"status": "ENABLED"})
    return error


def test_each_check_has_its_error(case: Case):
    for fails, error in FAULTS:
        assert fault(case, [fails]) == error, fails.__name__


@pytest.mark.sampled(larger=())
def test_a_token_that_fails_two_checks_gets_the_first_error(case: Case, sample_of: SampleOf):
    neighbours = list(pairwise(FAULTS))
    others = [each for each in combinations(FAULTS, 2) if each not in neighbours]
    for (first, error), (second, _) in [*neighbours, *sample_of(others)]:
        assert fault(case, [second, first]) == error, (first.__name__, second.__name__)


class TestSuccess:
    @pytest.mark.usefixtures("ada")
    def test_a_valid_token_leads_to_its_resource(self, api: Api, application: Json):
        tokens = log_in(api, application)

        answer = validate(api, application, tokens["access_token"])

        assert (answer.status, answer.raw) == (302, b"")
        assert answer.headers["location"] == tokens["stormpath_access_token_href"]
        assert answer.headers["cache-control"] in ("no-store", "private, no-store", "no-cache, no-store")

    @pytest.mark.usefixtures("ada")
    def test_the_query_is_for_the_resource(self, api: Api, application: Json, ada: Json):
        token = log_in(api, application)["access_token"]
        path = f"{application['authTokens']['href']}/{token}"

        # The SDK sends it to both (rest-auth 3.6).
        for query in ({"expand": "account"}, {"expand": "nonsense"}, {"nocache": "true"}):
            answer = api.get(path, query)
            assert answer.status == 302, query
            assert "?" not in answer.headers["location"]
        assert api.get(answer.headers["location"], expand="account").ok["account"] == ada

    @pytest.mark.usefixtures("ada")
    def test_a_token_with_scopes_added_is_valid(self, api: Api, application: Json):
        tokens = log_in(api, application)
        scoped = resigned(api, tokens["access_token"], scope="read write")
        assert scoped != tokens["access_token"]

        answer = validate(api, application, scoped)

        assert answer.status == 302
        shown = api.get(answer.headers["location"]).ok
        assert shown["jwt"] == tokens["access_token"]
        assert "scope" not in shown["expandedJwt"]["claims"]

    @pytest.mark.usefixtures("ada")
    def test_a_token_signed_by_another_key_of_the_tenant_is_valid(
        self, api: Api, service: Service, application: Json
    ):
        key = administrator_key(api, service)
        token = log_in(api, application)["access_token"]

        moved = signed(claims_of(token), key.secret, header_of(token) | {"kid": key.key_id})

        assert is_valid(api, application, moved)

    def test_what_an_api_key_has_obtained_is_valid(self, api: Api, application: Json, ada: Json):
        token = client_credentials(api, application, api.api_key(ada)).ok["access_token"]

        assert is_valid(api, application, token)

    @pytest.mark.usefixtures("ada")
    def test_a_caller_without_an_api_key_validates_nothing(self, api: Api, application: Json):
        path = f"{application['authTokens']['href']}/{log_in(api, application)['access_token']}"

        assert api.request("GET", path, credentials={}).error == (401, 401)
        assert api.request("GET", path, credentials=basic("x", "y")).error == (401, 401)


def administrator_key(api: Api, service: Service, status: str = "ENABLED") -> Api:
    """Return a caller with another API key of the tenant."""
    directory = next(each for each in api.get("/directories").items if "Administrators" in each["name"])
    (owner,) = api.get(directory["accounts"]["href"]).items
    key = new_api_key(service, api.tenant_id, id_of(owner), status)
    return Api(api.wsgi, api.base_url, api.tenant_id, key.id, key.secret)


class TestKeys:
    @pytest.mark.usefixtures("ada")
    def test_no_key_but_an_enabled_one_of_the_tenant_signs(
        self, api: Api, service: Service, application: Json, ada: Json
    ):
        token = log_in(api, application)["access_token"]
        claims, header = claims_of(token), header_of(token)
        disabled = administrator_key(api, service, "DISABLED")
        of_ada = api.api_key(ada)
        foreign = new_tenant(service)

        for key_id, secret in (
            (disabled.key_id, disabled.secret),
            # No key of the API, but of a user of the application.
            (of_ada["id"], of_ada["secret"]),
            (foreign.key_id, foreign.secret),
            # The key of the caller, under another name, and the other way round.
            (foreign.key_id, api.secret),
            (api.key_id, foreign.secret),
            ("A" * 25, api.secret),
            (api.key_id.lower(), api.secret),
            (None, api.secret),
            ("", ""),
            (api.key_id, ""),
        ):
            forged = signed(claims, secret, header | {"kid": key_id})
            assert validate(api, application, forged).error == (400, 10017), (key_id, secret)

    @pytest.mark.usefixtures("ada")
    def test_no_algorithm_but_hs256_is_accepted(self, api: Api, application: Json):
        token = log_in(api, application)["access_token"]

        for algorithm in ("none", "None", "HS384", "HS512", "RS256", "hs256", "", None, 1, ["HS256"]):
            forged = resigned(api, token, {"alg": algorithm})
            assert validate(api, application, forged).error == (400, 10017), algorithm
        assert validate(api, application, token.rpartition(".")[0] + ".").error == (400, 10017)

    @pytest.mark.usefixtures("ada")
    def test_tokens_of_other_tenants_are_not_valid(self, api: Api, stranger: Api, application: Json):
        token = log_in(api, application)["access_token"]
        others, directory = stranger.application_with_directory()
        stranger.account(directory)
        theirs = log_in(stranger, others)["access_token"]

        assert validate(api, application, theirs).error == (400, 10017)
        assert validate(stranger, others, token).error == (400, 10017)
        # The application of another tenant is not there, whatever the token.
        assert validate(stranger, application, token).error == (404, 404)
        assert validate(stranger, application, theirs).error == (404, 404)
        # With a key of their own, and all other claims of the token.
        forged = resigned(stranger, token, {"kid": stranger.key_id}, iss=others["href"])
        assert validate(stranger, others, forged).error == (404, 10013)


class TestClaims:
    @pytest.mark.usefixtures("ada")
    def test_claims_of_the_wrong_type_are_refused(self, api: Api, application: Json, ada: Json):
        token = log_in(api, application)["access_token"]

        for claims, error in (
            ({"iat": "1"}, (400, 10012)),
            ({"iat": 10**4000}, (400, 10012)),
            ({"exp": 10**4000}, (400, 10011)),
            ({"iat": True}, (400, 10012)),
            ({"iat": 1e300}, (400, 10012)),
            ({"iat": None}, (400, 10012)),
            ({"nbf": 2**39}, (400, 10012)),
            ({"exp": "9999999999"}, (400, 10011)),
            ({"exp": True}, (400, 10011)),
            ({"exp": 2**70}, (400, 10011)),
            ({"exp": None}, (400, 10011)),
            ({"exp": [9999999999]}, (400, 10011)),
            ({"iss": None}, (400, 10014)),
            ({"iss": [application["href"]]}, (400, 10014)),
            ({"iss": application["href"] + "/"}, (400, 10014)),
            ({"iss": application["href"].replace("localhost", "example")}, (400, 10014)),
            ({"jti": None}, (404, 10013)),
            ({"jti": 1}, (404, 10013)),
            ({"jti": "a\0b"}, (404, 10013)),
            ({"jti": "x" * 5000}, (404, 10013)),
            ({"sub": None}, (404, 10013)),
            ({"sub": ada["href"][:-1]}, (404, 10013)),
        ):
            assert validate(api, application, resigned(api, token, **claims)).error == error, claims

    @pytest.mark.usefixtures("ada")
    def test_clocks_may_differ_by_two_seconds(self, api: Api, application: Json, clock: Clock):
        token = log_in(api, application)["access_token"]
        now = clock.now // 1000
        clock.now = now * 1000

        assert is_valid(api, application, resigned(api, token, iat=now + 2))
        assert validate(api, application, resigned(api, token, iat=now + 3)).error == (400, 10012)
        # No leeway for what has expired.
        assert validate(api, application, resigned(api, token, exp=now)).error == (400, 10011)
        assert is_valid(api, application, resigned(api, token, exp=now + 1))

    @pytest.mark.usefixtures("ada")
    def test_a_clock_that_is_behind_finds_a_token_issued_too_early(
        self, api: Api, application: Json, clock: Clock
    ):
        token = log_in(api, application)["access_token"]

        clock.moves(-2)
        assert is_valid(api, application, token)
        clock.moves(-2)
        assert validate(api, application, token).error == (400, 10012)

    @pytest.mark.usefixtures("ada")
    def test_a_longer_expiry_in_a_token_signed_once_more_revives_nothing(
        self, api: Api, application: Json, clock: Clock
    ):
        set_policy(api, application, accessTokenTtl="PT1M")
        tokens = log_in(api, application)
        later = resigned(api, tokens["access_token"], exp=claims_of(tokens["access_token"])["exp"] + 9999)

        clock.moves(61)

        assert validate(api, application, later).error == (404, 10013)
        assert api.get(tokens["stormpath_access_token_href"]).error == (404, 10013)


class TestForm:
    def test_what_is_no_token_is_refused(self, api: Api, application: Json):
        for text in ("x", "a.b", "a.b.c", "..", "a.b.c.d", "e30.e30.e30", "%00", "%F0%9F%94%91", "x" * 9000):
            assert validate(api, application, text).error == (400, 10017), text

    @pytest.mark.usefixtures("ada")
    def test_padding_and_blanks_are_no_part_of_a_token(self, api: Api, application: Json):
        token = log_in(api, application)["access_token"]

        for text in (f"{token}=", f"%20{token}", f"{token}%0A", f"{token}.", token.upper()):
            assert validate(api, application, text).error == (400, 10017), text

    @pytest.mark.usefixtures("ada")
    def test_a_refresh_token_is_no_access_token_under_any_header(self, api: Api, application: Json):
        tokens = log_in(api, application)
        refresh = tokens["refresh_token"]

        assert validate(api, application, refresh).error == (400, 10013)
        # An id of a refresh token is none of an access token.
        for kind in ("access", None):
            forged = resigned(api, refresh, {"stt": kind})
            assert validate(api, application, forged).error == (404, 10013)
        assert revoke(api, application, resigned(api, refresh, {"stt": "access"})).status == 200
