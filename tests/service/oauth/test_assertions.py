"""The exchange of assertions, which the tests sign as ID Site and SAML will (rest-auth 3.4)."""

from collections.abc import Callable
from itertools import combinations

import pytest

from service.calls import Api, Json, id_of
from service.clock import Clock
from service.concurrency import at_once
from service.token_calls import (
    assertion,
    claims_of,
    exchange,
    grant,
    is_valid,
    oauth_error,
    refresh,
    resigned,
)

Sign = Callable[..., str]


@pytest.fixture
def sign(api: Api, application: Json, ada: Json, clock: Clock) -> Sign:
    """Sign an assertion about ada for the application, with other claims where they are given."""
    return lambda **claims: assertion(api, application, ada, clock.now // 1000, **claims)


def id_site(api: Api) -> str:
    """Return the origin of the tenant's ID Site."""
    (site,) = api.get(f"{api.tenant}/idSites").items
    return f"https://{site['domainName']}"


class TestExchange:
    def test_an_assertion_of_a_login_gets_both_tokens(
        self, api: Api, application: Json, ada: Json, sign: Sign
    ):
        for name in ("stormpath_token", "id_site_token"):
            answer = grant(api, application, name, token=sign(jti=name)).ok

            claims = claims_of(answer["access_token"])
            assert claims["sub"] == ada["href"]
            assert claims["rti"] == claims_of(answer["refresh_token"])["jti"]
            assert is_valid(api, application, answer["access_token"])
            assert refresh(api, application, answer["refresh_token"]).status == 200
        assert api.get(ada["refreshTokens"]["href"])["size"] == 2

    def test_the_id_site_of_the_tenant_may_be_the_issuer(self, api: Api, application: Json, sign: Sign):
        assert exchange(api, application, sign(iss=id_site(api))).status == 200

    def test_a_custom_domain_of_the_id_site_is_its_issuer(self, api: Api, application: Json, sign: Sign):
        before = id_site(api)
        (site,) = api.get(f"{api.tenant}/idSites").items
        api.post(site["href"], {"domainName": "login.example.com"})

        assert exchange(api, application, sign(iss="https://login.example.com")).status == 200
        refused = exchange(api, application, sign(iss=before, jti="other"))
        assert oauth_error(refused) == (400, "invalid_grant", 10014)

    def test_the_purpose_need_not_be_in_the_header(self, api: Api, application: Json, sign: Sign):
        assert exchange(api, application, resigned(api, sign(), {"stt": None})).status == 200

    def test_the_account_is_the_one_that_the_assertion_names(
        self, api: Api, application: Json, directory: Json, sign: Sign
    ):
        # The login, which was reported, has followed its account links already.
        elsewhere = api.directory("Elsewhere")
        api.mapping(application, elsewhere)
        linked = api.account(elsewhere)
        api.account_link(linked, api.account(directory, "countess"))
        api.post(application["accountLinkingPolicy"]["href"], {"status": "ENABLED"})

        answer = exchange(api, application, sign(sub=linked["href"])).ok

        assert claims_of(answer["access_token"])["sub"] == linked["href"]

    def test_an_organization_must_contain_the_account(
        self, api: Api, application: Json, directory: Json, sign: Sign
    ):
        inside, outside = api.organization("Inside"), api.organization("Outside")
        api.organization_mapping(inside, directory)
        api.organization_mapping(outside, api.directory("Others"))
        for each in (inside, outside):
            api.mapping(application, each)

        for number, fields in enumerate(
            ({"organizationNameKey": "inside"}, {"accountStore": inside["href"]}, {"nameKey": "inside"})
        ):
            answer = exchange(api, application, sign(jti=f"in{number}"), **fields).ok
            assert claims_of(answer["access_token"])["org"] == inside["href"]
            assert claims_of(answer["refresh_token"])["org"] == inside["href"]
        refused = exchange(api, application, sign(jti="out"), organizationNameKey="outside")
        assert oauth_error(refused) == (400, "invalid_grant", 10016)
        for fields, code in (({"organizationNameKey": "nonsense"}, 2014), ({"accountStore": "x"}, 2002)):
            refused = exchange(api, application, sign(jti="no"), **fields)
            assert oauth_error(refused) == (400, "invalid_request", code)


class TestOnce:
    def test_an_assertion_is_good_for_one_exchange(self, api: Api, application: Json, sign: Sign):
        for id in ("abc", "2f1c8a34-7d4e-4a65-9c4b-0d7c1f6f2f11", "é\ud800\0", "x" * 1000):
            token = sign(jti=id)
            assert exchange(api, application, token).status == 200, id
            assert oauth_error(exchange(api, application, token)) == (400, "invalid_grant", 11005)
            # It is the id that counts, not the text.
            assert oauth_error(exchange(api, application, resigned(api, token, scope="x")))[2] == 11005

    def test_an_assertion_without_an_id_is_good_for_none(self, api: Api, application: Json, sign: Sign):
        for id in (None, "", 1, ["a"], True):
            assert oauth_error(exchange(api, application, sign(jti=id))) == (400, "invalid_grant", 11005)

    def test_an_assertion_that_was_refused_by_its_account_is_spent(
        self, api: Api, application: Json, ada: Json, sign: Sign
    ):
        token = sign()
        api.post(ada["href"], {"status": "DISABLED"})
        assert oauth_error(exchange(api, application, token))[2] == 10010

        api.post(ada["href"], {"status": "ENABLED"})

        assert oauth_error(exchange(api, application, token))[2] == 11005

    @pytest.mark.both_databases
    def test_of_many_exchanges_at_once_one_is_granted(
        self, api: Api, application: Json, ada: Json, sign: Sign
    ):
        token = sign()

        answers = at_once([lambda: exchange(api, application, token)] * 8)

        assert sorted(each.status for each in answers) == [200, *[400] * 7]
        assert {oauth_error(each)[2] for each in answers if each.status == 400} == {11005}
        assert api.get(ada["accessTokens"]["href"])["size"] == 1


def unsigned(token: str) -> str:
    text, _, signature = token.rpartition(".")
    return f"{text}.{signature[::-1]}"


#: Claims and headers that fail each step, in the order of the steps, with its error.
STEPS = [
    ("signature", (400, 10017)),
    ("exp", (400, 10011)),
    ("iat", (400, 10012)),
    ("aud", (400, 10017)),
    ("iss", (400, 10014)),
    ("status", (401, 12002)),
    ("jti", (400, 11005)),
    ("sub", (400, 10010)),
]


class TestSteps:
    def claims(self, api: Api, clock: Clock, steps: list[str], used: str) -> Json:
        now = clock.now // 1000
        wrong = {
            "exp": now,
            "iat": now + 60,
            "aud": "A" * 25,
            "iss": f"{api.base_url}/applications/0351A00000000000000000",
            "status": "REGISTERED",
            "jti": used,
            "sub": f"{api.base_url}/accounts/0351A00000000000000000",
        }
        return {name: wrong[name] for name in steps if name in wrong}

    def test_the_first_step_that_fails_decides(self, api: Api, application: Json, clock: Clock, sign: Sign):
        used = "used"
        assert exchange(api, application, sign(jti=used)).status == 200
        names = [name for name, _ in STEPS]
        errors = dict(STEPS)

        pairs = [[name] for name in names] + [list(pair) for pair in combinations(names, 2)]
        for number, steps in enumerate(pairs):
            claims = {"jti": f"new{number}"} | self.claims(api, clock, steps, used)
            token = sign(**claims)
            if "signature" in steps:
                token = unsigned(token)
            status, name, code = oauth_error(exchange(api, application, token))
            assert ((status, code), name) == (errors[steps[0]], "invalid_grant"), steps

    def test_no_other_status_is_a_login(self, api: Api, application: Json, sign: Sign):
        for status in ("REGISTERED", "LOGOUT", "authenticated", "", None, ["AUTHENTICATED"]):
            refused = exchange(api, application, sign(status=status, jti="same"))
            assert oauth_error(refused) == (401, "invalid_grant", 12002), status

    def test_no_other_token_is_an_assertion(self, api: Api, application: Json, sign: Sign):
        for header, claims in (
            ({"stt": "access"}, {}),
            ({"stt": "refresh"}, {}),
            ({"stt": "Assertion"}, {}),
            ({"stt": ["assertion"]}, {}),
            ({"stt": 1}, {}),
            ({}, {"aud": None}),
            ({}, {"aud": [api.key_id]}),
            ({}, {"aud": application["href"]}),
        ):
            refused = exchange(api, application, resigned(api, sign(), header, **claims))
            assert oauth_error(refused) == (400, "invalid_grant", 10017), (header, claims)

    def test_an_assertion_is_for_one_application(
        self, api: Api, application: Json, directory: Json, sign: Sign
    ):
        other = api.application("Other")
        api.mapping(other, directory)

        for issuer in (other["href"], None, "", 1, application["href"] + "/", "https://example.com"):
            refused = exchange(api, application, sign(iss=issuer))
            assert oauth_error(refused) == (400, "invalid_grant", 10014), issuer
        assert oauth_error(exchange(api, other, sign()))[2] == 10014
        # None of these has spent it.
        assert exchange(api, application, sign()).status == 200

    def test_an_assertion_is_about_an_account_in_a_store(
        self, api: Api, stranger: Api, application: Json, directory: Json, ada: Json, sign: Sign
    ):
        group, outside = api.group(directory), api.account(api.directory("Outside"))
        foreign = stranger.account(stranger.directory())
        gone = f"{api.base_url}/accounts/0351A00000000000000000"

        for number, (subject, code) in enumerate(
            (
                (None, 10010),
                ("", 10010),
                (1, 10010),
                (gone, 10010),
                (id_of(ada), 10010),
                (group["href"], 10010),
                (ada["href"] + "/groups", 10010),
                (foreign["href"], 10010),
                (outside["href"], 10016),
            )
        ):
            refused = exchange(api, application, sign(sub=subject, jti=f"about{number}"))
            assert oauth_error(refused) == (400, "invalid_grant", code), subject

    def test_a_disabled_account_or_application_gets_no_token(
        self, api: Api, application: Json, directory: Json, ada: Json, sign: Sign
    ):
        for number, (resource, status, code) in enumerate(
            (
                (ada, "DISABLED", 10010),
                (ada, "UNVERIFIED", 10010),
                (directory, "DISABLED", 10016),
                (application, "DISABLED", 10015),
            )
        ):
            api.post(resource["href"], {"status": status})
            refused = exchange(api, application, sign(jti=f"while{number}"))
            assert oauth_error(refused) == (400, "invalid_grant", code), (resource["href"], status)
            api.post(resource["href"], {"status": "ENABLED"})
